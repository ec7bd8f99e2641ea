package node

import (
	"encoding/json"
	"fmt"
	"strings"
)

func join(items []string) string { return strings.Join(items, ",") }

// containerdConfig is for containerd 1.6 and 1.7 (version 2 of the format).
func (n Node) containerdConfig() string {
	c := n.Config
	return fmt.Sprintf(`version = 2
root = %q
state = %q

[grpc]
  address = %q

[plugins."io.containerd.internal.v1.opt"]
  path = %q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = %q
  enable_selinux = false
  disable_apparmor = %t
  restrict_oom_score_adj = %t
  stream_server_address = "127.0.0.1"
  stream_server_port = "10010"

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = %q

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = %t

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = %q
`, n.agent("containerd"), Run+"/containerd", Socket, n.agent("containerd"), c.PauseImage,
		n.Host.Container, n.Host.Container, n.snapshotter(), n.Host.CgroupDriver() == "systemd", n.cniDir())
}

func (n Node) snapshotter() string {
	if n.Config.Snapshotter != "" {
		return n.Config.Snapshotter
	}
	return n.Host.Snapshotter()
}

// kubeletConfig is JSON, which is YAML. In a container the kubelet neither owns the whole machine's memory and disk nor may
// tune its kernel, so it doesn't try to.
func (n Node) kubeletConfig() string {
	kubelet := map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false}, "webhook": map[string]any{"enabled": true},
			"x509": map[string]any{"clientCAFile": n.agent("client-ca.crt")},
		},
		"authorization":            map[string]any{"mode": "Webhook"},
		"cgroupDriver":             n.Host.CgroupDriver(),
		"containerRuntimeEndpoint": "unix://" + Socket,
		"clusterDomain":            n.Config.ClusterDomain,
		"failCgroupV1":             false,
		"failSwapOn":               false,
		"healthzBindAddress":       "127.0.0.1",
		"protectKernelDefaults":    n.Config.ProtectKernel,
		"readOnlyPort":             0,
		"resolvConf":               n.Config.ResolvConf,
		"rotateCertificates":       n.Config.Role == "agent",
		"serverTLSBootstrap":       n.Config.Role == "agent",
	}
	if len(n.Config.ClusterDNS) > 0 {
		kubelet["clusterDNS"] = n.Config.ClusterDNS
	}
	if n.Config.Role != "agent" {
		kubelet["tlsCertFile"], kubelet["tlsPrivateKeyFile"] = n.agent("serving-kubelet.crt"), n.agent("serving-kubelet.key")
	}
	if n.Host.Container {
		kubelet["cgroupsPerQOS"], kubelet["enforceNodeAllocatable"] = false, []string{}
		kubelet["evictionHard"], kubelet["localStorageCapacityIsolation"] = map[string]string{}, false
		kubelet["featureGates"] = map[string]bool{"KubeletInUserNamespace": true}
	}
	text, _ := json.MarshalIndent(kubelet, "", "  ")
	return string(text) + "\n"
}
