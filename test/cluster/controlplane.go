// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"net"
	"path/filepath"
	"strings"
)

// controllers are those that tests rely on: workloads, namespaces, garbage, node health and disruption
// budgets. The others would only cost time.
var controllers = []string{
	"daemonset-controller",
	"deployment-controller",
	"disruption-controller",
	"garbage-collector-controller",
	"job-controller",
	"namespace-controller",
	"node-lifecycle-controller",
	"pod-garbage-collector-controller",
	"replicaset-controller",
	"root-ca-certificate-publisher-controller",
	"serviceaccount-controller",
	"statefulset-controller",
	"taint-eviction-controller",
}

func (c *Cluster) startEtcd(ctx context.Context) error {
	c.ports.etcd.release()
	c.ports.etcdPeer.release()
	etcd, err := c.StartProcess("etcd", c.Binary("etcd"),
		"--name=default",
		"--data-dir="+c.path("etcd"),
		"--listen-client-urls="+c.ports.etcd.url(),
		"--advertise-client-urls="+c.ports.etcd.url(),
		"--client-cert-auth=true",
		"--trusted-ca-file="+c.CAFile(),
		"--cert-file="+c.path("etcd.crt"),
		"--key-file="+c.path("etcd.key"),
		"--listen-peer-urls="+c.ports.etcdPeer.url(),
		"--initial-advertise-peer-urls="+c.ports.etcdPeer.url(),
		"--initial-cluster=default="+c.ports.etcdPeer.url(),
		"--peer-client-cert-auth=true",
		"--peer-trusted-ca-file="+c.CAFile(),
		"--peer-cert-file="+c.path("etcd.crt"),
		"--peer-key-file="+c.path("etcd.key"),
		"--log-level=warn",
		// The data need not outlive the machine's power.
		"--unsafe-no-fsync=true",
	)
	if err != nil {
		return err
	}
	// An API server that finds nobody at the port waits a second before it tries again.
	return await(ctx, etcd, "to listen", func() error {
		connection, err := net.Dial("tcp4", c.ports.etcd.address())
		if err != nil {
			return err
		}
		return connection.Close()
	})
}

func (c *Cluster) startAPIServer(ctx context.Context) error {
	c.ports.apiServer.release()
	apiServer, err := c.StartProcess("kube-apiserver", filepath.Join(c.control, "kube-apiserver"), append([]string{
		"--bind-address=" + loopback,
		"--advertise-address=" + loopback,
		"--secure-port=" + c.ports.apiServer.String(),
		"--tls-cert-file=" + c.path("kube-apiserver.crt"),
		"--tls-private-key-file=" + c.path("kube-apiserver.key"),
		"--client-ca-file=" + c.CAFile(),
		"--authorization-mode=Node,RBAC",
		// Who the API server is to servers that stand behind it, and how it tells them whose requests it
		// passes on.
		"--proxy-client-cert-file=" + c.path("front-proxy.crt"),
		"--proxy-client-key-file=" + c.path("front-proxy.key"),
		"--requestheader-client-ca-file=" + c.CAFile(),
		"--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--etcd-servers=" + c.ports.etcd.url(),
		"--etcd-cafile=" + c.CAFile(),
		"--etcd-certfile=" + c.path("etcd-client.crt"),
		"--etcd-keyfile=" + c.path("etcd-client.key"),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + c.path("service-account.key"),
		"--service-account-signing-key-file=" + c.path("service-account.key"),
		"--service-cluster-ip-range=10.96.0.0/16",
		// Endpoints of the kubernetes service must not be a loopback address, and nobody uses them.
		"--endpoint-reconciler-type=none",
	}, c.apiServerFlags...)...)
	if err != nil {
		return err
	}
	return await(ctx, apiServer, "to be ready", func() error {
		return c.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

func (c *Cluster) startControllerManager() (*Process, error) {
	c.ports.controllerManager.release()
	return c.StartProcess("kube-controller-manager", filepath.Join(c.control, "kube-controller-manager"),
		"--kubeconfig="+c.kubeconfigPath("kube-controller-manager"),
		"--bind-address="+loopback,
		"--secure-port="+c.ports.controllerManager.String(),
		"--tls-cert-file="+c.path("kube-controller-manager.crt"),
		"--tls-private-key-file="+c.path("kube-controller-manager.key"),
		"--controllers="+strings.Join(controllers, ","),
		"--use-service-account-credentials=true",
		"--root-ca-file="+c.CAFile(),
		"--leader-elect=false",
	)
}
