package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net"
	"path/filepath"
	"time"
)

// Cluster is what a server's certificates depend on. Dir is <data-dir>/server/tls, AgentDir is <data-dir>/agent.
type Cluster struct {
	Dir, AgentDir    string
	NodeName, NodeIP string
	ServiceCIDR      string
	Domain           string
	ExtraNames       []string
}

// Server holds the two authorities that others need after Open.
type Server struct {
	ServerCA, ClientCA *Authority
}

// Open makes what is missing, renews what has less than RenewBelow left, and touches nothing else.
func (c Cluster) Open(now time.Time) (*Server, error) {
	authorities := map[string]*Authority{}
	for _, name := range []string{"server-ca", "client-ca", "request-header-ca"} {
		authority, err := OpenAuthority(c.Dir, name, now)
		if err != nil {
			return nil, err
		}
		authorities[name] = authority
	}
	leaves, err := c.leaves()
	if err != nil {
		return nil, err
	}
	for name, wanted := range leaves {
		for _, leaf := range wanted {
			if _, err := authorities[name].Ensure(leaf, now); err != nil {
				return nil, err
			}
		}
	}
	if err := serviceKey(filepath.Join(c.Dir, "service.key")); err != nil {
		return nil, err
	}
	return &Server{authorities["server-ca"], authorities["client-ca"]}, c.copyAuthorities(authorities)
}

func (c Cluster) leaves() (map[string][]Leaf, error) {
	first, err := firstAddress(c.ServiceCIDR)
	if err != nil {
		return nil, err
	}
	names := append([]string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + c.Domain,
		"localhost", "127.0.0.1", "::1", c.NodeName, c.NodeIP, first}, c.ExtraNames...)
	at := func(name string) string { return filepath.Join(c.Dir, name) }
	return map[string][]Leaf{
		"server-ca": {
			{Path: at("serving-kube-apiserver"), CommonName: "kube-apiserver", Names: unique(names), Server: true},
			{Path: filepath.Join(c.AgentDir, "serving-kubelet"), CommonName: c.NodeName, Names: unique([]string{c.NodeName, "localhost", "127.0.0.1", c.NodeIP}), Server: true},
		},
		"client-ca": {
			{Path: at("client-admin"), CommonName: "system:admin", Organization: []string{"system:masters"}},
			{Path: at("client-supervisor"), CommonName: "system:k3s-supervisor", Organization: []string{"system:masters"}},
			{Path: at("client-controller"), CommonName: "system:kube-controller-manager"},
			{Path: at("client-scheduler"), CommonName: "system:kube-scheduler"},
			{Path: at("client-kube-apiserver"), CommonName: "system:apiserver", Organization: []string{"system:masters"}},
			{Path: filepath.Join(c.AgentDir, "client-kube-proxy"), CommonName: "system:kube-proxy"},
			{Path: filepath.Join(c.AgentDir, "client-kubelet"), CommonName: "system:node:" + c.NodeName, Organization: []string{"system:nodes"}},
		},
		"request-header-ca": {{Path: at("client-auth-proxy"), CommonName: "system:auth-proxy"}},
	}, nil
}

func (c Cluster) copyAuthorities(authorities map[string]*Authority) error {
	for _, name := range []string{"server-ca", "client-ca"} {
		if err := WriteFile(filepath.Join(c.AgentDir, name+".crt"), EncodeCert(authorities[name].Cert.Raw), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func serviceKey(path string) error {
	if Exists(path) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return WriteKey(path, key)
}

func firstAddress(cidr string) (string, error) {
	_, network, err := net.ParseCIDR(cidr)
	if err != nil || network.IP.To4() == nil {
		return "", fmt.Errorf("service-cidr %q is no IPv4 range", cidr)
	}
	ip := network.IP.To4()
	ip[3]++
	return ip.String(), nil
}

func unique(names []string) []string {
	seen, out := map[string]bool{}, []string{}
	for _, name := range names {
		if !seen[name] && name != "" {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}
