package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"slices"
	"time"
)

// Leaf is a wanted certificate at <Path>.crt and <Path>.key. Names are DNS names or addresses.
type Leaf struct {
	Path         string
	CommonName   string
	Organization []string
	Names        []string
	Server       bool
}

// Ensure leaves a certificate that fits and lives for RenewBelow or more as it is, and makes any other anew.
// It reports whether it wrote.
func (a *Authority) Ensure(leaf Leaf, now time.Time) (bool, error) {
	if a.fits(leaf, now) {
		return false, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return false, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf.template(now), a.Cert, &key.PublicKey, a.key)
	if err != nil {
		return false, err
	}
	if err := WriteKey(leaf.Path+".key", key); err != nil {
		return false, err
	}
	// The authority's own certificate goes along: an agent that joins takes it from the handshake and checks it by its pin.
	chain := append(EncodeCert(der), EncodeCert(a.Cert.Raw)...)
	return true, WriteFile(leaf.Path+".crt", chain, 0o644)
}

func (leaf Leaf) template(now time.Time) *x509.Certificate {
	usage := x509.ExtKeyUsageClientAuth
	if leaf.Server {
		usage = x509.ExtKeyUsageServerAuth
	}
	names, addresses := leaf.split()
	return &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: leaf.CommonName, Organization: leaf.Organization},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(leafLife), DNSNames: names, IPAddresses: addresses,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
}

func (leaf Leaf) split() (names []string, addresses []net.IP) {
	for _, name := range leaf.Names {
		if ip := net.ParseIP(name); ip != nil {
			addresses = append(addresses, ip)
		} else {
			names = append(names, name)
		}
	}
	return names, addresses
}

func (a *Authority) fits(leaf Leaf, now time.Time) bool {
	cert, err := ReadCert(leaf.Path + ".crt")
	if err != nil {
		return false
	}
	key, err := readKey(leaf.Path + ".key")
	if err != nil || !key.PublicKey.Equal(cert.PublicKey) || cert.CheckSignatureFrom(a.Cert) != nil {
		return false
	}
	have := append(slices.Clone(cert.DNSNames), texts(cert.IPAddresses)...)
	names, addresses := leaf.split()
	want := append(names, texts(addresses)...)
	slices.Sort(have)
	slices.Sort(want)
	return cert.NotAfter.Sub(now) >= RenewBelow && slices.Equal(have, want) && cert.Subject.CommonName == leaf.CommonName
}

func texts(addresses []net.IP) []string {
	out := []string{}
	for _, address := range addresses {
		out = append(out, address.String())
	}
	return out
}

// Exists tells whether a path is there.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
