// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"os"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metricsresource "sigs.k8s.io/kwok/kustomize/metrics/resource"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	nodeheartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
)

// Annotations of a pod that say what each of its containers uses, as a quantity. Changing one changes what
// the pod's node reports.
const (
	UsageMemoryAnnotation = "kwok.x-k8s.io/usage-memory"
	UsageCPUAnnotation    = "kwok.x-k8s.io/usage-cpu"
)

// kwokUser is who kwok is to the API server.
const kwokUser = "kwok"

// usage computes what a container uses from its pod's annotations. Unlike kwok's own default, a pod that has
// ended uses nothing.
const usage = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterResourceUsage
metadata:
  name: usage-from-annotation
spec:
  usages:
  - usage:
      cpu:
        expression: |
          pod.status.phase != "Running" ? Quantity("0") :
          "` + UsageCPUAnnotation + `" in pod.metadata.annotations
          ? Quantity(pod.metadata.annotations["` + UsageCPUAnnotation + `"]) : Quantity("1m")
      memory:
        expression: |
          pod.status.phase != "Running" ? Quantity("0") :
          "` + UsageMemoryAnnotation + `" in pod.metadata.annotations
          ? Quantity(pod.metadata.annotations["` + UsageMemoryAnnotation + `"]) : Quantity("1Mi")
`

// kwokRules are what kwok may do: simulate the kubelets, and nothing else.
var kwokRules = []rbacv1.PolicyRule{
	{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: []string{"get", "list", "watch"}},
	{APIGroups: []string{""}, Resources: []string{"nodes/status", "pods/status"}, Verbs: []string{"patch", "update"}},
	{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch", "patch", "update", "delete"}},
	{APIGroups: []string{"", "events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create", "patch", "update"}},
	{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"get", "list", "watch", "create", "patch", "update"}},
}

func (c *Cluster) startKwok(ctx context.Context) error {
	if err := c.allowKwok(ctx); err != nil {
		return err
	}
	config := strings.Join([]string{
		nodefast.DefaultNodeInit,
		nodeheartbeat.DefaultNodeHeartbeatWithLease,
		podfast.DefaultPodReady,
		podfast.DefaultPodComplete,
		podfast.DefaultPodDelete,
		metricsresource.DefaultMetricsResource,
		c.kwokConfig, // of several usages, the first that is for a pod counts
		usage,
	}, "\n---\n")
	if err := os.WriteFile(c.path("kwok.yaml"), []byte(config), 0o600); err != nil {
		return fmt.Errorf("writing kwok's configuration: %w", err)
	}
	c.ports.kubelet.release()
	kwok, err := c.StartProcess("kwok", c.Binary("kwok"),
		"--kubeconfig="+c.kubeconfigPath("kwok"),
		"--config="+c.path("kwok.yaml"),
		"--manage-nodes-with-annotation-selector="+nodeAnnotation+"="+nodeAnnotationValue,
		"--node-ip="+loopback,
		"--node-port="+c.ports.kubelet.String(),
		"--server-address="+c.ports.kubelet.address(),
		"--tls-cert-file="+c.path("kubelet.crt"),
		"--tls-private-key-file="+c.path("kubelet.key"),
		// A lease makes a heartbeat cheap: the node's status need not be written.
		"--node-lease-duration-seconds=40",
		// Below that it writes a line per pod change, and five per reading of a node without pods.
		"--v=ERROR",
	)
	if err != nil {
		return err
	}
	return await(ctx, kwok, "to serve", func() error {
		body, err := c.getFromKubelet(ctx, c.ports.kubelet.url()+"/healthz")
		if err != nil {
			return err
		}
		return body.Close()
	})
}

// allowKwok gives kwok's user its rights.
func (c *Cluster) allowKwok(ctx context.Context) error {
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: kwokUser}, Rules: kwokRules}
	if _, err := c.client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating kwok's ClusterRole: %w", err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: kwokUser},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: kwokUser},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: kwokUser}},
	}
	if _, err := c.client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating kwok's ClusterRoleBinding: %w", err)
	}
	return nil
}
