package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"retailops.local/k3s/internal/node"
	"retailops.local/k3s/internal/pki"
	"retailops.local/k3s/internal/supervise"
	"retailops.local/k3s/internal/token"
)

func agent(args []string) error {
	m, err := newMachine("agent", args)
	if err != nil {
		return err
	}
	t, err := token.Parse(m.node.Config.Token)
	if err != nil {
		return err
	}
	if t.ID == "" {
		return fmt.Errorf("the server's own token never leaves it; make one for this node with `k3s token create --ttl 15m` there")
	}
	m.node.APIServer = m.node.Config.Server
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	err = m.join(ctx, t)
	m.stop()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// join trusts the server by the token's pin alone, and is a member once it holds certificates of its own.
func (m *machine) join(ctx context.Context, t token.Token) error {
	if err := await(ctx, "server", func() error { return m.trust(t) }); err != nil {
		return err
	}
	asking := m.agentFile("kubelet.kubeconfig")
	if !pki.Exists(asking) {
		asking = m.agentFile("bootstrap.kubeconfig")
	}
	api, err := connect(asking)
	if err != nil {
		return err
	}
	if err := await(ctx, "cluster settings", func() error { return m.settings(ctx, api) }); err != nil {
		return err
	}
	if err := m.node.WriteConfigs(); err != nil {
		return err
	}
	images := m.startContainerd(ctx)
	if err := await(ctx, "kube-proxy's certificate", func() error { return m.proxyCertificate(ctx, api) }); err != nil {
		return err
	}
	if err := <-images; err != nil {
		return err
	}
	m.start(m.node.Kubelet("--bootstrap-kubeconfig="+m.agentFile("bootstrap.kubeconfig"), "--cert-dir="+m.agentFile("kubelet")), m.node.Proxy())
	return m.member(ctx)
}

func (m *machine) member(ctx context.Context) error {
	var own *cluster
	err := await(ctx, "node's certificate", func() (err error) {
		if !pki.Exists(m.agentFile("kubelet.kubeconfig")) {
			return fmt.Errorf("the server has not signed it yet")
		}
		own, err = connect(m.agentFile("kubelet.kubeconfig"))
		return err
	})
	if err != nil {
		return err
	}
	all, err := connect(m.agentFile("kubeproxy.kubeconfig"))
	if err != nil {
		return err
	}
	if err := await(ctx, "pod range", func() error { return m.network(ctx, all) }); err != nil {
		return err
	}
	if err := await(ctx, "node Ready", func() error { return own.nodeReady(ctx, m.node.Config.NodeName, m.began) }); err != nil {
		return err
	}
	slog.Info("ready")
	supervise.Notify("READY=1", "STATUS=node Ready")
	m.every(ctx, map[string]func() error{
		"images":  m.node.ImportImages,
		"cgroups": m.node.Host.Writable,
		"routes":  func() error { return m.network(ctx, all) },
	})
	return nil
}

func (m *machine) agentFile(name string) string {
	return filepath.Join(m.node.Config.DataDir, "agent", name)
}

func (m *machine) trust(t token.Token) error {
	ca, err := pki.FetchAuthority(m.node.Config.Server, t.CAHash, time.Now())
	if err != nil {
		return err
	}
	if err := pki.WriteFile(m.agentFile("server-ca.crt"), ca, 0o644); err != nil {
		return err
	}
	bootstrap := node.BootstrapKubeconfig(m.node.Config.Server, ca, t.ID+"."+t.Secret)
	return pki.WriteFile(m.agentFile("bootstrap.kubeconfig"), bootstrap, 0o600)
}
