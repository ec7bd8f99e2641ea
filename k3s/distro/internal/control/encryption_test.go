package control

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAKeyIsMadeOnceAndOutlivesTheSetting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "encryption-config.json")
	if err := EnsureEncryption(path, false, "aescbc"); err != nil {
		t.Fatal(err)
	}
	if text, _ := EncryptionStatus(path); !strings.Contains(text, "Disabled") {
		t.Fatal(text)
	}
	for _, wanted := range []bool{true, true, false} {
		before, _ := os.ReadFile(path)
		if err := EnsureEncryption(path, wanted, "secretbox"); err != nil {
			t.Fatal(err)
		}
		if after, _ := os.ReadFile(path); before != nil && string(after) != string(before) {
			t.Fatal("made another key: no Secret could be read any more")
		}
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Fatal(info.Mode())
	}
	if text, err := EncryptionStatus(path); err != nil || !strings.Contains(text, "Status: Enabled") || !strings.Contains(text, "secretboxkey") {
		t.Fatal(text, err)
	}
}
