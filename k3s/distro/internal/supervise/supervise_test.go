package supervise

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for i := 0; i < 300; i++ {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal(what)
}

func TestAKilledChildIsStartedAgainAndStopEndsIt(t *testing.T) {
	dir := t.TempDir()
	child := &Child{Name: "sleep", Path: "/bin/sleep", Args: []string{"600"}, Grace: time.Second}
	child.Run(dir)
	eventually(t, "never started", func() bool { return child.Pid() != 0 })
	first := child.Pid()
	syscall.Kill(first, syscall.SIGKILL)
	eventually(t, "not started again", func() bool { return child.Pid() != 0 && child.Pid() != first })
	last := child.Pid()
	child.Stop()
	if startTime(last) != "" {
		t.Fatal("still runs after Stop")
	}
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Fatal("pid file left behind", files)
	}
}

func TestChildIgnoringTermIsKilled(t *testing.T) {
	child := &Child{Name: "stubborn", Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; while :; do sleep 1; done"}, Grace: 200 * time.Millisecond}
	child.Run(t.TempDir())
	eventually(t, "never started", func() bool { return child.Pid() != 0 })
	time.Sleep(100 * time.Millisecond)
	child.Stop()
}

func TestEndStaleEndsOursAndSparesAReusedPid(t *testing.T) {
	dir := t.TempDir()
	ours, other := exec.Command("/bin/sleep", "600"), exec.Command("/bin/sleep", "600")
	for _, cmd := range []*exec.Cmd{ours, other} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	defer other.Process.Kill()
	if err := writePid(filepath.Join(dir, "kine.pid"), ours.Process.Pid); err != nil {
		t.Fatal(err)
	}
	reused := strconv.Itoa(other.Process.Pid) + " 1\n"
	os.WriteFile(filepath.Join(dir, "kubelet.pid"), []byte(reused), 0o600)
	EndStale(dir)
	if startTime(ours.Process.Pid) != "" || startTime(other.Process.Pid) == "" {
		t.Fatal("ended the wrong one")
	}
}

func TestChildrenDieWithTheirParent(t *testing.T) {
	if os.Getenv("SUPERVISE_PARENT") == "1" {
		child := &Child{Name: "sleep", Path: "/bin/sleep", Args: []string{"600"}}
		child.Run(t.TempDir())
		eventually(t, "never started", func() bool { return child.Pid() != 0 })
		os.Stdout.WriteString("pid=" + strconv.Itoa(child.Pid()) + "\n")
		time.Sleep(time.Minute)
	}
	parent := exec.Command(os.Args[0], "-test.run=TestChildrenDieWithTheirParent")
	parent.Env = append(os.Environ(), "SUPERVISE_PARENT=1")
	out, _ := parent.StdoutPipe()
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	n, _ := out.Read(buffer)
	pid, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(string(buffer[:n]), "pid=")))
	if err != nil {
		t.Fatal(err)
	}
	parent.Process.Kill()
	parent.Wait()
	eventually(t, "child outlived its parent", func() bool { return startTime(pid) == "" })
}

func TestEnvironmentKeepsSystemdsSocketBack(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "/run/x")
	for _, entry := range environment(nil) {
		if strings.HasPrefix(entry, "NOTIFY_SOCKET=") {
			t.Fatal(entry)
		}
	}
}
