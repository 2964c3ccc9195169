// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const every = 15 * time.Second

// outlooks makes the outlooks of a cluster of nodes with 16 cores each.
type outlooks struct {
	*projector
	metrics []projectedMetric
	usages  []telemetry.Usage
	pods    map[string][]*corev1.Pod
	// cores are what pods are measured to use, and asked are the queries of them.
	cores map[string]float64
	asked []string
	// lies are answered as well.
	lies    promql.Vector
	created time.Time // the nodes
	// measured is the share of each node's cores in use.
	measured map[string]float64
}

func newOutlooks(t *testing.T, metric string) *outlooks {
	t.Helper()
	set, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: x}\nspec: {metrics: [" + metric +
		"], rules: [{name: hot, when: [{metric: m, above: 90%}], reject: {}}]}"))
	if err != nil {
		t.Fatal(err)
	}
	args, err := v1alpha1.DecodeLoadlineArgs(nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &outlooks{pods: map[string][]*corev1.Pod{}, cores: map[string]float64{}, measured: map[string]float64{}}
	active := []*v1alpha1.RuleSet{set}
	o.metrics, o.usages = projectedMetrics(active, telemetry.Queries(active, every, time.Minute, nil), every)
	ask := func(_ context.Context, expression string, _ time.Time) (promql.Vector, error) {
		o.asked = append(o.asked, expression)
		answer := slices.Clone(o.lies)
		for node, pods := range o.pods {
			for _, pod := range pods {
				answer = append(answer, cores(node, pod.Name, o.cores[pod.Name]))
			}
		}
		return answer, nil
	}
	o.projector = newProjector(projection.NewLedger(), args.Estimates, func(node string) []*corev1.Pod { return o.pods[node] }, ask, false)
	return o
}

// cores is what a node says of a pod.
func cores(node, pod string, amount float64) promql.Sample {
	return promql.Sample{Metric: labels.FromStrings("node", node, "namespace", "default", "pod", pod), F: amount}
}

// place puts a pod of workload "web" on a node, which uses cores from then on.
func (o *outlooks) place(name, node string, at time.Time, cores float64) *corev1.Pod {
	controller := true
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: name, UID: types.UID(name),
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", Controller: &controller}},
	}}
	pod.Spec.NodeName = node
	pod.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")},
	}}}
	pod.Status.StartTime = &metav1.Time{Time: at}
	o.pods[node] = append(o.pods[node], pod)
	o.cores[name] = cores
	o.ledger.Observe(pod, at)
	return pod
}

// look is the outlook of node "a" and "b", of which those in measured have a
// sample.
func (o *outlooks) look(t *testing.T, now time.Time) (*outlook, *verdict.Projection) {
	t.Helper()
	var nodes []*corev1.Node
	samples := verdict.Samples{}
	for _, name := range []string{"a", "b"} {
		cores := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("16")}
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), CreationTimestamp: metav1.NewTime(o.created)}, Status: corev1.NodeStatus{Capacity: cores, Allocatable: cores}})
		if value, ok := o.measured[name]; ok {
			samples[name] = verdict.Sample{Value: value, Time: now}
		}
	}
	key := o.metrics[0].key
	outlook := o.projector.look(t.Context(), o.metrics, o.usages, map[verdict.MetricKey]verdict.Samples{key: samples}, nodes, nil, now)
	return outlook, outlook.projections[key]
}

const cpuOverFiveMinutes = "{name: m, builtin: cpu, window: 5m}"

// A pod of a workload that is known to burn ten cores, though it requests one,
// counts as ten cores from its first moment on.
func TestWhatAWorkloadIsKnownToUseCounts(t *testing.T) {
	o := newOutlooks(t, cpuOverFiveMinutes)
	o.measured = map[string]float64{"a": 10.0 / 16, "b": 0}
	o.place("sibling", "a", began.Add(-time.Hour), 10)
	now := began
	for range 44 { // until it was the turn of each group of nodes
		o.look(t, now)
		now = now.Add(every)
	}
	o.refresh(now)
	o.place("new", "b", now, 10)
	for age, mean := time.Duration(0), 0.0; age <= 5*time.Minute; age += every {
		if age > 0 {
			mean += 10 * every.Seconds() / 300
		}
		o.measured["b"] = mean / 16
		_, projected := o.look(t, now.Add(age))
		if got := mean + projected.Correction["b"]; got < 10-1e-9 || got > 10.5 {
			t.Errorf("at %v: got %.2f cores, want 10", age, got)
		}
	}
}

// Whoever has taken over a node cannot have pods of other nodes taken for culprits.
func TestNodesAreBelievedOfTheirOwnPodsAlone(t *testing.T) {
	o := newOutlooks(t, cpuOverFiveMinutes)
	o.measured = map[string]float64{"a": 0, "b": 0}
	web := o.place("web", "a", began, 1)
	o.lies = promql.Vector{cores("b", "web", 16)}
	outlook, _ := o.look(t, began.Add(time.Minute))
	if diff := cmp.Diff([]float64{1}, outlook.shares[web.UID]); diff != "" {
		t.Errorf("cores (-want +got):\n%s", diff)
	}
}

func TestPodWithoutHistoryCountsAsItRequests(t *testing.T) {
	o := newOutlooks(t, cpuOverFiveMinutes)
	o.measured = map[string]float64{"a": 0, "b": 0}
	o.place("new", "b", began, 0.2)
	outlook, projected := o.look(t, began)
	if got := projected.Correction["b"]; got != 1 {
		t.Errorf("got %v cores, want the 1 that it requests", got)
	}
	if diff := cmp.Diff([]float64{1}, outlook.shares["new"]); diff != "" {
		t.Errorf("share (-want +got):\n%s", diff)
	}
	if !outlook.watched["b"] {
		t.Error("the node's pods are not watched")
	}
	if _, projected = o.look(t, began.Add(6*time.Minute)); projected.Correction["b"] != 0 {
		t.Errorf("after the window: got %v cores, want none", projected.Correction["b"])
	}
}

func TestNodeThatAwaitsItsFirstSampleIsJudgedByItsPods(t *testing.T) {
	o := newOutlooks(t, cpuOverFiveMinutes)
	o.measured = map[string]float64{"a": 0.5}
	o.created = began
	o.place("old", "b", began.Add(-time.Hour), 0.2)
	o.place("busy", "b", began.Add(-time.Hour), 3)
	expected := func(now time.Time) map[string]float64 {
		t.Helper()
		_, projected := o.look(t, now)
		return projected.Expected
	}
	if diff := cmp.Diff(map[string]float64{"b": 4}, expected(began.Add(time.Minute))); diff != "" {
		t.Errorf("a new node, by request and by reading (-want +got):\n%s", diff)
	}
	if got := expected(began.Add(newFor)); len(got) != 0 {
		t.Errorf("a node that should have had a sample long ago: got %v, want nothing expected", got)
	}
	o.measured["b"] = 0.2
	expected(began.Add(time.Minute))
	delete(o.measured, "b")
	if got := expected(began.Add(2 * time.Minute)); len(got) != 0 {
		t.Errorf("a node whose samples are too old: got %v, want nothing expected", got)
	}
}

func TestSharesOfAQueryAreOfItsOwnUnit(t *testing.T) {
	o := newOutlooks(t, "{name: m, query: max by (node) (load), resource: cpu, perPod: {query: 'max by (namespace, pod) (load_of_pod)'}}")
	o.measured = map[string]float64{"a": 0, "b": 0.75}
	o.place("new", "b", began, 0.25) // a quarter of the node
	outlook, projected := o.look(t, began.Add(5*time.Second))
	if diff := cmp.Diff(map[string][]verdict.Used{"b": {{Amount: 4}}}, projected.Used); diff != "" {
		t.Errorf("used (-want +got):\n%s", diff)
	}
	if got := outlook.shares["new"][0]; got != 4 {
		t.Errorf("got a share of %v cores, want 4", got)
	}
}

// Each pod is one of "pods", which nobody has to be asked about, however long it has
// been there.
func TestSharesOfPods(t *testing.T) {
	o := newOutlooks(t, "{name: m, builtin: pods}")
	o.measured = map[string]float64{"a": 0, "b": 0.5}
	o.place("old", "b", began.Add(-time.Hour), 1)
	now := began
	for turnOf("b") != turnAt(now) { // its pods are looked at
		now = now.Add(turn)
	}
	outlook, _ := o.look(t, now)
	if got := outlook.shares["old"]; len(got) != 1 || got[0] != 1 {
		t.Errorf("got shares %v, want 1", got)
	}
	if len(o.asked) > 0 {
		t.Errorf("asked %q", o.asked)
	}
}

func TestServerIsAskedAboutSomeNodesAlone(t *testing.T) {
	o := newOutlooks(t, cpuOverFiveMinutes)
	o.remote = true
	o.measured = map[string]float64{"a": 0, "b": 0}
	o.place("new", "b", began, 1)
	now := began
	for turnOf("a") == turnAt(now) {
		now = now.Add(turn)
	}
	o.look(t, now)
	want := []string{`max by (node, namespace, pod) (irate(pod_cpu_usage_seconds_total{node=~"b"}[1m]) and pod_cpu_usage_seconds_total{node=~"b"})`}
	if diff := cmp.Diff(want, o.asked); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

func TestEachNodeIsWatchedInTurn(t *testing.T) {
	var nodes []*corev1.Node
	for i := range 500 {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i)}})
	}
	seen := map[string]int{}
	for i := range turns {
		now := watched(nodes, nil, time.Minute, nil, began.Add(time.Duration(i)*turn))
		if share := float64(len(now)) / float64(len(nodes)); math.Abs(share-1.0/turns) > 0.05 {
			t.Errorf("turn %d: watched %.0f%% of the nodes, want about a tenth", i, 100*share)
		}
		for node := range now {
			seen[node]++
		}
	}
	for _, node := range nodes {
		if seen[node.Name] != 1 {
			t.Errorf("node %s was watched %d times, want once", node.Name, seen[node.Name])
		}
	}
}
