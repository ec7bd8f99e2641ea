package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
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
	nodesGroup    = "system:nodes"
	proxyUser     = "system:kube-proxy"
)

// allowJoins lets holders of a bootstrap token ask for a node's certificate, and read what an agent must know of the cluster.
func (c *cluster) allowJoins(ctx context.Context, settings *config.Config) error {
	for role, group := range map[string]string{
		"system:node-bootstrapper": bootstrappers,
		"system:certificates.k8s.io:certificatesigningrequests:nodeclient":     bootstrappers,
		"system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": nodesGroup,
	} {
		binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "k3s:" + role},
			RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: group}}}
		if _, err := c.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil && !errors.IsAlreadyExists(err) {
			return err
		}
	}
	if err := c.nodePassword(ctx, settings.NodeName); err != nil {
		return err
	}
	return c.publish(ctx, settings)
}

// nodePassword keeps K3s' own Secret of a server's node. With it every cluster has a Secret from its first minute, by which
// a probe can see that they are encrypted.
func (c *cluster) nodePassword(ctx context.Context, name string) error {
	password := make([]byte, 16)
	if _, err := rand.Read(password); err != nil {
		return err
	}
	immutable := true
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name + ".node-password.k3s", Namespace: "kube-system"}, Immutable: &immutable,
		StringData: map[string]string{"hash": fmt.Sprintf("%x", sha256.Sum256(password))}}
	_, err := c.CoreV1().Secrets("kube-system").Create(ctx, secret, metav1.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// approve lets a joining or joined node have kube-proxy's certificate, and a node the one it serves with; the controller
// manager itself approves those by which nodes are known.
func (c *cluster) approve(ctx context.Context) error {
	requests, err := c.CertificatesV1().CertificateSigningRequests().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, request := range requests.Items {
		if len(request.Status.Conditions) > 0 || !wantsProxy(request.Spec) && !c.wantsServing(ctx, request.Spec) {
			continue
		}
		request.Status.Conditions = append(request.Status.Conditions, certv1.CertificateSigningRequestCondition{
			Type: certv1.CertificateApproved, Status: corev1.ConditionTrue, Reason: "K3sAgent", Message: "a node of this cluster"})
		if _, err := c.CertificatesV1().CertificateSigningRequests().UpdateApproval(ctx, request.Name, &request, metav1.UpdateOptions{}); err != nil {
			return err
		}
		slog.Info("approved a certificate", "request", request.Name, "for", request.Spec.Username, "signer", request.Spec.SignerName)
	}
	return nil
}

func wantsProxy(spec certv1.CertificateSigningRequestSpec) bool {
	member := slices.Contains(spec.Groups, bootstrappers) || slices.Contains(spec.Groups, nodesGroup)
	if spec.SignerName != certv1.KubeAPIServerClientSignerName || !member {
		return false
	}
	request := parse(spec.Request)
	return request != nil && request.Subject.CommonName == proxyUser && len(request.Subject.Organization) == 0 &&
		len(request.DNSNames)+len(request.IPAddresses) == 0 && only(spec.Usages, certv1.UsageClientAuth)
}

// wantsServing: a node asks for itself alone, under its own name and addresses.
func (c *cluster) wantsServing(ctx context.Context, spec certv1.CertificateSigningRequestSpec) bool {
	if spec.SignerName != certv1.KubeletServingSignerName || !slices.Contains(spec.Groups, nodesGroup) || !only(spec.Usages, certv1.UsageServerAuth) {
		return false
	}
	request := parse(spec.Request)
	if request == nil || request.Subject.CommonName != spec.Username || len(spec.Username) <= len("system:node:") {
		return false
	}
	found, err := c.CoreV1().Nodes().Get(ctx, spec.Username[len("system:node:"):], metav1.GetOptions{})
	if err != nil {
		return false
	}
	own := []string{}
	for _, address := range found.Status.Addresses {
		own = append(own, address.Address)
	}
	return within(request, own)
}

func within(request *x509.CertificateRequest, own []string) bool {
	for _, name := range request.DNSNames {
		if !slices.Contains(own, name) {
			return false
		}
	}
	for _, address := range request.IPAddresses {
		if !slices.Contains(own, address.String()) {
			return false
		}
	}
	return len(request.DNSNames)+len(request.IPAddresses) > 0
}

// parse gives nil for what no kubelet would send.
func parse(text []byte) *x509.CertificateRequest {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil || request.CheckSignature() != nil || len(request.EmailAddresses)+len(request.URIs) > 0 {
		return nil
	}
	return request
}

func only(usages []certv1.KeyUsage, wanted certv1.KeyUsage) bool {
	for _, usage := range usages {
		if usage != wanted && usage != certv1.UsageDigitalSignature && usage != certv1.UsageKeyEncipherment {
			return false
		}
	}
	return slices.Contains(usages, wanted)
}
