package node

import (
	"encoding/base64"
	"fmt"
	"os"

	"retailops.local/k3s/internal/pki"
)

// Kubeconfig embeds the authority and a client's certificate and key; it is a secret.
func Kubeconfig(server, caPath, clientPath string) ([]byte, error) {
	encoded := [3]string{}
	for i, path := range []string{caPath, clientPath + ".crt", clientPath + ".key"} {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		encoded[i] = base64.StdEncoding.EncodeToString(content)
	}
	user := fmt.Sprintf("client-certificate-data: %s\n    client-key-data: %s", encoded[1], encoded[2])
	return kubeconfig(server, encoded[0], user), nil
}

// BootstrapKubeconfig is what a joining kubelet asks for its certificate with.
func BootstrapKubeconfig(server string, ca []byte, token string) []byte {
	return kubeconfig(server, base64.StdEncoding.EncodeToString(ca), "token: "+token)
}

func kubeconfig(server, ca, user string) []byte {
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: %s
    server: %s
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
preferences: {}
users:
- name: default
  user:
    %s
`, ca, server, user)
}

// WriteKubeconfig leaves the file alone where it already says this.
func WriteKubeconfig(path, server, caPath, clientPath string, mode os.FileMode) error {
	content, err := Kubeconfig(server, caPath, clientPath)
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && string(old) == string(content) {
		return os.Chmod(path, mode)
	}
	return pki.WriteFile(path, content, mode)
}
