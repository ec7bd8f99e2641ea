package host

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// PoweringOff tells whether the whole machine goes down, and not only our unit.
func PoweringOff() bool {
	out, _ := exec.Command("systemctl", "is-system-running").Output()
	return strings.TrimSpace(string(out)) == "stopping"
}

// EndPods ends every container: without it a first process that ignores SIGTERM holds a power-off up for 90 s.
// Pods live through a restart of the unit, so this is for a power-off only.
func EndPods(grace time.Duration) {
	shims, inside := podProcesses()
	signal(inside, syscall.SIGTERM)
	for end := time.Now().Add(grace); time.Now().Before(end) && len(inside) > 0; _, inside = podProcesses() {
		time.Sleep(100 * time.Millisecond)
	}
	slog.Info("ending pods", "containers", len(inside), "shims", len(shims))
	signal(inside, syscall.SIGKILL)
	signal(shims, syscall.SIGKILL)
}

func signal(pids []int, what syscall.Signal) {
	for _, pid := range pids {
		syscall.Kill(pid, what)
	}
}

func podProcesses() (shims, inside []int) {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		content, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		text := string(content)
		open, end := strings.Index(text, "("), strings.LastIndex(text, ")")
		pid, _ := strconv.Atoi(strings.TrimSpace(text[:open]))
		rest := strings.Fields(text[end+1:])
		parent, _ := strconv.Atoi(rest[1])
		children[parent] = append(children[parent], pid)
		if strings.HasPrefix(text[open+1:end], "containerd-shim") {
			shims = append(shims, pid)
		}
	}
	for _, shim := range shims {
		inside = append(inside, below(shim, children)...)
	}
	return shims, inside
}

func below(pid int, children map[int][]int) []int {
	all := []int{}
	for _, child := range children[pid] {
		all = append(append(all, child), below(child, children)...)
	}
	return all
}
