package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"slices"

	certv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"retailops.local/k3s/internal/config"
)

const (
	bootstrappers = "system:bootstrappers"
	settingsName  = "k3s-node-settings"
	proxyUser     = "system:kube-proxy"
)

// allowJoins lets holders of a bootstrap token ask for a node's certificate, and read what an agent must know of the cluster.
func (c *cluster) allowJoins(ctx context.Context, settings *config.Config) error {
	for role, group := range map[string]string{
		"system:node-bootstrapper": bootstrappers,
		"system:certificates.k8s.io:certificatesigningrequests:nodeclient":     bootstrappers,
		"system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": "system:nodes",
	} {
		binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "k3s:" + role},
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: group}}}
		if _, err := c.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
			return err
		}
	}
	return c.publish(ctx, settings)
}

func (c *cluster) publish(ctx context.Context, settings *config.Config) error {
	data := map[string]string{"cluster-cidr": settings.ClusterCIDR, "service-cidr": settings.ServiceCIDR, "cluster-domain": settings.ClusterDomain}
	meta := metav1.ObjectMeta{Name: settingsName, Namespace: "kube-system"}
	maps := c.CoreV1().ConfigMaps("kube-system")
	if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: meta, Data: data}, metav1.CreateOptions{}); errors.IsAlreadyExists(err) {
		_, err = maps.Update(ctx, &corev1.ConfigMap{ObjectMeta: meta, Data: data}, metav1.UpdateOptions{})
		if err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	role := &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{settingsName}, Verbs: []string{"get"}}}}
	if _, err := c.RbacV1().Roles("kube-system").Create(ctx, role, metav1.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
		return err
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: settingsName},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: bootstrappers}, {APIGroup: rbacv1.GroupName, Kind: "Group", Name: "system:nodes"}}}
	if _, err := c.RbacV1().RoleBindings("kube-system").Create(ctx, binding, metav1.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

// approve lets a joining or joined node have kube-proxy's certificate; the controller manager approves the kubelet's own.
func (c *cluster) approve(ctx context.Context) error {
	requests, err := c.CertificatesV1().CertificateSigningRequests().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, request := range requests.Items {
		if len(request.Status.Conditions) > 0 || !wantsProxy(request.Spec) {
			continue
		}
		request.Status.Conditions = append(request.Status.Conditions, certv1.CertificateSigningRequestCondition{
			Type: certv1.CertificateApproved, Status: corev1.ConditionTrue, Reason: "K3sAgent", Message: "kube-proxy of a node with a join token"})
		if _, err := c.CertificatesV1().CertificateSigningRequests().UpdateApproval(ctx, request.Name, &request, metav1.UpdateOptions{}); err != nil {
			return err
		}
		slog.Info("approved kube-proxy's certificate", "request", request.Name, "for", request.Spec.Username)
	}
	return nil
}

func wantsProxy(spec certv1.CertificateSigningRequestSpec) bool {
	if spec.SignerName != certv1.KubeAPIServerClientSignerName || !slices.Contains(spec.Groups, bootstrappers) {
		return false
	}
	block, _ := pem.Decode(spec.Request)
	if block == nil {
		return false
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	return err == nil && request.Subject.CommonName == proxyUser && len(request.Subject.Organization) == 0 &&
		len(request.DNSNames)+len(request.IPAddresses)+len(request.EmailAddresses)+len(request.URIs) == 0 && onlyClient(spec.Usages)
}

func onlyClient(usages []certv1.KeyUsage) bool {
	allowed := []certv1.KeyUsage{certv1.UsageClientAuth, certv1.UsageDigitalSignature, certv1.UsageKeyEncipherment}
	for _, usage := range usages {
		if !slices.Contains(allowed, usage) {
			return false
		}
	}
	return slices.Contains(usages, certv1.UsageClientAuth)
}
