package host

import (
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
)

func root(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range files {
		path := filepath.Join(dir, file)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDriverFollowsTheHost(t *testing.T) {
	v2, nspawn, systemd := "sys/fs/cgroup/cgroup.controllers", "run/systemd/container", "run/systemd/system/x"
	for want, files := range map[string][][]string{
		"systemd":  {{v2, systemd}},
		"cgroupfs": {{}, {systemd}, {v2}, {v2, systemd, nspawn}, {systemd, nspawn}},
	} {
		for _, found := range files {
			if got := Look(root(t, found...), "/nowhere").CgroupDriver(); got != want {
				t.Errorf("%v: %s, want %s", found, got, want)
			}
		}
	}
}

func TestNoOverlayMeansNative(t *testing.T) {
	if got := Look(root(t), "/nowhere").Snapshotter(); got != "native" {
		t.Fatal(got)
	}
}

func TestReadOnlyHierarchies(t *testing.T) {
	mounts := "tmpfs /sys/fs/cgroup tmpfs ro 0 0\ncgroup /sys/fs/cgroup/cpu cgroup ro,nosuid,cpu 0 0\ncgroup /sys/fs/cgroup/pids cgroup rw,pids 0 0\ncgroup2 /sys/fs/cgroup cgroup2 ro 0 0\ncgroup /elsewhere cgroup ro 0 0\n"
	if got := readOnly(mounts, "/sys/fs/cgroup"); !reflect.DeepEqual(got, []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup"}) {
		t.Fatal(got)
	}
}

func TestTunablesOfAnotherAreShownAndNotSet(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("binding a file over another needs root")
	}
	sys, scratch := root(t, "vm/overcommit_memory"), t.TempDir()
	own := filepath.Join(sys, "vm/overcommit_memory")
	os.WriteFile(own, []byte("0\n"), 0o644)
	if err := (Host{}).ShowTunables(sys, scratch); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(own); string(text) != "0\n" {
		t.Fatalf("a machine's own kernel was covered: %q", text)
	}
	for again := 0; again < 2; again++ {
		if err := (Host{Container: true}).ShowTunables(sys, scratch); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(own); string(text) != "1\n" {
		t.Fatalf("the kubelet would see %q", text)
	}
	if err := syscall.Unmount(own, 0); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(own); string(text) != "0\n" {
		t.Fatalf("covered twice, or set: %q", text)
	}
}
