package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"retailops.local/k3s/internal/pki"
)

// routeProtocol marks our routes; it is nobody's in iproute2's list of routing daemons, who clear away what is marked as theirs.
const routeProtocol = "77"

// Peer is another node of the cluster: its pods are reached through its address (flannel's host-gw).
type Peer struct{ Address, PodCIDR string }

func (n Node) cniDir() string { return n.agent("etc", "cni", "net.d") }

// WriteNetwork writes the pod network's file once the node has its range; containerd watches the folder.
func (n Node) WriteNetwork(podCIDR string) error {
	if _, _, err := net.ParseCIDR(podCIDR); err != nil {
		return err
	}
	list := map[string]any{
		"cniVersion": "0.4.0", "name": "cbr0",
		"plugins": []map[string]any{
			{
				"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true, "promiscMode": false,
				"ipam": map[string]any{"type": "host-local", "ranges": [][]map[string]string{{{"subnet": podCIDR}}},
					"routes": []map[string]string{{"dst": "0.0.0.0/0"}}, "dataDir": filepath.Join(n.Config.DataDir, "cni")},
			},
			{"type": "portmap", "capabilities": map[string]bool{"portMappings": true}},
		},
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(n.cniDir(), "10-retailops.conflist")
	if old, _ := os.ReadFile(path); bytes.Equal(old, text) {
		return n.masquerade()
	}
	if err := pki.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	return n.masquerade()
}

// masquerade hides pods behind the node for all that is not the cluster, in a table of our own that one transaction replaces.
func (n Node) masquerade() error {
	rules := fmt.Sprintf(`table ip k3s-pods {}
delete table ip k3s-pods
table ip k3s-pods {
	chain postrouting {
		type nat hook postrouting priority srcnat + 5; policy accept;
		ip saddr %[1]s ip daddr != { %[1]s, 224.0.0.0/4 } masquerade
	}
}
`, n.Config.ClusterCIDR)
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// Route leads to the pods of every peer; a peer that left keeps no route.
func (n Node) Route(peers []Peer) error {
	wanted := map[string]string{}
	for _, peer := range peers {
		wanted[peer.PodCIDR] = peer.Address
	}
	out, err := exec.Command("ip", "-4", "-o", "route", "show", "proto", routeProtocol).Output()
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(out), "\n") {
		if fields := strings.Fields(line); len(fields) > 2 {
			if wanted[fields[0]] == fields[2] {
				delete(wanted, fields[0])
			} else if wanted[fields[0]] == "" {
				exec.Command("ip", "route", "del", fields[0], "proto", routeProtocol).Run()
			}
		}
	}
	for cidr, address := range wanted {
		if out, err := exec.Command("ip", "route", "replace", cidr, "via", address, "proto", routeProtocol).CombinedOutput(); err != nil {
			return fmt.Errorf("route to %s via %s: %s", cidr, address, bytes.TrimSpace(out))
		}
	}
	return nil
}
