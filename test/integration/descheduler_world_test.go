// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// roundMemory is the capacity of nodes on which whole percentages are whole
// quantities.
const roundMemory = "16000Mi"

// percent is a part of the memory of such a node.
func percent(part float64) string { return fmt.Sprintf("%dMi", int(part*160)) }

// newDriftFixture starts a cluster with such nodes, and no scheduler yet.
func newDriftFixture(t *testing.T, nodes ...string) *fixture {
	t.Helper()
	f := newFixture(t)
	for _, name := range nodes {
		f.must(f.AddNode(f, cluster.Node{Name: name, CPU: "8", Memory: roundMemory}))
	}
	return f
}

// numbered are so many names that begin alike.
func numbered(prefix string, count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%02d", prefix, i)
	}
	return names
}

// placedWorkload makes a deployment with a pod on each of the nodes, of whose
// memory each uses so many percent. No scheduler may run yet.
func (f *fixture) placedWorkload(name string, uses float64, nodes []string, changes ...func(*corev1.Pod)) {
	f.Helper()
	f.deployment(name, int32(len(nodes)), percent(uses), changes...)
	var pods []corev1.Pod
	f.await("the pods of "+name, func() string {
		pods = f.podsOf(name)
		if len(pods) != len(nodes) {
			return fmt.Sprintf("there are %d", len(pods))
		}
		return ""
	})
	for i, pod := range pods {
		binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: nodes[i]}}
		f.must(f.client.CoreV1().Pods(namespace).Bind(f, binding, metav1.CreateOptions{}))
	}
	f.nodesOf(name, len(nodes))
}

func (f *fixture) podsOf(deployment string) []corev1.Pod {
	f.Helper()
	pods, err := f.client.CoreV1().Pods(namespace).List(f, metav1.ListOptions{LabelSelector: "app=" + deployment})
	f.must(err)
	return pods.Items
}

// brisk moves pods that have just begun to run, and goes on as soon as a node shows
// what an eviction has brought, with as many evictions as there may be: only what
// the plan itself goes by bounds it.
func brisk(config map[string]any) {
	many := map[string]any{"evictions": 100, "within": "10m"}
	hasty(config)
	config["cooldowns"] = map[string]any{"node": "1s", "workload": "1s", "maxWorkload": "1s"}
	config["budgets"] = map[string]any{"perNode": many, "perWorkload": many, "perNamespace": many, "perCluster": many}
	config["breaker"] = map[string]any{"maxNodes": "100%"}
}

// ledger is what is remembered of evictions.
func (f *fixture) ledger() []history.Record {
	f.Helper()
	object, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Get(f, history.ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	f.must(err)
	state, err := history.Decode(object.Data[history.Key])
	f.must(err)
	return state.Records
}

// awaitEvictions waits until so many pods were evicted by a descheduler.
func (f *fixture) awaitEvictions(descheduler *deploy.Descheduler, want float64) {
	f.Helper()
	f.await(fmt.Sprintf("%v evictions", want), func() string {
		if got := f.evictions(descheduler); got != want {
			return fmt.Sprintf("%v pods were evicted", got)
		}
		return ""
	})
}

// evictions is how many pods a descheduler has evicted.
func (f *fixture) evictions(descheduler *deploy.Descheduler) float64 {
	f.Helper()
	return f.metric(descheduler, "loadline_descheduler_evictions_total", `result="evicted"`)
}

// awaitRefusals waits until so many pods stay for a reason by the latest plan.
func (f *fixture) awaitRefusals(descheduler *deploy.Descheduler, why reason.Code, want float64) {
	f.Helper()
	f.await(fmt.Sprintf("%v pods to stay because of %s", want, why), func() string {
		if got := f.metric(descheduler, "loadline_descheduler_refusals", fmt.Sprintf("reason=%q", why)); got != want {
			return fmt.Sprintf("%v do", got)
		}
		return ""
	})
}

// evictionRequests is how many requests to evict a pod the API server has answered,
// in whatever way.
func (f *fixture) evictionRequests() float64 {
	f.Helper()
	text, err := f.client.CoreV1().RESTClient().Get().AbsPath("/metrics").Do(f).Raw()
	f.must(err)
	return f.sum(string(text), "apiserver_request_total", `resource="pods"`, `subresource="eviction"`)
}

// nodesOverLine are the nodes that a program has found over a line at any time, as
// often as it has.
func (f *fixture) nodesOverLine(program program, nodes []string) map[string]int {
	f.Helper()
	found := map[string]int{}
	for _, node := range nodes {
		if n := f.logLines(program, "Node is over a load line and refuses new pods", fmt.Sprintf("node=%q", node)); n > 0 {
			found[node] = n
		}
	}
	return found
}

// remainingOn are the deployments with a pod on a node that is not terminating.
func (f *fixture) remainingOn(node string, deployments ...string) []string {
	f.Helper()
	var remaining []string
	for _, name := range deployments {
		for _, pod := range f.podsOf(name) {
			if pod.Spec.NodeName == node && pod.DeletionTimestamp == nil {
				remaining = append(remaining, name)
			}
		}
	}
	return remaining
}

// onlyPod is the one pod of a deployment on a node.
func (f *fixture) onlyPod(deployment, node string) string {
	f.Helper()
	for _, pod := range f.podsOf(deployment) {
		if pod.Spec.NodeName == node {
			return pod.Name
		}
	}
	f.Fatalf("there is no pod of %s on node %s", deployment, node)
	return ""
}

// changeUsageOf changes how much memory one pod uses.
func (f *fixture) changeUsageOf(pod, quantity string) {
	f.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, cluster.UsageMemoryAnnotation, quantity)
	_, err := f.client.CoreV1().Pods(namespace).Patch(f, pod, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	f.must(err)
}
