package supervise

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Child is a process that is started again whenever it ends, until Stop.
type Child struct {
	Name string
	Path string
	Args []string
	Env  []string
	// Grace is how long Stop waits between SIGTERM and SIGKILL.
	Grace time.Duration

	pidDir  string
	mutex   sync.Mutex
	process *os.Process
	stopped chan struct{}
	ended   chan struct{}
}

const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
	healthy    = 60 * time.Second
)

// Run starts the child and keeps it. pidDir gets <name>.pid for EndStale of a later supervisor.
func (c *Child) Run(pidDir string) {
	c.pidDir, c.stopped, c.ended = pidDir, make(chan struct{}), make(chan struct{})
	go c.keep()
}

func (c *Child) keep() {
	defer close(c.ended)
	pause := firstPause
	for {
		began := time.Now()
		err := c.once()
		select {
		case <-c.stopped:
			return
		default:
		}
		if time.Since(began) > healthy {
			pause = firstPause
		}
		slog.Warn("child ended, starting it again", "child", c.Name, "error", err, "after", time.Since(began).Round(time.Second), "pause", pause)
		select {
		case <-c.stopped:
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

func (c *Child) once() error {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env = environment(c.Env)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	c.mutex.Lock()
	err := c.begin(cmd)
	c.mutex.Unlock()
	if err != nil {
		return err
	}
	err = cmd.Wait()
	c.mutex.Lock()
	c.process = nil
	os.Remove(c.pidFile())
	c.mutex.Unlock()
	return err
}

func (c *Child) begin(cmd *exec.Cmd) error {
	select {
	case <-c.stopped:
		return os.ErrProcessDone
	default:
	}
	if err := start(cmd); err != nil {
		return err
	}
	c.process = cmd.Process
	return writePid(c.pidFile(), cmd.Process.Pid)
}

func (c *Child) pidFile() string { return filepath.Join(c.pidDir, c.Name+".pid") }

// Stop sends SIGTERM, waits for Grace, sends SIGKILL, and returns when the process is gone.
func (c *Child) Stop() {
	c.mutex.Lock()
	close(c.stopped)
	if c.process != nil {
		c.process.Signal(syscall.SIGTERM)
	}
	c.mutex.Unlock()
	select {
	case <-c.ended:
	case <-time.After(c.Grace):
		c.mutex.Lock()
		if c.process != nil {
			slog.Warn("child did not stop in time", "child", c.Name)
			c.process.Kill()
		}
		c.mutex.Unlock()
		<-c.ended
	}
}

// Pid is 0 while the child is not running.
func (c *Child) Pid() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process == nil {
		return 0
	}
	return c.process.Pid
}
