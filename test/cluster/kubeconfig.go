// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"
)

// tokenLifetime is how long the tokens in ServiceAccounts' kubeconfigs are valid.
const tokenLifetime = 24 * time.Hour

// users are the clients of the API server that have a certificate, and their groups: the names that RBAC
// knows the components by.
var users = map[string]struct {
	name   string
	groups []string
}{
	"admin":                   {name: "admin", groups: []string{"system:masters"}},
	"kube-controller-manager": {name: "system:kube-controller-manager"},
	"kwok":                    {name: kwokUser},
}

// writeKubeconfigs stores one kubeconfig per user, with its certificate in it.
func (c *Cluster) writeKubeconfigs() error {
	for file, user := range users {
		issued, err := c.authority.issue(user.name, user.groups)
		if err != nil {
			return err
		}
		_, err = c.writeKubeconfig(file, &clientcmdapi.AuthInfo{
			ClientCertificateData: issued.certificate,
			ClientKeyData:         issued.key,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ServiceAccountKubeconfig writes a kubeconfig with a token of an existing ServiceAccount, and returns its
// path. The token is valid for a day.
func (c *Cluster) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (path string, err error) {
	request := &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To(int64(tokenLifetime.Seconds()))},
	}
	answer, err := c.client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("requesting a token of ServiceAccount %s/%s: %w", namespace, name, err)
	}
	return c.writeKubeconfig(namespace+"-"+name, &clientcmdapi.AuthInfo{Token: answer.Status.Token})
}

func (c *Cluster) writeKubeconfig(file string, auth *clientcmdapi.AuthInfo) (path string, err error) {
	const name = "loadline"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server:                   c.ports.apiServer.url(),
		CertificateAuthorityData: c.authority.pem(),
	}
	config.AuthInfos[name] = auth
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name

	path = c.kubeconfigPath(file)
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return "", fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return path, nil
}

func (c *Cluster) kubeconfigPath(file string) string { return c.path(file + ".kubeconfig") }
