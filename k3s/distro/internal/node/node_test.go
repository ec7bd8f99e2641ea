package node

import (
	"encoding/json"
	"strings"
	"testing"

	"retailops.local/k3s/internal/config"
	"retailops.local/k3s/internal/host"
)

func at(h host.Host, role string) Node {
	return Node{Config: &config.Config{Role: role, DataDir: "/d", NodeName: "e1", NodeIP: "10.64.1.10", ClusterCIDR: "172.20.0.0/16", PauseImage: "p:1",
		KubeletArgs: []string{"max-pods=30"}, NodeLabels: []string{"a=b", "c=d"}}, Host: h, Self: "/k3s"}
}

func kubelet(t *testing.T, n Node) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal([]byte(n.kubeletConfig()), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestContainerHostsGetTheMildKubelet(t *testing.T) {
	inside, outside := kubelet(t, at(host.Host{Container: true}, "server")), kubelet(t, at(host.Host{CgroupV2: true, Systemd: true}, "server"))
	if inside["cgroupsPerQOS"] != false || inside["cgroupDriver"] != "cgroupfs" || inside["featureGates"] == nil {
		t.Error(inside)
	}
	if _, set := outside["cgroupsPerQOS"]; set || outside["cgroupDriver"] != "systemd" || outside["featureGates"] != nil {
		t.Error(outside)
	}
}

func TestContainerdFollowsTheHost(t *testing.T) {
	text := at(host.Host{Container: true}, "server").containerdConfig()
	for _, want := range []string{`snapshotter = "native"`, "disable_apparmor = true", "restrict_oom_score_adj = true", `sandbox_image = "p:1"`, "SystemdCgroup = false"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if !strings.Contains(at(host.Host{Overlay: true}, "server").containerdConfig(), `snapshotter = "overlayfs"`) {
		t.Error("overlay works, but is not used")
	}
}

func TestKubeletArgumentsComeLast(t *testing.T) {
	args := at(host.Host{}, "server").Kubelet("--x=1").Args
	if args[0] != "kubelet" || args[len(args)-1] != "--max-pods=30" || !strings.Contains(strings.Join(args, " "), "--node-labels=a=b,c=d") {
		t.Fatal(args)
	}
}
