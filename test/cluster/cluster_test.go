// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
)

// TestCluster checks on one cluster what a user of it relies on.
func TestCluster(t *testing.T) {
	c := clustertest.Start(t)
	for _, node := range []string{"node-1", "node-2"} {
		if err := c.AddNode(t.Context(), cluster.Node{Name: node, CPU: "4", Memory: "1Gi", Labels: map[string]string{"zone": "a"}}); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]func(*testing.T, *cluster.Cluster){
		"kubectl":              testKubectl,
		"metrics follow pods":  testMetrics,
		"metrics API":          testMetricsAPI,
		"deployment":           testDeployment,
		"deleted namespace":    testNamespace,
		"RBAC":                 testRBAC,
		"node that is refused": testBadNode,
		"process stopped":      testProcessStopped,
		"process killed":       testProcessKilled,
		"process paused":       testProcessPaused,
		"process's exit":       testProcessExit,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, c) })
	}
}

func testKubectl(t *testing.T, c *cluster.Cluster) {
	nodes := kubectl(t, c, "get", "nodes", "--selector=zone=a", "--no-headers")
	for _, node := range []string{"node-1", "node-2"} {
		if !strings.Contains(nodes, node+" ") {
			t.Errorf("kubectl get nodes does not show %s:\n%s", node, nodes)
		}
	}
	if version := kubectl(t, c, "version"); !strings.Contains(version, "Server Version") {
		t.Errorf("kubectl version does not show the server's version:\n%s", version)
	}
}

func kubectl(t *testing.T, c *cluster.Cluster, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), c.Binary("kubectl"), append([]string{"--kubeconfig=" + c.Kubeconfig()}, args...)...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

func testMetrics(t *testing.T, c *cluster.Cluster) {
	pods := c.Client().CoreV1().Pods(metav1.NamespaceDefault)
	place := func(node string) {
		t.Helper()
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "load", Annotations: map[string]string{cluster.UsageMemoryAnnotation: "256Mi"}},
			Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "load", Image: "none"}}},
		}
		if _, err := pods.Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}

	place("node-1")
	awaitMemory(t, c, map[string]float64{"node-1": 0.25, "node-2": 0})

	if err := pods.Delete(t.Context(), "load", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the pod's end", func(ctx context.Context) error {
		_, err := pods.Get(ctx, "load", metav1.GetOptions{})
		return wantNotFound(err)
	})
	place("node-2")
	awaitMemory(t, c, map[string]float64{"node-1": 0, "node-2": 0.25})

	patch := fmt.Sprintf(`{"metadata": {"annotations": {%q: "512Mi"}}}`, cluster.UsageMemoryAnnotation)
	if _, err := pods.Patch(t.Context(), "load", types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitMemory(t, c, map[string]float64{"node-1": 0, "node-2": 0.5})

	done := []byte(`{"status": {"phase": "Succeeded"}}`)
	if _, err := pods.Patch(t.Context(), "load", types.MergePatchType, done, metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
	awaitMemory(t, c, map[string]float64{"node-1": 0, "node-2": 0})
}

func awaitMemory(t *testing.T, c *cluster.Cluster, want map[string]float64) {
	t.Helper()
	await(t, "the nodes' memory", func(ctx context.Context) error {
		got, err := c.NodeMemory(ctx)
		if err != nil {
			return err
		}
		for node, fraction := range want {
			if math.Abs(got[node]-fraction) > 1e-9 {
				return fmt.Errorf("got %v, want %v", got, want)
			}
		}
		return nil
	})
}

func testMetricsAPI(t *testing.T, c *cluster.Cluster) {
	if err := c.AddNode(t.Context(), cluster.Node{Name: "measured", CPU: "4", Memory: "1Gi"}); err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "measured", Annotations: map[string]string{cluster.UsageMemoryAnnotation: "256Mi"}},
		Spec:       corev1.PodSpec{NodeName: "measured", Containers: []corev1.Container{{Name: "load", Image: "none"}}},
	}
	if _, err := c.Client().CoreV1().Pods(metav1.NamespaceDefault).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitMemory(t, c, map[string]float64{"measured": 0.25})
	if err := c.StartMetricsServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "the node's memory", func(ctx context.Context) error {
		top, err := exec.CommandContext(ctx, c.Binary("kubectl"), "--kubeconfig="+c.Kubeconfig(), "top", "node", "measured").CombinedOutput()
		if err != nil || !strings.Contains(string(top), "256Mi") {
			return fmt.Errorf("kubectl top: %v: %s", err, top)
		}
		return nil
	})
}

func testDeployment(t *testing.T, c *cluster.Cluster) {
	createDeployment(t, c, metav1.NamespaceDefault, 2)
	await(t, "the Deployment's pods", func(ctx context.Context) error {
		return wantPods(ctx, c, metav1.NamespaceDefault, 2)
	})
}

func testNamespace(t *testing.T, c *cluster.Cluster) {
	namespaces := c.Client().CoreV1().Namespaces()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "short-lived"}}
	if _, err := namespaces.Create(t.Context(), namespace, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	createDeployment(t, c, namespace.Name, 1)
	await(t, "the namespace's pod", func(ctx context.Context) error {
		return wantPods(ctx, c, namespace.Name, 1)
	})
	if err := namespaces.Delete(t.Context(), namespace.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the namespace's end", func(ctx context.Context) error {
		_, err := namespaces.Get(ctx, namespace.Name, metav1.GetOptions{})
		return wantNotFound(err)
	})
}

func createDeployment(t *testing.T, c *cluster.Cluster, namespace string, replicas int32) {
	t.Helper()
	labels := map[string]string{"app": "web"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(replicas),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "none"}}},
			},
		},
	}
	if _, err := c.Client().AppsV1().Deployments(namespace).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func wantPods(ctx context.Context, c *cluster.Cluster, namespace string, want int) error {
	pods, err := c.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		return err
	}
	if len(pods.Items) != want {
		return fmt.Errorf("%d pods, want %d", len(pods.Items), want)
	}
	return nil
}

func testRBAC(t *testing.T, c *cluster.Cluster) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "nobody"}}
	if _, err := c.Client().CoreV1().ServiceAccounts(metav1.NamespaceDefault).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := c.ServiceAccountKubeconfig(t.Context(), metav1.NamespaceDefault, account.Name)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}

	review, err := client.AuthenticationV1().SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := review.Status.UserInfo.Username, "system:serviceaccount:default:nobody"; got != want {
		t.Errorf("the token is of user %q, want %q", got, want)
	}
	if _, err := client.CoreV1().Pods(metav1.NamespaceDefault).List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("listing pods as a ServiceAccount without rights: got %v, want Forbidden", err)
	}
}

func testBadNode(t *testing.T, c *cluster.Cluster) {
	tests := map[string]cluster.Node{
		"a name that is taken": {Name: "node-1", CPU: "4", Memory: "1Gi"},
		"no quantity":          {Name: "node-3", CPU: "4", Memory: "much"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if err := c.AddNode(t.Context(), tc); err == nil || !strings.Contains(err.Error(), tc.Name) {
				t.Errorf("AddNode(%+v): got %v, want an error that names the node", tc, err)
			}
		})
	}
}

// await fails the test if the condition does not come to hold: if it never returns nil.
func await(t *testing.T, what string, condition func(context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		last = condition(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("waiting for %s: %v (lastly: %v)", what, err, last)
	}
}

func wantNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("got %v, want NotFound", err)
}
