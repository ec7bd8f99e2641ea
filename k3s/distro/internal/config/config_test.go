package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func load(t *testing.T, role, text string, flags ...string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(dir, role, flags)
}

func TestValuesStayTextAndFlagsWin(t *testing.T) {
	c, err := load(t, "server", "node-ip: 10.64.1.10\nwrite-kubeconfig-mode: 0640\ntls-san: [a, b]\nnode-name: NO\n", "--node-name=Edge1", "--secrets-encryption")
	if err != nil {
		t.Fatal(err)
	}
	if c.KubeconfigMode != 0o640 || c.NodeName != "edge1" || !c.SecretsEncryption || len(c.TLSSAN) != 2 {
		t.Fatalf("%+v", c)
	}
}

func TestEveryRefusalNamesTheKey(t *testing.T) {
	for text, want := range map[string]string{
		"etcd-s3: true":                            "etcd-s3: is known to K3s, but not built into",
		"secret-encryption: true":                  "did you mean secrets-encryption?",
		"zzz: 1":                                   "zzz: is unknown to K3s too",
		"tls-san+: [a]":                            "appending with +",
		"node-ip: store":                           "node-ip",
		"node-ip: [1.1.1.1, 2.2.2.2]":              "wants one value",
		"secrets-encryption: yes":                  "neither true nor false",
		"node-ip: 1.1.1.1\nflannel-backend: vxlan": "flannel-backend",
		"node-ip: 1.1.1.1\nserver: https://x":      "embedded etcd",
		"debug: 1\ndebug: 2":                       "not built",
		"node-ip: a\nnode-ip: b":                   "twice",
		"- a":                                      "key: value",
		"a: [":                                     "config.yaml",
	} {
		if _, err := load(t, "server", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestAgentRefusesServerKeys(t *testing.T) {
	if _, err := load(t, "agent", "cluster-cidr: 172.20.0.0/16"); err == nil || !strings.Contains(err.Error(), "server's key") {
		t.Fatal(err)
	}
}

func TestKeysAreEitherBuiltInOrLacking(t *testing.T) {
	for key := range serverKeys {
		if lacking[key] {
			t.Errorf("%s is in both lists", key)
		}
	}
}
