package supervise

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A pid file holds `<pid> <start time in clock ticks>`: a pid alone may have been given to another process since.
func writePid(path string, pid int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, fmt.Appendf(nil, "%d %s\n", pid, startTime(pid)), 0o600)
}

// EndStale ends what a killed supervisor may have left running, known by the pid files it wrote.
func EndStale(pidDir string) {
	paths, _ := filepath.Glob(filepath.Join(pidDir, "*.pid"))
	for _, path := range paths {
		content, _ := os.ReadFile(path)
		pidText, began, _ := strings.Cut(strings.TrimSpace(string(content)), " ")
		if pid, err := strconv.Atoi(pidText); err == nil && pid > 1 && began != "" && startTime(pid) == began {
			slog.Warn("ending a child of an earlier supervisor", "child", strings.TrimSuffix(filepath.Base(path), ".pid"), "pid", pid)
			end(pid, began)
		}
		os.Remove(path)
	}
}

func end(pid int, began string) {
	syscall.Kill(pid, syscall.SIGTERM)
	for i := 0; i < 100 && startTime(pid) == began; i++ {
		if i == 50 {
			syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// startTime is field 22 of /proc/<pid>/stat, or "" where there is no such process or only its zombie.
func startTime(pid int) string {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	text := string(content)
	fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}
