// Package control is the server's half: the store, the API server, the controllers, the scheduler.
package control

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"retailops.local/k3s/internal/config"
	"retailops.local/k3s/internal/node"
	"retailops.local/k3s/internal/pki"
	"retailops.local/k3s/internal/supervise"
	"retailops.local/k3s/internal/token"
)

// Plane is the control plane of one server.
type Plane struct {
	Config *config.Config
	Self   string
}

func (p Plane) server(parts ...string) string {
	return filepath.Join(append([]string{p.Config.DataDir, "server"}, parts...)...)
}

func (p Plane) tls(name string) string { return p.server("tls", name) }

// Local is the API server's address on the server itself.
func (p Plane) Local() string { return fmt.Sprintf("https://127.0.0.1:%d", p.Config.Port) }

// Manifests is the folder whose files are applied.
func (p Plane) Manifests() string { return p.server("manifests") }

// SupervisorKubeconfig is for this process alone.
func (p Plane) SupervisorKubeconfig() string { return p.server("cred", "supervisor.kubeconfig") }

// Prepare makes certificates, kubeconfigs, tokens, and the encryption key; what fits is left alone.
func (p Plane) Prepare(now time.Time) error {
	c := p.Config
	cluster := pki.Cluster{Dir: p.server("tls"), AgentDir: filepath.Join(c.DataDir, "agent"), NodeName: c.NodeName, NodeIP: c.NodeIP,
		ServiceCIDR: c.ServiceCIDR, Domain: c.ClusterDomain, ExtraNames: append([]string{c.Advertise}, c.TLSSAN...)}
	if _, err := cluster.Open(now); err != nil {
		return err
	}
	for _, folder := range []string{p.server("db"), p.Manifests(), p.server("cred")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	if err := p.kubeconfigs(); err != nil {
		return err
	}
	if err := p.ownToken(); err != nil {
		return err
	}
	return EnsureEncryption(p.encryption(), c.SecretsEncryption, c.SecretsProvider)
}

func (p Plane) kubeconfigs() error {
	agent := filepath.Join(p.Config.DataDir, "agent")
	for _, k := range []struct {
		path, client string
		mode         os.FileMode
	}{
		{p.Config.Kubeconfig, p.tls("client-admin"), p.Config.KubeconfigMode},
		{p.SupervisorKubeconfig(), p.tls("client-supervisor"), 0o600},
		{p.server("cred", "controller.kubeconfig"), p.tls("client-controller"), 0o600},
		{p.server("cred", "scheduler.kubeconfig"), p.tls("client-scheduler"), 0o600},
		{filepath.Join(agent, "kubelet.kubeconfig"), filepath.Join(agent, "client-kubelet"), 0o600},
		{filepath.Join(agent, "kubeproxy.kubeconfig"), filepath.Join(agent, "client-kube-proxy"), 0o600},
	} {
		if err := node.WriteKubeconfig(k.path, p.Local(), p.tls("server-ca.crt"), k.client, k.mode); err != nil {
			return err
		}
	}
	return nil
}

// ownToken keeps the server's password in K3s' place; nothing in this binary accepts it for a join (see `k3s token create`).
func (p Plane) ownToken() error {
	path := p.server("token")
	if pki.Exists(path) {
		return nil
	}
	ca, err := os.ReadFile(p.tls("server-ca.crt"))
	if err != nil {
		return err
	}
	t := token.Token{CAHash: pki.Digest(ca), User: "server", Password: p.Config.Token}
	if given, err := token.Parse(p.Config.Token); err == nil {
		t.Password = given.Password
	}
	if t.Password == "" {
		t.Password = token.NewPassword()
	}
	return pki.WriteFile(path, []byte(t.String()+"\n"), 0o600)
}

func (p Plane) encryption() string { return p.server("cred", "encryption-config.json") }

func (p Plane) child(name string, grace time.Duration, user []string, args ...string) *supervise.Child {
	return &supervise.Child{Name: name, Path: p.Self, Grace: grace, Args: append(append([]string{name}, args...), node.Flags(user)...)}
}
