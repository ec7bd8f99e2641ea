// Package supervise keeps child processes running and ends them in order.
package supervise

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

type order struct {
	cmd  *exec.Cmd
	done chan error
}

var orders = make(chan order)

// A parent-death signal fires when the thread that started the child ends, so one thread starts all of them and never ends.
func init() {
	go func() {
		runtime.LockOSThread()
		for o := range orders {
			o.done <- o.cmd.Start()
		}
	}()
}

func start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	o := order{cmd, make(chan error, 1)}
	orders <- o
	return <-o.done
}

// environment is ours without what systemd meant for the supervisor alone: apiserver and kubelet would send READY=1 themselves.
func environment(extra []string) []string {
	kept := []string{}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES":
		default:
			kept = append(kept, entry)
		}
	}
	return append(kept, extra...)
}
