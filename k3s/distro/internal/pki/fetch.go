package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// FetchAuthority returns the PEM of the authority that server (https://HOST:PORT) shows, if it is the pinned one and signed the server.
func FetchAuthority(server, pin string, now time.Time) ([]byte, error) {
	at, err := url.Parse(server)
	if err != nil || at.Scheme != "https" || at.Port() == "" {
		return nil, fmt.Errorf("server: %q has not the form https://ADDRESS:PORT", server)
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	// What is shown is believed only after the pin has been compared, below.
	conn, err := tls.DialWithDialer(dialer, "tcp", at.Host, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return pinned(conn.ConnectionState().PeerCertificates, at.Hostname(), pin, now)
}

func pinned(shown []*x509.Certificate, host, pin string, now time.Time) ([]byte, error) {
	if len(shown) < 2 {
		return nil, errors.New("the server does not show its authority")
	}
	authority := shown[len(shown)-1]
	text := EncodeCert(authority.Raw)
	if subtle.ConstantTimeCompare([]byte(Digest(text)), []byte(pin)) != 1 {
		return nil, errors.New("the server's authority is not the one that the token pins: wrong server, or somebody in between")
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority)
	_, err := shown[0].Verify(x509.VerifyOptions{Roots: roots, DNSName: host, CurrentTime: now})
	return text, err
}

// Request makes a key and a signing request for a client named commonName.
func Request(commonName string) (key *ecdsa.PrivateKey, request []byte, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: commonName}}, key)
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), err
}

// Lasts tells whether the certificate at path is there and lives for RenewBelow or more.
func Lasts(path string, now time.Time) bool {
	cert, err := ReadCert(path)
	return err == nil && cert.NotAfter.Sub(now) >= RenewBelow
}
