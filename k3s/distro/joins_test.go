package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"testing"

	certv1 "k8s.io/api/certificates/v1"
)

func signing(t *testing.T, template x509.CertificateRequest) []byte {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, err := x509.CreateCertificateRequest(rand.Reader, &template, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func TestOnlyKubeProxysNameIsApproved(t *testing.T) {
	client := []certv1.KeyUsage{certv1.UsageClientAuth, certv1.UsageDigitalSignature}
	proxy := x509.CertificateRequest{Subject: pkix.Name{CommonName: proxyUser}}
	admin := x509.CertificateRequest{Subject: pkix.Name{CommonName: proxyUser, Organization: []string{"system:masters"}}}
	named := x509.CertificateRequest{Subject: pkix.Name{CommonName: proxyUser}, DNSNames: []string{"kubernetes"}}
	other := x509.CertificateRequest{Subject: pkix.Name{CommonName: "system:admin"}}
	for name, one := range map[string]struct {
		spec certv1.CertificateSigningRequestSpec
		want bool
	}{
		"joining node": {certv1.CertificateSigningRequestSpec{Request: signing(t, proxy), Groups: []string{bootstrappers}, Usages: client}, true},
		"joined node":  {certv1.CertificateSigningRequestSpec{Request: signing(t, proxy), Groups: []string{nodesGroup}, Usages: client}, true},
		"stranger":     {certv1.CertificateSigningRequestSpec{Request: signing(t, proxy), Groups: []string{"system:authenticated"}, Usages: client}, false},
		"masters":      {certv1.CertificateSigningRequestSpec{Request: signing(t, admin), Groups: []string{bootstrappers}, Usages: client}, false},
		"a name":       {certv1.CertificateSigningRequestSpec{Request: signing(t, named), Groups: []string{bootstrappers}, Usages: client}, false},
		"another user": {certv1.CertificateSigningRequestSpec{Request: signing(t, other), Groups: []string{bootstrappers}, Usages: client}, false},
		"server's use": {certv1.CertificateSigningRequestSpec{Request: signing(t, proxy), Groups: []string{bootstrappers}, Usages: append(client, certv1.UsageServerAuth)}, false},
		"no request":   {certv1.CertificateSigningRequestSpec{Request: []byte("x"), Groups: []string{bootstrappers}, Usages: client}, false},
	} {
		one.spec.SignerName = certv1.KubeAPIServerClientSignerName
		if got := wantsProxy(one.spec); got != one.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestANodeServesUnderItsOwnNamesAlone(t *testing.T) {
	own := []string{"10.64.1.20", "edge2"}
	good := &x509.CertificateRequest{DNSNames: []string{"edge2"}, IPAddresses: []net.IP{net.ParseIP("10.64.1.20")}}
	bad := &x509.CertificateRequest{DNSNames: []string{"edge2", "kubernetes"}}
	if !within(good, own) || within(bad, own) || within(&x509.CertificateRequest{}, own) {
		t.Fatal("names are not held to the node's own")
	}
}
