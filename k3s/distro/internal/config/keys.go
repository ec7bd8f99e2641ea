package config

// scalar and list are the keys this binary acts on; the value says which of the two a key takes.
const (
	scalar = iota
	list
	flag
)

var serverKeys = merge(agentKeys, map[string]int{
	"bind-address": scalar, "https-listen-port": scalar, "advertise-address": scalar,
	"tls-san": list, "cluster-cidr": scalar, "service-cidr": scalar,
	"service-node-port-range": scalar, "cluster-domain": scalar,
	"write-kubeconfig": scalar, "write-kubeconfig-mode": scalar,
	"disable": list, "disable-network-policy": flag, "disable-helm-controller": flag,
	"disable-cloud-controller": flag, "flannel-backend": scalar,
	"secrets-encryption": flag, "secrets-encryption-provider": scalar,
	"kube-apiserver-arg": list, "kube-controller-manager-arg": list, "kube-scheduler-arg": list,
})

var agentKeys = map[string]int{
	"data-dir": scalar, "token": scalar, "token-file": scalar, "server": scalar,
	"node-name": scalar, "node-ip": scalar, "node-label": list, "node-taint": list,
	"cluster-dns": list, "snapshotter": scalar, "pause-image": scalar, "resolv-conf": scalar,
	"kubelet-arg": list, "kube-proxy-arg": list, "protect-kernel-defaults": flag,
}

// serverOnly holds what an agent's file may not say.
func keysOf(role string) map[string]int {
	if role == "agent" {
		return agentKeys
	}
	return serverKeys
}

// lacking are keys that K3s has and this binary does not (docs.k3s.io, `k3s server` and `k3s agent`).
var lacking = words(`
	advertise-port agent-token agent-token-file airgap-extra-registry alsologtostderr apiserver-bind-address
	apiserver-port cluster-init cluster-reset cluster-reset-restore-path config container-runtime-endpoint
	datastore-cafile datastore-certfile datastore-endpoint datastore-keyfile debug default-local-storage-path
	default-runtime disable-agent disable-apiserver disable-controller-manager disable-default-registry-endpoint
	disable-etcd disable-kube-proxy disable-scheduler docker egress-selector-mode embedded-registry enable-pprof
	etcd-arg etcd-disable-snapshots etcd-expose-metrics etcd-s3 etcd-s3-access-key etcd-s3-bucket
	etcd-s3-bucket-lookup-type etcd-s3-config-secret etcd-s3-endpoint etcd-s3-endpoint-ca etcd-s3-folder
	etcd-s3-insecure etcd-s3-proxy etcd-s3-region etcd-s3-retention etcd-s3-secret-key etcd-s3-session-token
	etcd-s3-skip-ssl-verify etcd-s3-timeout etcd-snapshot-compress etcd-snapshot-dir etcd-snapshot-name
	etcd-snapshot-reconcile-interval etcd-snapshot-retention etcd-snapshot-schedule-cron flannel-cni-conf
	flannel-conf flannel-external-ip flannel-iface flannel-ipv6-masq helm-job-image
	image-credential-provider-bin-dir image-credential-provider-config image-service-endpoint kine-tls
	kube-cloud-controller-manager-arg lb-server-port log node-external-dns node-external-ip node-internal-dns
	nonroot-devices prefer-bundled-bin private-registry rootless selinux servicelb-namespace supervisor-metrics
	supervisor-port system-default-registry tls-san-security v vmodule vpn-auth vpn-auth-file with-node-id
	write-kubeconfig-group`)
