package pki

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func cluster(dir string) Cluster {
	return Cluster{Dir: filepath.Join(dir, "tls"), AgentDir: filepath.Join(dir, "agent"), NodeName: "hz0001-edge1",
		NodeIP: "10.64.1.10", ServiceCIDR: "172.21.0.0/16", Domain: "cluster.local"}
}

func bytesOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestSecondOpenKeepsEverythingUntilRenewal(t *testing.T) {
	c := cluster(t.TempDir())
	leaf, ca := filepath.Join(c.Dir, "client-admin.crt"), filepath.Join(c.Dir, "server-ca.crt")
	if _, err := c.Open(start); err != nil {
		t.Fatal(err)
	}
	first, authority := bytesOf(t, leaf), bytesOf(t, ca)
	if _, err := c.Open(start.Add(230 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if bytesOf(t, leaf) != first {
		t.Fatal("renewed with 135 days left")
	}
	if _, err := c.Open(start.Add(240 * 24 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if bytesOf(t, leaf) == first || bytesOf(t, ca) != authority {
		t.Fatal("wants a new leaf and the old authority with 125 days left")
	}
}

func TestNewNameMakesNewServingCertificate(t *testing.T) {
	c := cluster(t.TempDir())
	if _, err := c.Open(start); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.Dir, "serving-kube-apiserver.crt")
	before := bytesOf(t, path)
	c.ExtraNames = []string{"edge1.store"}
	if _, err := c.Open(start); err != nil {
		t.Fatal(err)
	}
	cert, err := ReadCert(path)
	if err != nil || bytesOf(t, path) == before || cert.VerifyHostname("edge1.store") != nil || cert.VerifyHostname("172.21.0.1") != nil {
		t.Fatal("serving certificate lacks a name", err)
	}
}

func TestKeysAreForOwnerOnlyAndMismatchIsRefused(t *testing.T) {
	c := cluster(t.TempDir())
	if _, err := c.Open(start); err != nil {
		t.Fatal(err)
	}
	keys, _ := filepath.Glob(filepath.Join(c.Dir, "*.key"))
	for _, key := range keys {
		if info, _ := os.Stat(key); info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", key, info.Mode())
		}
	}
	if err := os.Rename(filepath.Join(c.Dir, "client-ca.key"), filepath.Join(c.Dir, "server-ca.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Open(start); err == nil {
		t.Fatal("took a key that belongs to another authority")
	}
}

func TestOnlyThePinnedAuthorityIsTrusted(t *testing.T) {
	c, other := cluster(t.TempDir()), cluster(t.TempDir())
	for _, each := range []Cluster{c, other} {
		if _, err := each.Open(start); err != nil {
			t.Fatal(err)
		}
	}
	shown := []*x509.Certificate{}
	block, rest := pem.Decode([]byte(bytesOf(t, filepath.Join(c.Dir, "serving-kube-apiserver.crt"))))
	for ; block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, cert)
	}
	authority := bytesOf(t, filepath.Join(c.Dir, "server-ca.crt"))
	pin, foreign := Digest([]byte(authority)), Digest([]byte(bytesOf(t, filepath.Join(other.Dir, "server-ca.crt"))))
	if got, err := pinned(shown, "10.64.1.10", pin, start); err != nil || string(got) != authority {
		t.Fatal(err)
	}
	if _, err := pinned(shown, "10.64.1.10", foreign, start); err == nil {
		t.Error("trusted an authority that the token does not pin")
	}
	if _, err := pinned(shown, "10.64.9.9", pin, start); err == nil {
		t.Error("took a certificate of another address")
	}
	if _, err := pinned(shown[:1], "10.64.1.10", pin, start); err == nil {
		t.Error("took a server that shows no authority")
	}
	if _, err := pinned([]*x509.Certificate{shown[1], shown[1]}, "10.64.1.10", pin, start); err == nil {
		t.Error("took the authority itself for a server")
	}
}
