package host

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// tunables are what a kubelet wants of the kernel. It writes those that differ and ends if it can't, unless it runs in a user
// namespace, which a machine of nspawn doesn't.
var tunables = map[string]string{
	"vm/overcommit_memory": "1", "vm/panic_on_oom": "0",
	"kernel/panic": "10", "kernel/panic_on_oops": "1",
	"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}

// ShowTunables lets a container's kubelet start on a kernel that belongs to somebody else: over each setting that differs lies a
// file with the wanted text. The kernel's own settings stay as they are, and the log says so.
func (h Host) ShowTunables(sys, scratch string) error {
	if !h.Container {
		return nil
	}
	for key, wanted := range tunables {
		path := filepath.Join(sys, key)
		now, err := os.ReadFile(path)
		if os.IsNotExist(err) || strings.TrimSpace(string(now)) == wanted {
			continue
		}
		shown := filepath.Join(scratch, strings.ReplaceAll(key, "/", "."))
		if err := os.MkdirAll(scratch, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(shown, []byte(wanted+"\n"), 0o444); err != nil {
			return err
		}
		if err := syscall.Mount(shown, path, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s is %s, the kubelet wants %s, and it can't be shown that: %w", path, strings.TrimSpace(string(now)), wanted, err)
		}
		slog.Info("shown to the kubelet, not set", "setting", path, "is", strings.TrimSpace(string(now)), "shown", wanted)
	}
	return nil
}
