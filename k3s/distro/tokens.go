package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"retailops.local/k3s/internal/pki"
	"retailops.local/k3s/internal/token"
)

const authority = "/var/lib/rancher/k3s/server/tls/server-ca.crt"

func tokenCommand(args []string) error {
	if len(args) == 0 {
		return errors.New("wants create, list or delete")
	}
	flags := flag.NewFlagSet("token "+args[0], flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "/etc/rancher/k3s/k3s.yaml", "the cluster's admin kubeconfig")
	ttl := flags.Duration("ttl", 24*time.Hour, "how long the token opens the door")
	description := flags.String("description", "", "what it is for")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	api, err := connect(*kubeconfig)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	switch args[0] {
	case "create":
		return api.createToken(ctx, *ttl, *description)
	case "list":
		return api.listTokens(ctx)
	case "delete":
		return api.deleteTokens(ctx, flags.Args())
	}
	return fmt.Errorf("%s: this stand-in for K3s has create, list and delete", args[0])
}

func (c *cluster) createToken(ctx context.Context, ttl time.Duration, description string) error {
	if ttl <= 0 {
		return errors.New("--ttl: a join token that never ends is refused; K3s takes 0 for it")
	}
	ca, err := os.ReadFile(authority)
	if err != nil {
		return err
	}
	t := token.NewBootstrap(pki.Digest(ca))
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "bootstrap-token-" + t.ID, Namespace: "kube-system"},
		Type: corev1.SecretTypeBootstrapToken, StringData: map[string]string{
			"token-id": t.ID, "token-secret": t.Secret, "description": description,
			"expiration":                     time.Now().Add(ttl).UTC().Format(time.RFC3339),
			"usage-bootstrap-authentication": "true", "usage-bootstrap-signing": "false",
			"auth-extra-groups": "system:bootstrappers:k3s:default-node-token",
		}}
	if _, err := c.CoreV1().Secrets("kube-system").Create(ctx, secret, metav1.CreateOptions{}); err != nil {
		return err
	}
	fmt.Println(t)
	return nil
}

func (c *cluster) listTokens(ctx context.Context) error {
	secrets, err := c.CoreV1().Secrets("kube-system").List(ctx, metav1.ListOptions{FieldSelector: "type=" + string(corev1.SecretTypeBootstrapToken)})
	if err != nil {
		return err
	}
	fmt.Printf("%-8s %-22s %s\n", "TOKEN", "EXPIRES", "DESCRIPTION")
	for _, secret := range secrets.Items {
		fmt.Printf("%-8s %-22s %s\n", secret.Data["token-id"], secret.Data["expiration"], secret.Data["description"])
	}
	return nil
}

func (c *cluster) deleteTokens(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return errors.New("wants the ids of tokens")
	}
	for _, id := range ids {
		if len(id) > 6 && id[6] == '.' {
			id = id[:6]
		}
		if err := c.CoreV1().Secrets("kube-system").Delete(ctx, "bootstrap-token-"+id, metav1.DeleteOptions{}); err != nil {
			return err
		}
		fmt.Printf("token %s deleted\n", id)
	}
	return nil
}
