// Package host looks at the machine this node runs on and makes it fit; nothing here is chosen by a setting.
package host

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Host is what was found. Container: a machine made of namespaces (nspawn), which may not tune what it shares with others.
type Host struct {
	Container  bool
	CgroupV2   bool
	Overlay    bool
	Systemd    bool
	CgroupRoot string
}

// Look reads root ("/" but in tests) and tries an overlay mount under scratch.
func Look(root, scratch string) Host {
	return Host{
		Container:  exists(filepath.Join(root, "run/systemd/container")),
		CgroupV2:   exists(filepath.Join(root, "sys/fs/cgroup/cgroup.controllers")),
		Systemd:    exists(filepath.Join(root, "run/systemd/system")),
		Overlay:    overlayWorks(scratch),
		CgroupRoot: filepath.Join(root, "sys/fs/cgroup"),
	}
}

// String is one line for the log.
func (h Host) String() string {
	return fmt.Sprintf("container=%v cgroup=%s snapshotter=%s driver=%s", h.Container, map[bool]string{true: "v2", false: "v1"}[h.CgroupV2], h.Snapshotter(), h.CgroupDriver())
}

// Snapshotter is overlayfs where the data folder's file system can carry it (overlay on overlay can't).
func (h Host) Snapshotter() string {
	if h.Overlay {
		return "overlayfs"
	}
	return "native"
}

// CgroupDriver is systemd's on a real machine with cgroup v2, as K3s chooses.
func (h Host) CgroupDriver() string {
	if h.CgroupV2 && h.Systemd && !h.Container {
		return "systemd"
	}
	return "cgroupfs"
}

// Prepare makes the kernel's settings and the cgroup hierarchies fit; it may run again at any time.
func (h Host) Prepare() error {
	for key, value := range map[string]string{
		"net/ipv4/ip_forward": "1", "net/ipv4/conf/all/forwarding": "1",
		"net/bridge/bridge-nf-call-iptables": "1",
	} {
		if err := sysctl(key, value); err != nil {
			return err
		}
	}
	if err := os.MkdirAll("/opt/cni/bin", 0o755); err != nil {
		return err
	}
	if err := h.ShowTunables("/proc/sys", "/run/k3s/tunables"); err != nil {
		return err
	}
	return h.Writable()
}

func sysctl(key, value string) error {
	path := filepath.Join("/proc/sys", key)
	now, err := os.ReadFile(path)
	if os.IsNotExist(err) || strings.TrimSpace(string(now)) == value {
		return nil
	}
	if err := os.WriteFile(path, []byte(value), 0o644); err != nil && !strings.HasPrefix(key, "net/bridge") {
		return fmt.Errorf("%s can't be set to %s: %w", path, value, err)
	}
	return nil
}

// Writable remounts the cgroup hierarchies that a container got read-only. They were seen read-only again later, so the
// supervisor repeats it.
func (h Host) Writable() error {
	if !h.Container {
		return nil
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return err
	}
	for _, path := range readOnly(string(mounts), h.CgroupRoot) {
		// Without MS_BIND it fails for hierarchies that other namespaces share.
		if err := syscall.Mount("", path, "", syscall.MS_REMOUNT|syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s stays read-only, so no pod can start: %w", path, err)
		}
		slog.Info("remounted writable", "path", path)
	}
	return nil
}

func readOnly(mounts, root string) []string {
	paths := []string{}
	for _, line := range strings.Split(mounts, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 4 || (fields[2] != "cgroup" && fields[2] != "cgroup2") || !strings.HasPrefix(fields[1], root) {
			continue
		}
		for _, option := range strings.Split(fields[3], ",") {
			if option == "ro" {
				paths = append(paths, strings.ReplaceAll(fields[1], `\040`, " "))
			}
		}
	}
	return paths
}

func overlayWorks(scratch string) bool {
	base, err := os.MkdirTemp(scratch, ".overlay-*")
	if err != nil {
		return false
	}
	defer os.RemoveAll(base)
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if os.Mkdir(filepath.Join(base, name), 0o700) != nil {
			return false
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", base)
	merged := filepath.Join(base, "merged")
	if syscall.Mount("overlay", merged, "overlay", 0, options) != nil {
		return false
	}
	defer syscall.Unmount(merged, syscall.MNT_DETACH)
	return os.WriteFile(filepath.Join(merged, "probe"), nil, 0o600) == nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
