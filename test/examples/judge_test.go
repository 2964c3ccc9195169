// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package examples

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	queryTimeout = 30 * time.Second
	// staleAfter is the default at the interval of these tests.
	staleAfter = 90 * time.Second
)

// cluster is the nodes of these tests. worker-a is over the line of every example,
// worker-b is well, and on worker-c nobody measures.
func cluster() []*corev1.Node {
	gpu := map[string]string{"nvidia.com/gpu.present": "true"}
	return []*corev1.Node{
		node("worker-a", "16", gpu, corev1.ConditionTrue),
		node("worker-b", "8", gpu, corev1.ConditionFalse),
		node("worker-c", "4", nil, ""),
	}
}

// measured are the nodes with kubelets and exporters.
var measured = []string{"worker-a", "worker-b"}

func node(name, cpu string, labels map[string]string, trouble corev1.ConditionStatus) *corev1.Node {
	resources := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse("64G")}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Status: corev1.NodeStatus{
			Capacity: resources, Allocatable: resources,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
	if trouble != "" {
		node.Status.Conditions = append(node.Status.Conditions,
			corev1.NodeCondition{Type: "VMEventScheduled", Status: trouble}, corev1.NodeCondition{Type: "KernelDeadlock", Status: trouble})
	}
	return node
}

// outcome is what an example comes to for a pod, at the end of a period.
type outcome struct {
	// Values are by metric, then by node.
	Values map[string]map[string]float64
	// Rejected are the rules that refuse the pod, by node.
	Rejected map[string][]string
	// Scores are those of the nodes that are left, if the example ranks nodes.
	Scores map[string]int64
	// PodShares are by "metric/namespace/pod".
	PodShares map[string]float64
}

func queries(rules *v1alpha1.RuleSet) map[verdict.MetricKey]telemetry.Query {
	return telemetry.Queries([]*v1alpha1.RuleSet{rules}, interval, staleAfter, nil)
}

// judge measures and judges all through a period, as the scheduler does.
func judge(t *testing.T, query telemetry.InstantQuery, rules *v1alpha1.RuleSet, during period) outcome {
	t.Helper()
	set, err := verdict.NewSet(rules, staleAfter)
	if err != nil {
		t.Fatal(err)
	}
	measurer, nodes := telemetry.NewMeasurer(query, queryTimeout), cluster()
	var snapshot *verdict.Snapshot
	var samples map[verdict.MetricKey]verdict.Samples
	for _, at := range during.ticks() {
		var failures map[telemetry.Query]error
		samples, failures = measurer.MeasureMetrics(t.Context(), queries(rules), telemetry.NewNodes(nodes), at)
		for query, err := range failures {
			t.Fatalf("%s: %v", query.Expression, err)
		}
		snapshot = verdict.Evaluate(verdict.Input{
			Now: at, Nodes: verdict.NewNodes(nodes), Sets: []*verdict.Set{set}, Samples: samples, Previous: snapshot,
		})
	}
	result := outcome{Values: values(samples), PodShares: podShares(t, query, rules, during.end)}
	result.Rejected, result.Scores = placement(snapshot, nodes)
	return result
}

func values(samples map[verdict.MetricKey]verdict.Samples) map[string]map[string]float64 {
	byMetric := map[string]map[string]float64{}
	for key, samples := range samples {
		byMetric[key.Metric] = map[string]float64{}
		for node, sample := range samples {
			byMetric[key.Metric][node] = sample.Value
		}
	}
	return byMetric
}

// podShares asks for the shares of pods as the metrics of the rule set say.
func podShares(t *testing.T, query telemetry.InstantQuery, rules *v1alpha1.RuleSet, at time.Time) map[string]float64 {
	t.Helper()
	var shares map[string]float64
	for _, metric := range rules.Spec.Metrics {
		if metric.PerPod == nil {
			continue
		}
		vector, err := query(t.Context(), metric.PerPod.Query, at)
		if err != nil {
			t.Fatal(err)
		}
		shares = map[string]float64{}
		for _, sample := range vector {
			name := metric.Name + "/" + sample.Metric.Get(metric.PerPod.NamespaceLabel) + "/" + sample.Metric.Get(metric.PerPod.PodLabel)
			shares[name] = sample.F
		}
	}
	return shares
}

// placement tells which nodes are refused to a pod, and how the others rank.
func placement(snapshot *verdict.Snapshot, nodes []*corev1.Node) (rejected map[string][]string, scores map[string]int64) {
	set := snapshot.Sets[0]
	rejected = map[string][]string{}
	var left []string
	var candidates []int
	for _, node := range nodes {
		index := snapshot.Index(node.Name)
		for _, rule := range set.Rules {
			if rule.Refuses(index) {
				rejected[node.Name] = append(rejected[node.Name], rule.Key.Rule)
			}
		}
		if len(rejected[node.Name]) == 0 {
			left, candidates = append(left, node.Name), append(candidates, index)
		}
	}
	if !set.Ranks() {
		return rejected, nil
	}
	scores = map[string]int64{}
	for i, score := range verdict.Scores(snapshot.Sets, candidates, &verdict.Arrival{}) {
		scores[left[i]] = score
	}
	return rejected, scores
}
