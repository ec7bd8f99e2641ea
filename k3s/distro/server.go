package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"retailops.local/k3s/internal/config"
	"retailops.local/k3s/internal/control"
	"retailops.local/k3s/internal/host"
	"retailops.local/k3s/internal/node"
	"retailops.local/k3s/internal/supervise"
)

const (
	configDir = "/etc/rancher/k3s"
	pids      = node.Run + "/children"
	// round is how often what may change by itself is looked at again.
	round = 5 * time.Second
)

// machine is what a running supervisor holds; children are in the order of their start.
type machine struct {
	node     node.Node
	children []*supervise.Child
	began    time.Time
}

func server(args []string) error {
	m, err := newMachine("server", args)
	if err != nil {
		return err
	}
	plane := control.Plane{Config: m.node.Config, Self: m.node.Self}
	m.node.APIServer = plane.Local()
	if err := plane.Prepare(time.Now()); err != nil {
		return err
	}
	warn(m.node.Config)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	err = m.serve(ctx, plane)
	m.stop()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func newMachine(role string, args []string) (*machine, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("must run as root")
	}
	c, err := config.Load(configDir, role, args)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return nil, err
	}
	for _, tool := range []string{"containerd", "ctr", "runc", "nft", "ip"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%s is not on the PATH; k3s/versions.yaml lists what this binary needs beside it", tool)
		}
	}
	found := host.Look("/", c.DataDir)
	slog.Info("host", "found", found.String())
	if err := found.Prepare(); err != nil {
		return nil, err
	}
	supervise.EndStale(pids)
	return &machine{node: node.Node{Config: c, Host: found, Self: self}, began: time.Now()}, nil
}

func (m *machine) serve(ctx context.Context, plane control.Plane) error {
	if err := m.node.WriteConfigs(); err != nil {
		return err
	}
	images := m.startContainerd(ctx)
	m.start(plane.Kine())
	if err := await(ctx, "kine", func() error { return dial(plane.KineSocket()) }); err != nil {
		return err
	}
	m.start(plane.APIServer())
	api, err := connect(plane.SupervisorKubeconfig())
	if err != nil {
		return err
	}
	if err := await(ctx, "API server", func() error { return api.ready(ctx) }); err != nil {
		return err
	}
	m.start(plane.Controllers(), plane.Scheduler())
	if err := <-images; err != nil {
		return err
	}
	m.start(m.node.Kubelet(), m.node.Proxy())
	return m.untilReady(ctx, api, plane)
}

// untilReady says READY when this node is Ready and every manifest is applied, then looks after both.
func (m *machine) untilReady(ctx context.Context, api *cluster, plane control.Plane) error {
	if err := await(ctx, "join rules", func() error { return api.allowJoins(ctx, m.node.Config) }); err != nil {
		return err
	}
	files := &manifests{folder: plane.Manifests(), self: m.node.Self, kubeconfig: plane.SupervisorKubeconfig()}
	if err := await(ctx, "pod range", func() error { return m.network(ctx, api) }); err != nil {
		return err
	}
	if err := await(ctx, "manifests", func() error { return files.apply(ctx) }); err != nil {
		return err
	}
	if err := await(ctx, "node Ready", func() error { return api.nodeReady(ctx, m.node.Config.NodeName, m.began) }); err != nil {
		return err
	}
	slog.Info("ready")
	supervise.Notify("READY=1", "STATUS=node Ready, manifests applied")
	m.every(ctx, map[string]func() error{
		"manifests": func() error { return files.apply(ctx) },
		"images":    m.node.ImportImages,
		"cgroups":   m.node.Host.Writable,
		"routes":    func() error { return m.network(ctx, api) },
		"joins":     func() error { return api.approve(ctx) },
	})
	return nil
}

func (m *machine) every(ctx context.Context, tasks map[string]func() error) {
	tick := time.NewTicker(round)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for name, task := range tasks {
				if err := task(); err != nil && ctx.Err() == nil {
					slog.Warn("will be tried again", "task", name, "error", err)
				}
			}
		}
	}
}

func (m *machine) startContainerd(ctx context.Context) <-chan error {
	m.start(m.node.Containerd())
	done := make(chan error, 1)
	go func() {
		if err := await(ctx, "containerd", func() error { return dial(node.Socket) }); err != nil {
			done <- err
			return
		}
		done <- await(ctx, "images", m.node.ImportImages)
	}()
	return done
}

func (m *machine) start(children ...*supervise.Child) {
	for _, child := range children {
		child.Run(pids)
		m.children = append(m.children, child)
	}
}

// stop ends the children in the reverse order of their start; pods stay unless the machine itself goes down.
func (m *machine) stop() {
	supervise.Notify("STOPPING=1")
	if host.PoweringOff() {
		host.EndPods(3 * time.Second)
	}
	for _, child := range slices.Backward(m.children) {
		child.Stop()
	}
}

func dial(socket string) error {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err == nil {
		conn.Close()
	}
	return err
}

// await tries until it works; systemd's status line says what is waited for and why it does not work yet.
func await(ctx context.Context, what string, try func() error) error {
	began, said := time.Now(), ""
	for {
		err := try()
		if err == nil {
			slog.Info("there", "what", what, "after", time.Since(began).Round(10*time.Millisecond))
			return nil
		}
		if err.Error() != said && time.Since(began) > 5*time.Second {
			said = err.Error()
			slog.Info("waiting", "what", what, "because", said)
			supervise.Notify("STATUS=waiting for " + what + ": " + said)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func warn(c *config.Config) {
	slog.Warn("this is a stand-in for K3s: NetworkPolicies are stored but not enforced; it brings no CoreDNS, traefik, servicelb, local-storage or metrics-server",
		"disabled", c.Disabled)
}
