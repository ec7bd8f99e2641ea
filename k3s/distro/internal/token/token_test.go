package token

import (
	"strings"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, want := range []Token{{CAHash: hash, User: "server", Password: "a:b"}, NewBootstrap(hash)} {
		got, err := Parse(want.String())
		if err != nil || got != want {
			t.Errorf("%v: got %v, %v", want, got, err)
		}
	}
}

func TestUnpinnedOrBrokenTokensAreRefused(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, text := range []string{"", "secret", "abcdef.0123456789abcdef", "K10::server:x", "K10" + hash + "::", "K10" + hash + "::server:", "K10" + hash + "::abc.def"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q: took it as %+v", text, got)
		}
	}
}
