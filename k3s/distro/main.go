// The command k3s stands in for K3s: one static binary from the upstream Kubernetes and kine modules.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"k8s.io/component-base/version"

	"retailops.local/k3s/internal/control"
	"retailops.local/k3s/internal/node"
)

const usage = `k3s %s, a stand-in for K3s built by retailops from k8s.io/kubernetes and kine

  k3s server [--KEY=VALUE]           run a server; keys as in /etc/rancher/k3s/config.yaml
  k3s agent [--KEY=VALUE]            run an agent that joins a server
  k3s kubectl ...                    kubectl with /etc/rancher/k3s/k3s.yaml
  k3s ctr ...                        containerd's ctr with this node's socket
  k3s token create [--ttl 1h] [--description TEXT] | list | delete ID
  k3s secrets-encrypt status
  k3s --version
`

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name != "kubectl" && len(args) > 0 {
		name, args = args[0], args[1:]
	} else if name != "kubectl" {
		name = "help"
	}
	if err := run(name, args); err != nil {
		fmt.Fprintf(os.Stderr, "k3s %s: %v\n", name, err)
		os.Exit(1)
	}
}

func run(name string, args []string) error {
	if component, ok := components[name]; ok {
		os.Args = append([]string{name}, args...)
		os.Exit(component())
	}
	switch name {
	case "server":
		return server(args)
	case "agent":
		return agent(args)
	case "kine":
		if len(args) != 2 {
			return errors.New("wants a socket and a database")
		}
		return control.RunKine(args[0], args[1])
	case "ctr":
		return ctr(args)
	case "token":
		return tokenCommand(args)
	case "secrets-encrypt":
		return secretsEncrypt(args)
	case "--version", "-v", "version":
		fmt.Printf("k3s version %s (stand-in for K3s by retailops: upstream Kubernetes and kine, no K3s code)\ngo version %s\n", version.Get().GitVersion, runtime.Version())
		return nil
	case "help", "--help", "-h":
		fmt.Printf(usage, version.Get().GitVersion)
		return nil
	}
	return fmt.Errorf("is no command of this stand-in for K3s; `k3s --help` lists them")
}

func ctr(args []string) error {
	path := ""
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(folder, "ctr")); err == nil && path == "" {
			path = filepath.Join(folder, "ctr")
		}
	}
	if path == "" {
		return errors.New("containerd's ctr is not on the PATH")
	}
	return syscall.Exec(path, append([]string{"ctr", "--address", node.Socket, "--namespace", "k8s.io"}, args...), os.Environ())
}

func secretsEncrypt(args []string) error {
	if len(args) != 1 || args[0] != "status" {
		return errors.New("this stand-in for K3s has `status` alone")
	}
	text, err := control.EncryptionStatus("/var/lib/rancher/k3s/server/cred/encryption-config.json")
	fmt.Print(text)
	return err
}
