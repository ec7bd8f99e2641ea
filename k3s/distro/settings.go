package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	certv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"retailops.local/k3s/internal/config"
	"retailops.local/k3s/internal/node"
	"retailops.local/k3s/internal/pki"
)

const settingsName = "k3s-node-settings"

// publish tells nodes that join what they must know of the cluster; nothing in it is secret.
func (c *cluster) publish(ctx context.Context, settings *config.Config) error {
	authority, err := os.ReadFile(filepath.Join(settings.DataDir, "agent", "client-ca.crt"))
	if err != nil {
		return err
	}
	meta := metav1.ObjectMeta{Name: settingsName, Namespace: "kube-system"}
	wanted := &corev1.ConfigMap{ObjectMeta: meta, Data: map[string]string{"cluster-cidr": settings.ClusterCIDR,
		"service-cidr": settings.ServiceCIDR, "cluster-domain": settings.ClusterDomain, "client-ca": string(authority)}}
	maps := c.CoreV1().ConfigMaps("kube-system")
	if _, err := maps.Create(ctx, wanted, metav1.CreateOptions{}); apierrors.IsAlreadyExists(err) {
		if _, err := maps.Update(ctx, wanted, metav1.UpdateOptions{}); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	role := &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{settingsName}, Verbs: []string{"get"}}}}
	if _, err := c.RbacV1().Roles("kube-system").Create(ctx, role, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	group := func(name string) rbacv1.Subject {
		return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: "Group", Name: name}
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: settingsName},
		Subjects: []rbacv1.Subject{group(bootstrappers), group(nodesGroup)}}
	if _, err := c.RbacV1().RoleBindings("kube-system").Create(ctx, binding, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// settings takes over on an agent what the server published.
func (m *machine) settings(ctx context.Context, api *cluster) error {
	found, err := api.CoreV1().ConfigMaps("kube-system").Get(ctx, settingsName, metav1.GetOptions{})
	if err != nil {
		return err
	}
	m.node.Config.ClusterCIDR, m.node.Config.ServiceCIDR = found.Data["cluster-cidr"], found.Data["service-cidr"]
	m.node.Config.ClusterDomain = found.Data["cluster-domain"]
	return pki.WriteFile(m.agentFile("client-ca.crt"), []byte(found.Data["client-ca"]), 0o644)
}

// proxyCertificate asks for kube-proxy's certificate, which the server's supervisor approves within its round.
func (m *machine) proxyCertificate(ctx context.Context, api *cluster) error {
	path := m.agentFile("client-kube-proxy")
	if !pki.Lasts(path+".crt", time.Now()) {
		if err := api.request(ctx, path); err != nil {
			return err
		}
	}
	return node.WriteKubeconfig(m.agentFile("kubeproxy.kubeconfig"), m.node.Config.Server, m.agentFile("server-ca.crt"), path, 0o600)
}

func (c *cluster) request(ctx context.Context, path string) error {
	key, request, err := pki.Request(proxyUser)
	if err != nil {
		return err
	}
	requests := c.CertificatesV1().CertificateSigningRequests()
	made, err := requests.Create(ctx, &certv1.CertificateSigningRequest{ObjectMeta: metav1.ObjectMeta{GenerateName: "kube-proxy-"},
		Spec: certv1.CertificateSigningRequestSpec{Request: request, SignerName: certv1.KubeAPIServerClientSignerName,
			Usages: []certv1.KeyUsage{certv1.UsageDigitalSignature, certv1.UsageClientAuth}}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(500 * time.Millisecond) {
		found, err := requests.Get(ctx, made.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if len(found.Status.Certificate) > 0 {
			if err := pki.WriteKey(path+".key", key); err != nil {
				return err
			}
			return pki.WriteFile(path+".crt", found.Status.Certificate, 0o644)
		}
	}
	return errors.New("the server has not signed it yet")
}
