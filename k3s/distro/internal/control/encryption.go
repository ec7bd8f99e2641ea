package control

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"retailops.local/k3s/internal/pki"
)

type encryption struct {
	Kind       string     `json:"kind"`
	APIVersion string     `json:"apiVersion"`
	Resources  []resource `json:"resources"`
}

type resource struct {
	Resources []string              `json:"resources"`
	Providers []map[string]provider `json:"providers"`
}

type provider struct {
	Keys []key `json:"keys,omitempty"`
}

type key struct {
	Name   string `json:"name"`
	Secret string `json:"secret"`
}

// EnsureEncryption writes a key once. A file that is there stays in use whatever the setting says: without it no Secret could be read.
func EnsureEncryption(path string, wanted bool, kind string) error {
	if !wanted || pki.Exists(path) {
		return nil
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	config := encryption{"EncryptionConfiguration", "apiserver.config.k8s.io/v1", []resource{{
		Resources: []string{"secrets"},
		Providers: []map[string]provider{
			{kind: {[]key{{kind + "key", base64.StdEncoding.EncodeToString(secret)}}}},
			{"identity": {}},
		},
	}}}
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	return pki.WriteFile(path, text, 0o600)
}

// EncryptionStatus is the text of `k3s secrets-encrypt status`.
func EncryptionStatus(path string) (string, error) {
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return "Encryption Status: Disabled, no configuration file found\n", nil
	} else if err != nil {
		return "", err
	}
	var config encryption
	if err := json.Unmarshal(content, &config); err != nil || len(config.Resources) == 0 || len(config.Resources[0].Providers) == 0 {
		return "", fmt.Errorf("%s is no encryption configuration", path)
	}
	for kind, p := range config.Resources[0].Providers[0] {
		if slices.Contains([]string{"aescbc", "secretbox"}, kind) && len(p.Keys) > 0 {
			names := map[string]string{"aescbc": "AES-CBC", "secretbox": "XSalsa20-POLY1305"}
			return fmt.Sprintf("Encryption Status: Enabled\nCurrent Rotation Stage: start\nServer Encryption Hashes: All hashes match\n\n"+
				"Active  Key Type           Name\n------  --------           ----\n *      %-17s  %s\n", names[kind], p.Keys[0].Name), nil
		}
	}
	return "Encryption Status: Disabled\n", nil
}
