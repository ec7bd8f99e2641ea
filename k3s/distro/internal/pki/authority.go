// Package pki keeps one cluster's certificate authorities and the certificates they sign, in K3s' places.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

const (
	caLife   = 10 * 365 * 24 * time.Hour
	leafLife = 365 * 24 * time.Hour
	// RenewBelow is how much life a certificate must have left at a start not to be made anew; gate G7 asks for more than 120 days.
	RenewBelow = 130 * 24 * time.Hour
)

// Authority signs; its key lies beside its certificate, mode 0600.
type Authority struct {
	Cert *x509.Certificate
	Path string
	key  *ecdsa.PrivateKey
}

// OpenAuthority reads <dir>/<name>.crt and .key, or makes both when neither is there.
func OpenAuthority(dir, name string, now time.Time) (*Authority, error) {
	crt, key := filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	_, errCrt := os.Stat(crt)
	_, errKey := os.Stat(key)
	if errors.Is(errCrt, os.ErrNotExist) && errors.Is(errKey, os.ErrNotExist) {
		if err := makeAuthority(crt, key, name, now); err != nil {
			return nil, err
		}
	}
	return readAuthority(crt, key, now)
}

func makeAuthority(crt, keyPath, name string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: fmt.Sprintf("k3s-%s@%d", name, now.Unix())},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLife), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	if err := WriteKey(keyPath, key); err != nil {
		return err
	}
	return WriteFile(crt, EncodeCert(der), 0o644)
}

func readAuthority(crt, keyPath string, now time.Time) (*Authority, error) {
	cert, err := ReadCert(crt)
	if err != nil {
		return nil, err
	}
	key, err := readKey(keyPath)
	if err != nil {
		return nil, err
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("%s does not belong to %s", keyPath, crt)
	}
	if now.After(cert.NotAfter) {
		return nil, fmt.Errorf("%s ended on %s: this cluster needs a new authority", crt, cert.NotAfter.Format(time.DateOnly))
	}
	return &Authority{Cert: cert, Path: crt, key: key}, nil
}

// Digest is the hash in K10<hash>::, the SHA-256 of the literal bytes of a one-certificate PEM file.
func Digest(pemBytes []byte) string {
	sum := sha256.Sum256(pemBytes)
	return hex.EncodeToString(sum[:])
}

// EncodeCert gives the bytes that a certificate's file holds.
func EncodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func serial() *big.Int {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	return number.Add(number, big.NewInt(1))
}
