package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// manifests are applied when their bytes change. As in K3s, a file that goes away deletes nothing.
type manifests struct {
	folder, self, kubeconfig string
	applied                  map[string][32]byte
}

func (m *manifests) apply(ctx context.Context) error {
	if m.applied == nil {
		m.applied = map[string][32]byte{}
	}
	failed := []string{}
	for _, path := range m.files() {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		if m.applied[path] == sum || len(bytes.TrimSpace(content)) == 0 {
			continue
		}
		if err := m.one(ctx, path); err != nil {
			failed = append(failed, err.Error())
			continue
		}
		m.applied[path] = sum
		slog.Info("manifest applied", "path", path)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s", strings.Join(failed, "; "))
	}
	return nil
}

func (m *manifests) files() []string {
	paths := []string{}
	for _, pattern := range []string{"*.yaml", "*.yml", "*.json", "*/*.yaml"} {
		found, _ := filepath.Glob(filepath.Join(m.folder, pattern))
		paths = append(paths, found...)
	}
	sort.Strings(paths)
	return paths
}

func (m *manifests) one(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, m.self, "kubectl", "--kubeconfig", m.kubeconfig, "apply", "--server-side", "--force-conflicts",
		"--field-manager=deploy@k3s", "-f", path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %s", filepath.Base(path), bytes.TrimSpace(out))
	}
	return nil
}
