// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

//go:embed metricsserver.yaml
var metricsServerManifest string

// StartMetricsServer starts metrics-server and returns when the API server serves the metrics API
// (metrics.k8s.io) from it.
//
// The API lists a node once metrics-server has read it twice, ten seconds apart, and only while the pods on it
// use something. Nodes are best added, and loaded, before: then that takes ten seconds.
func (c *Cluster) StartMetricsServer(ctx context.Context) error {
	ctx, cancel := withReadyTimeout(ctx)
	defer cancel()
	// A node's CPU time begins with the first reading, and metrics-server leaves out nodes that have none.
	if _, err := c.NodeMemory(ctx); err != nil {
		return fmt.Errorf("starting metrics-server: %w", err)
	}
	port, err := reservePort()
	if err != nil {
		return fmt.Errorf("starting metrics-server: %w", err)
	}
	defer port.release()
	if err := c.registerMetricsServer(ctx, port); err != nil {
		return fmt.Errorf("registering metrics-server: %w", err)
	}
	kubeconfig, err := c.ServiceAccountKubeconfig(ctx, metav1.NamespaceSystem, "metrics-server")
	if err != nil {
		return fmt.Errorf("starting metrics-server: %w", err)
	}
	port.release()
	metricsServer, err := c.StartProcess("metrics-server", c.Binary("metrics-server"),
		"--kubeconfig="+kubeconfig,
		"--authentication-kubeconfig="+kubeconfig,
		"--authorization-kubeconfig="+kubeconfig,
		"--bind-address="+loopback,
		"--secure-port="+port.String(),
		"--tls-cert-file="+c.path("metrics-server.crt"),
		"--tls-private-key-file="+c.path("metrics-server.key"),
		"--kubelet-certificate-authority="+c.CAFile(),
		"--kubelet-preferred-address-types=InternalIP",
		"--kubelet-use-node-status-port",
		// The shortest that it takes, and it must be longer than a request to a kubelet may take.
		"--metric-resolution=10s",
		"--kubelet-request-timeout=5s",
	)
	if err != nil {
		return err
	}
	return await(ctx, metricsServer, "to be served by the API server", func() error {
		return c.client.CoreV1().RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes").Do(ctx).Error()
	})
}

// registerMetricsServer gives metrics-server its rights, and the API server the way to it.
func (c *Cluster) registerMetricsServer(ctx context.Context, port port) error {
	manifest := strings.NewReplacer(
		"$PORT", port.String(),
		"$CA", base64.StdEncoding.EncodeToString(c.authority.pem()),
	).Replace(metricsServerManifest)
	path := c.path("metrics-server.yaml")
	if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
		return err
	}
	apply := exec.CommandContext(ctx, c.Binary("kubectl"), "--kubeconfig="+c.Kubeconfig(), "apply", "--filename="+path)
	if output, err := apply.CombinedOutput(); err != nil {
		return fmt.Errorf("running kubectl apply: %w\n%s", err, output)
	}
	return nil
}
