package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"retailops.local/k3s/internal/node"
)

// cluster is the API as the supervisor uses it.
type cluster struct{ *kubernetes.Clientset }

func connect(kubeconfig string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	set, err := kubernetes.NewForConfig(config)
	return &cluster{set}, err
}

func (c *cluster) ready(ctx context.Context) error {
	said, err := c.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Raw()
	if err == nil || len(said) == 0 {
		return err
	}
	missing := []string{}
	for _, line := range strings.Split(string(said), "\n") {
		if name, found := strings.CutPrefix(line, "[-]"); found {
			missing = append(missing, strings.TrimSuffix(name, " failed: reason withheld"))
		}
	}
	return fmt.Errorf("not ready yet: %s", strings.Join(missing, ", "))
}

// nodeReady wants a sign of life since began too: until its lease ends, a node that was Ready before a restart still says so.
func (c *cluster) nodeReady(ctx context.Context, name string, began time.Time) error {
	found, err := c.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range found.Status.Conditions {
		switch {
		case condition.Type != corev1.NodeReady:
		case condition.Status != corev1.ConditionTrue:
			return errors.New(condition.Message)
		case !condition.LastHeartbeatTime.Time.Before(began.Truncate(time.Second)):
			return nil
		default:
			return c.leaseRenewed(ctx, name, began)
		}
	}
	return errors.New("the node has no Ready condition yet")
}

func (c *cluster) leaseRenewed(ctx context.Context, name string, began time.Time) error {
	lease, err := c.CoordinationV1().Leases(corev1.NamespaceNodeLease).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if lease.Spec.RenewTime == nil || lease.Spec.RenewTime.Time.Before(began) {
		return errors.New("the kubelet has not been heard since this start")
	}
	return nil
}

// network brings this node's pod range and the routes to all others up to date.
func (m *machine) network(ctx context.Context, c *cluster) error {
	if m.node.Config.FlannelBackend == "none" {
		return nil
	}
	nodes, err := c.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	own, peers := "", []node.Peer{}
	for _, n := range nodes.Items {
		if n.Name == m.node.Config.NodeName {
			own = n.Spec.PodCIDR
		} else if address := internalAddress(n); address != "" && n.Spec.PodCIDR != "" {
			peers = append(peers, node.Peer{Address: address, PodCIDR: n.Spec.PodCIDR})
		}
	}
	if own == "" {
		return fmt.Errorf("node %s has no pod range yet", m.node.Config.NodeName)
	}
	if err := m.node.WriteNetwork(own); err != nil {
		return err
	}
	return m.node.Route(peers)
}

func internalAddress(n corev1.Node) string {
	for _, address := range n.Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			return address.Address
		}
	}
	return ""
}
