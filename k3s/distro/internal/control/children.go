package control

import (
	"fmt"
	"time"

	"retailops.local/k3s/internal/pki"
	"retailops.local/k3s/internal/supervise"
)

// KineSocket is where kine listens; only root reaches its folder.
func (p Plane) KineSocket() string { return p.server("kine.sock") }

// Kine keeps the cluster's objects in SQLite. It is stopped last of the control plane: an API server without it waits for time-outs.
func (p Plane) Kine() *supervise.Child {
	return p.child("kine", 5*time.Second, nil, p.KineSocket(), p.server("db", "state.db"))
}

// APIServer listens on the port that K3s gives to its supervisor and API server together.
func (p Plane) APIServer() *supervise.Child {
	c := p.Config
	args := []string{
		"--bind-address=" + c.BindAddress, fmt.Sprintf("--secure-port=%d", c.Port), "--advertise-address=" + c.Advertise,
		"--etcd-servers=unix://" + p.KineSocket(),
		"--allow-privileged=true", "--anonymous-auth=false", "--profiling=false",
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--enable-bootstrap-token-auth=true",
		"--client-ca-file=" + p.tls("client-ca.crt"),
		"--tls-cert-file=" + p.tls("serving-kube-apiserver.crt"), "--tls-private-key-file=" + p.tls("serving-kube-apiserver.key"),
		"--tls-min-version=VersionTLS12",
		"--kubelet-certificate-authority=" + p.tls("server-ca.crt"),
		"--kubelet-client-certificate=" + p.tls("client-kube-apiserver.crt"), "--kubelet-client-key=" + p.tls("client-kube-apiserver.key"),
		"--kubelet-preferred-address-types=InternalIP,Hostname",
		"--requestheader-client-ca-file=" + p.tls("request-header-ca.crt"), "--requestheader-allowed-names=system:auth-proxy",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
		"--proxy-client-cert-file=" + p.tls("client-auth-proxy.crt"), "--proxy-client-key-file=" + p.tls("client-auth-proxy.key"),
		"--service-account-issuer=https://kubernetes.default.svc." + c.ClusterDomain,
		"--service-account-key-file=" + p.tls("service.key"), "--service-account-signing-key-file=" + p.tls("service.key"),
		"--service-cluster-ip-range=" + c.ServiceCIDR, "--service-node-port-range=" + c.NodePorts,
		"--shutdown-delay-duration=0s",
	}
	if pki.Exists(p.encryption()) {
		args = append(args, "--encryption-provider-config="+p.encryption())
	}
	return p.child("kube-apiserver", 8*time.Second, c.APIServerArgs, args...)
}

// Controllers also sign the certificates of nodes that join.
func (p Plane) Controllers() *supervise.Child {
	c, credentials := p.Config, p.server("cred", "controller.kubeconfig")
	signer := func(name, ca string) []string {
		return []string{"--cluster-signing-" + name + "-cert-file=" + p.tls(ca+".crt"), "--cluster-signing-" + name + "-key-file=" + p.tls(ca+".key")}
	}
	args := []string{
		"--kubeconfig=" + credentials, "--authentication-kubeconfig=" + credentials, "--authorization-kubeconfig=" + credentials,
		"--bind-address=127.0.0.1", "--profiling=false", "--leader-elect=false", "--use-service-account-credentials=true",
		"--controllers=*,tokencleaner,-bootstrapsigner",
		"--allocate-node-cidrs=true", "--cluster-cidr=" + c.ClusterCIDR, "--service-cluster-ip-range=" + c.ServiceCIDR,
		"--service-account-private-key-file=" + p.tls("service.key"), "--root-ca-file=" + p.tls("server-ca.crt"),
		"--node-monitor-period=2s", "--kube-api-qps=200", "--kube-api-burst=400",
	}
	args = append(args, signer("kube-apiserver-client", "client-ca")...)
	args = append(args, signer("kubelet-client", "client-ca")...)
	args = append(args, signer("kubelet-serving", "server-ca")...)
	args = append(args, signer("legacy-unknown", "server-ca")...)
	return p.child("kube-controller-manager", 3*time.Second, c.ControllerArgs, args...)
}

// Scheduler places pods.
func (p Plane) Scheduler() *supervise.Child {
	credentials := p.server("cred", "scheduler.kubeconfig")
	return p.child("kube-scheduler", 3*time.Second, p.Config.SchedulerArgs,
		"--kubeconfig="+credentials, "--authentication-kubeconfig="+credentials, "--authorization-kubeconfig="+credentials,
		"--bind-address=127.0.0.1", "--profiling=false", "--leader-elect=false")
}
