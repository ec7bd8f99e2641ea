package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"retailops.local/k3s/internal/pki"
)

type imported struct {
	Size     int64 `json:"size"`
	Modified int64 `json:"modified"`
}

var unpacked = regexp.MustCompile(`unpacking (\S+) \((sha256:[0-9a-f]{64})\)`)

// ImportImages brings <data-dir>/agent/images/*.tar into containerd, each once until its file changes.
// A manifest may name an image by tag or by digest.
func (n Node) ImportImages() error {
	record := n.agent("images", ".cache.json")
	known := map[string]imported{}
	if content, err := os.ReadFile(record); err == nil && n.storeIsThere() {
		json.Unmarshal(content, &known)
	}
	paths, _ := filepath.Glob(n.agent("images", "*.tar"))
	now := map[string]imported{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		now[path] = imported{info.Size(), info.ModTime().UnixNano()}
		if known[path] == now[path] {
			continue
		}
		if err := importImage(path); err != nil {
			return err
		}
	}
	text, _ := json.Marshal(now)
	return pki.WriteFile(record, text, 0o600)
}

func (n Node) storeIsThere() bool {
	out, err := Ctr("images", "ls", "-q")
	return err == nil && len(bytes.TrimSpace(out)) > 0
}

func importImage(path string) error {
	out, err := Ctr("images", "import", path)
	if err != nil {
		return fmt.Errorf("image %s: %w: %s", path, err, bytes.TrimSpace(out))
	}
	for _, match := range unpacked.FindAllStringSubmatch(string(out), -1) {
		name, digest := match[1], match[2]
		if at := strings.LastIndex(name, ":"); at > strings.LastIndex(name, "/") {
			byDigest := name[:at] + "@" + digest
			if out, err := Ctr("images", "tag", "--force", name, byDigest); err != nil {
				return fmt.Errorf("image %s: %w: %s", byDigest, err, bytes.TrimSpace(out))
			}
		}
		slog.Info("image imported", "image", name, "digest", digest)
	}
	return nil
}

// Ctr talks to this node's containerd about the kubelet's images and containers.
func Ctr(args ...string) ([]byte, error) {
	return exec.Command("ctr", append([]string{"--address", Socket, "--namespace", "k8s.io"}, args...)...).CombinedOutput()
}
