// Package token reads and writes K3s' tokens: K10<sha256 of the CA file>::<user>:<password>, or ::<id>.<secret> for a join.
package token

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// Token is one in full form; ID and Secret are set for a bootstrap token, User and Password for a server's own.
type Token struct {
	CAHash         string
	User, Password string
	ID, Secret     string
}

var (
	full      = regexp.MustCompile(`^K10([0-9a-f]{64})::(.+)$`)
	bootstrap = regexp.MustCompile(`^([a-z0-9]{6})\.([a-z0-9]{16})$`)
)

// Parse refuses a token that does not pin its cluster's authority.
func Parse(text string) (Token, error) {
	match := full.FindStringSubmatch(text)
	if match == nil {
		return Token{}, fmt.Errorf("a token has the form K10<hash>::<id>.<secret>; one without the hash would trust any server")
	}
	t := Token{CAHash: match[1]}
	if parts := bootstrap.FindStringSubmatch(match[2]); parts != nil {
		t.ID, t.Secret = parts[1], parts[2]
		return t, nil
	}
	user, password, ok := strings.Cut(match[2], ":")
	if !ok || user == "" || password == "" {
		return Token{}, fmt.Errorf("a token ends with <id>.<secret> or <user>:<password>")
	}
	t.User, t.Password = user, password
	return t, nil
}

// String is the full form, a secret.
func (t Token) String() string {
	if t.ID != "" {
		return fmt.Sprintf("K10%s::%s.%s", t.CAHash, t.ID, t.Secret)
	}
	return fmt.Sprintf("K10%s::%s:%s", t.CAHash, t.User, t.Password)
}

// NewBootstrap makes a join token for the cluster whose CA file has this hash.
func NewBootstrap(caHash string) Token {
	return Token{CAHash: caHash, ID: random(6), Secret: random(16)}
}

// NewPassword gives 32 hexadecimal characters, as K3s' own server password.
func NewPassword() string {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return hex.EncodeToString(bytes)
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

func random(length int) string {
	out := make([]byte, 0, length)
	one := make([]byte, 1)
	for len(out) < length {
		if _, err := rand.Read(one); err != nil {
			panic(err)
		}
		if int(one[0]) < 252 {
			out = append(out, letters[int(one[0])%len(letters)])
		}
	}
	return string(out)
}
