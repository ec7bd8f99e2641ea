// Package config reads K3s' own configuration file: /etc/rancher/k3s/config.yaml, then config.yaml.d/*.yaml, then flags.
package config

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Config is one node's settings; every path in it is absolute, every address has been parsed.
type Config struct {
	Role, DataDir, Server, Token                 string
	NodeName, NodeIP, BindAddress, Advertise     string
	Port                                         int
	ClusterCIDR, ServiceCIDR, NodePorts          string
	ClusterDomain, ResolvConf                    string
	TLSSAN, ClusterDNS, NodeLabels, NodeTaints   []string
	Kubeconfig                                   string
	KubeconfigMode                               os.FileMode
	FlannelBackend, Snapshotter, PauseImage      string
	SecretsEncryption, ProtectKernel             bool
	SecretsProvider                              string
	APIServerArgs, ControllerArgs, SchedulerArgs []string
	KubeletArgs, ProxyArgs                       []string
	Disabled                                     []string
}

// PauseImage is what the sandboxes run where the configuration names no other.
const PauseImage = "retailops.local/pause:1"

// Load reads the files under dir for role ("server" or "agent") and puts flags ("--key=value" or "--key value") over them.
func Load(dir, role string, flags []string) (*Config, error) {
	values := map[string][]string{}
	for _, path := range files(dir) {
		if err := readFile(path, role, values); err != nil {
			return nil, err
		}
	}
	if err := readFlags(flags, role, values); err != nil {
		return nil, err
	}
	return build(role, values)
}

func files(dir string) []string {
	paths := []string{}
	if main := filepath.Join(dir, "config.yaml"); exists(main) {
		paths = append(paths, main)
	}
	more, _ := filepath.Glob(filepath.Join(dir, "config.yaml.d", "*.yaml"))
	return append(paths, more...)
}

func build(role string, values map[string][]string) (*Config, error) {
	get := func(key, fallback string) string {
		if v := values[key]; len(v) > 0 && v[0] != "" {
			return v[0]
		}
		return fallback
	}
	host, _ := os.Hostname()
	c := &Config{
		Role: role, DataDir: get("data-dir", "/var/lib/rancher/k3s"), Server: get("server", ""),
		NodeName: strings.ToLower(get("node-name", host)), NodeIP: get("node-ip", ""),
		BindAddress: get("bind-address", "0.0.0.0"),
		ClusterCIDR: get("cluster-cidr", "10.42.0.0/16"), ServiceCIDR: get("service-cidr", "10.43.0.0/16"),
		NodePorts: get("service-node-port-range", "30000-32767"), ClusterDomain: get("cluster-domain", "cluster.local"),
		ResolvConf: get("resolv-conf", "/etc/resolv.conf"),
		TLSSAN:     values["tls-san"], ClusterDNS: values["cluster-dns"],
		NodeLabels: values["node-label"], NodeTaints: values["node-taint"],
		Kubeconfig: get("write-kubeconfig", "/etc/rancher/k3s/k3s.yaml"), FlannelBackend: get("flannel-backend", "host-gw"),
		Snapshotter: get("snapshotter", ""), PauseImage: get("pause-image", PauseImage),
		SecretsEncryption: get("secrets-encryption", "false") == "true", ProtectKernel: get("protect-kernel-defaults", "false") == "true",
		SecretsProvider: get("secrets-encryption-provider", "aescbc"),
		APIServerArgs:   values["kube-apiserver-arg"], ControllerArgs: values["kube-controller-manager-arg"],
		SchedulerArgs: values["kube-scheduler-arg"], KubeletArgs: values["kubelet-arg"], ProxyArgs: values["kube-proxy-arg"],
		Disabled: values["disable"],
	}
	c.Advertise = get("advertise-address", c.NodeIP)
	return c, c.finish(get)
}

func (c *Config) finish(get func(string, string) string) error {
	var err error
	if c.Port, err = strconv.Atoi(get("https-listen-port", "6443")); err != nil || c.Port < 1 || c.Port > 65535 {
		return fmt.Errorf("https-listen-port: %q is no port", get("https-listen-port", ""))
	}
	mode, err := strconv.ParseUint(get("write-kubeconfig-mode", "0600"), 8, 12)
	if err != nil {
		return fmt.Errorf("write-kubeconfig-mode: %q is no octal mode", get("write-kubeconfig-mode", ""))
	}
	c.KubeconfigMode = os.FileMode(mode)
	if c.Token, err = token(get); err != nil {
		return err
	}
	return c.check()
}

func token(get func(string, string) string) (string, error) {
	if path := get("token-file", ""); path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("token-file: %w", err)
		}
		return strings.TrimSpace(string(content)), nil
	}
	return get("token", ""), nil
}

func (c *Config) check() error {
	if net.ParseIP(c.NodeIP) == nil {
		return fmt.Errorf("node-ip: %q is no address; this binary does not guess it", c.NodeIP)
	}
	if net.ParseIP(c.BindAddress) == nil || net.ParseIP(c.Advertise) == nil {
		return fmt.Errorf("bind-address %q or advertise-address %q is no address", c.BindAddress, c.Advertise)
	}
	for key, cidr := range map[string]string{"cluster-cidr": c.ClusterCIDR, "service-cidr": c.ServiceCIDR} {
		if _, _, err := net.ParseCIDR(cidr); err != nil {
			return fmt.Errorf("%s: %q is no IPv4 range", key, cidr)
		}
	}
	if c.FlannelBackend != "host-gw" && c.FlannelBackend != "none" {
		return fmt.Errorf("flannel-backend: %q is not built into %s, which has host-gw and none", c.FlannelBackend, Standin)
	}
	if c.SecretsProvider != "aescbc" && c.SecretsProvider != "secretbox" {
		return fmt.Errorf("secrets-encryption-provider: %q is neither aescbc nor secretbox", c.SecretsProvider)
	}
	if c.Role == "agent" && (c.Server == "" || c.Token == "") {
		return fmt.Errorf("an agent needs `server: https://ADDRESS:6443` and `token` or `token-file`")
	}
	if c.Role == "server" && c.Server != "" {
		return fmt.Errorf("server: a second server joining %s needs embedded etcd, which %s lacks", c.Server, Standin)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
