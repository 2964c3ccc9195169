// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package integration tests Loadline on a cluster in a box: real components, the
// shipped manifests, and Loadline's own programs under their own ServiceAccounts.
package integration

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// patience bounds every wait. What is awaited mostly takes a second or two;
	// a machine that is busy with other tests may take longer.
	patience = 90 * time.Second
	// look is how often a wait looks.
	look = 50 * time.Millisecond
	// nodeMemory is the capacity of each node, so that 1Gi is 1/16 of it.
	nodeMemory = "16Gi"

	namespace = "default"
)

// fixture is a cluster with Loadline installed, and with nodes, for one test.
type fixture struct {
	testing.TB
	context.Context
	*cluster.Cluster
	client kubernetes.Interface
}

// newFixture starts a cluster with these nodes, and no scheduler yet. The test runs
// beside others, since most of its time it waits.
func newFixture(t *testing.T, nodes ...string) *fixture {
	t.Helper()
	return newFixtureWith(t, cluster.Options{}, nodes...)
}

func newFixtureWith(t *testing.T, options cluster.Options, nodes ...string) *fixture {
	t.Helper()
	f := newBareFixture(t, options, nodes...)
	f.must(deploy.Manifests(f, f.Cluster))
	return f
}

// newBareFixture starts a cluster in which nothing is installed.
func newBareFixture(t *testing.T, options cluster.Options, nodes ...string) *fixture {
	t.Helper()
	t.Parallel()
	c := clustertest.Start(t, options)
	f := &fixture{TB: t, Context: t.Context(), Cluster: c, client: c.Client()}
	for _, node := range nodes {
		f.addNode(node)
	}
	return f
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) addNode(name string) {
	f.Helper()
	f.must(f.AddNode(f, cluster.Node{Name: name, CPU: "8", Memory: nodeMemory}))
}

// startScheduler starts loadline-scheduler with an interval of one second.
func (f *fixture) startScheduler(name string) *deploy.Scheduler {
	f.Helper()
	// A short lease, so that the next one need not wait long for it.
	scheduler, err := deploy.StartScheduler(f, f.Cluster, name, deploy.Options{Flags: []string{
		"--leader-elect-lease-duration=4s", "--leader-elect-renew-deadline=3s", "--leader-elect-retry-period=500ms",
	}})
	f.must(err)
	return scheduler
}

// await polls until done returns nothing, which is what is still missing.
func (f *fixture) await(what string, done func() (missing string)) {
	f.Helper()
	clustertest.Await(f, f.TB, what, look, patience, done)
}

// program is a running program of Loadline.
type program interface {
	LogFile() string
	Metrics(ctx context.Context) ([]byte, error)
}

// awaitLog waits until a line of the program's log has all the parts.
func (f *fixture) awaitLog(program program, parts ...string) {
	f.Helper()
	f.awaitLogLines(program, 1, parts...)
}

// awaitLogLines waits until so many lines of the program's log have all the parts.
func (f *fixture) awaitLogLines(program program, want int, parts ...string) {
	f.Helper()
	f.await(fmt.Sprintf("%d log lines with %q", want, parts), func() string {
		if got := f.logLines(program, parts...); got < want {
			return fmt.Sprintf("%d in %s", got, program.LogFile())
		}
		return ""
	})
}

func (f *fixture) logLines(program program, parts ...string) int {
	f.Helper()
	data, err := os.ReadFile(program.LogFile())
	f.must(err)
	found := 0
	for _, line := range strings.Split(string(data), "\n") {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) }) {
			found++
		}
	}
	return found
}

// applyRules writes a RuleSet of this name and spec into the ConfigMap of the same
// name, made or changed.
func (f *fixture) applyRules(name, spec string) {
	f.Helper()
	f.must(deploy.ApplyRules(f, f.Cluster, name, spec))
}

// memoryLine refuses nodes above 90% memory until they are below 85%.
const memoryLine = `{metrics: [{name: memory, builtin: memory, staleAfter: 5s}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}}]}`

const overMemoryLine = `node(s) over load line "memory-above-90"`

// pod creates a pod for Loadline, as changed by the given functions.
func (f *fixture) pod(name string, changes ...func(*corev1.Pod)) *corev1.Pod {
	f.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Annotations: map[string]string{}},
		Spec:       podSpec(),
	}
	for _, change := range changes {
		change(pod)
	}
	created, err := f.client.CoreV1().Pods(namespace).Create(f, pod, metav1.CreateOptions{})
	f.must(err)
	return created
}

func podSpec() corev1.PodSpec {
	return corev1.PodSpec{
		SchedulerName: deploy.SchedulerName,
		Containers: []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("16Mi")},
		}}},
	}
}

func using(resource, quantity string) func(*corev1.Pod) {
	annotation := map[string]string{"memory": cluster.UsageMemoryAnnotation, "cpu": cluster.UsageCPUAnnotation}[resource]
	return func(pod *corev1.Pod) { pod.Annotations[annotation] = quantity }
}

func onNode(node string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Spec.NodeName = node }
}

func labelled(key, value string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Labels = map[string]string{key: value} }
}

// load puts a pod that uses this much memory on a node, past every scheduler,
// and waits until the node's kubelet says so.
func (f *fixture) load(node, quantity string) {
	f.Helper()
	f.pod("load-on-"+node, onNode(node), using("memory", quantity))
	want := resource.MustParse(quantity)
	capacity := resource.MustParse(nodeMemory)
	f.await("node "+node+" to use "+quantity, func() string {
		fractions, err := f.NodeMemory(f)
		f.must(err)
		if fractions[node] < want.AsApproximateFloat64()/capacity.AsApproximateFloat64() {
			return fmt.Sprintf("it uses %v of its memory", fractions[node])
		}
		return ""
	})
}

// changeLoad changes what the pod of load uses.
func (f *fixture) changeLoad(node, quantity string) {
	f.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, cluster.UsageMemoryAnnotation, quantity)
	_, err := f.client.CoreV1().Pods(namespace).Patch(f, "load-on-"+node, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	f.must(err)
}

// placed waits until a pod has a node, and returns its name.
func (f *fixture) placed(name string) string {
	f.Helper()
	var node string
	f.await("pod "+name+" to be placed", func() string {
		pod, err := f.client.CoreV1().Pods(namespace).Get(f, name, metav1.GetOptions{})
		f.must(err)
		if node = pod.Spec.NodeName; node == "" {
			return "pending: " + whyPending(pod)
		}
		return ""
	})
	return node
}

// pending waits until a pod says that it cannot be placed, for a reason.
func (f *fixture) pending(name, reason string) {
	f.Helper()
	f.await(fmt.Sprintf("pod %s to be pending because of %q", name, reason), func() string {
		pod, err := f.client.CoreV1().Pods(namespace).Get(f, name, metav1.GetOptions{})
		f.must(err)
		if pod.Spec.NodeName != "" {
			f.Fatalf("pod %s was placed on node %s, want it pending because of %q", name, pod.Spec.NodeName, reason)
		}
		if why := whyPending(pod); !strings.Contains(why, reason) {
			return "pending: " + why
		}
		return ""
	})
}

func whyPending(pod *corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Message
		}
	}
	return "no reason given"
}

// cutTelemetry makes the kubelet of a node answer 404, and restoreTelemetry
// mends it.
func (f *fixture) cutTelemetry(node string) (restore func()) {
	f.Helper()
	const annotation = "metrics.k8s.io/resource-metrics-path"
	before, err := f.client.CoreV1().Nodes().Get(f, node, metav1.GetOptions{})
	f.must(err)
	set := func(path string) {
		patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, annotation, path)
		_, err := f.client.CoreV1().Nodes().Patch(f, node, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		f.must(err)
	}
	set("/nothing-here")
	return func() { set(before.Annotations[annotation]) }
}
