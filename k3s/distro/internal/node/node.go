// Package node is the half that servers and agents share: containerd, kubelet, kube-proxy, pod network, images.
package node

import (
	"os"
	"path/filepath"
	"time"

	"retailops.local/k3s/internal/config"
	"retailops.local/k3s/internal/host"
	"retailops.local/k3s/internal/pki"
	"retailops.local/k3s/internal/supervise"
)

// Node is one machine's part of the cluster. Self is the binary that starts itself again as a component.
type Node struct {
	Config *config.Config
	Host   host.Host
	Self   string
	// APIServer is where kubelet and kube-proxy find it, `https://ADDRESS:PORT`.
	APIServer string
}

// Run is the folder for sockets and pid files, gone with the machine.
const Run = "/run/k3s"

// Socket is containerd's.
const Socket = Run + "/containerd/containerd.sock"

func (n Node) agent(parts ...string) string {
	return filepath.Join(append([]string{n.Config.DataDir, "agent"}, parts...)...)
}

// WriteConfigs computes every file that the node's components read.
func (n Node) WriteConfigs() error {
	files := map[string]string{
		n.agent("etc", "containerd", "config.toml"): n.containerdConfig(),
		n.agent("etc", "kubelet.yaml"):              n.kubeletConfig(),
	}
	for path, text := range files {
		if err := pki.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(n.cniDir(), 0o755); err != nil {
		return err
	}
	return os.MkdirAll(n.agent("images"), 0o755)
}

// Containerd is started first and stopped last; its shims, and so the pods, outlive it and are found again.
func (n Node) Containerd() *supervise.Child {
	return &supervise.Child{Name: "containerd", Path: "containerd", Grace: 10 * time.Second,
		Args: []string{"--config", n.agent("etc", "containerd", "config.toml")}}
}

// Kubelet runs as this binary's component; extra comes before the user's own arguments.
func (n Node) Kubelet(extra ...string) *supervise.Child {
	args := []string{"kubelet",
		"--config=" + n.agent("etc", "kubelet.yaml"),
		"--hostname-override=" + n.Config.NodeName,
		"--node-ip=" + n.Config.NodeIP,
		"--kubeconfig=" + n.agent("kubelet.kubeconfig"),
	}
	if labels := join(n.Config.NodeLabels); labels != "" {
		args = append(args, "--node-labels="+labels)
	}
	if taints := join(n.Config.NodeTaints); taints != "" {
		args = append(args, "--register-with-taints="+taints)
	}
	args = append(args, extra...)
	return &supervise.Child{Name: "kubelet", Path: n.Self, Args: append(args, Flags(n.Config.KubeletArgs)...), Grace: 5 * time.Second}
}

// Proxy programs services into a table of nftables that is its own.
func (n Node) Proxy() *supervise.Child {
	args := []string{"kube-proxy",
		"--kubeconfig=" + n.agent("kubeproxy.kubeconfig"),
		"--hostname-override=" + n.Config.NodeName,
		"--proxy-mode=nftables",
		"--cluster-cidr=" + n.Config.ClusterCIDR,
		"--conntrack-max-per-core=0",
		"--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0",
		"--healthz-bind-address=127.0.0.1:10256", "--metrics-bind-address=127.0.0.1:10249",
	}
	return &supervise.Child{Name: "kube-proxy", Path: n.Self, Args: append(args, Flags(n.Config.ProxyArgs)...), Grace: 3 * time.Second}
}

// Flags turns K3s' `key=value` into `--key=value`.
func Flags(args []string) []string {
	out := []string{}
	for _, arg := range args {
		out = append(out, "--"+arg)
	}
	return out
}
