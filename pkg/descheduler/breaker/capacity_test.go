// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package breaker_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var now = time.Unix(1_800_000_000, 0)

// missing is the value of a node that is not measured.
var missing = math.NaN()

// node is a node, and what it measures by each rule set.
type node struct {
	*corev1.Node
	value float64
}

func measures(value float64, changes ...func(*corev1.Node)) node {
	n := node{Node: &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{}, CreationTimestamp: metav1.NewTime(now.Add(-time.Hour))},
		Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
	}, value: value}
	for _, change := range changes {
		change(n.Node)
	}
	return n
}

func readiness(status corev1.ConditionStatus) func(*corev1.Node) {
	return func(n *corev1.Node) { n.Status.Conditions[0].Status = status }
}

func aged(age time.Duration) func(*corev1.Node) {
	return func(n *corev1.Node) { n.CreationTimestamp = metav1.NewTime(now.Add(-age)) }
}

func labelled(key, value string) func(*corev1.Node) {
	return func(n *corev1.Node) { n.Labels[key] = value }
}

func in(zone string) func(*corev1.Node) { return labelled(corev1.LabelTopologyZone, zone) }

func unreachable(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: corev1.TaintNodeUnreachable}} }

func times(n int, of func() node) []node {
	nodes := make([]node, n)
	for i := range nodes {
		nodes[i] = of()
	}
	return nodes
}

func join(groups ...[]node) []node {
	var all []node
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

const enforced = "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 90%, clear: 85%}], for: 1m, evict: {for: 5m}}]}"

// capacity judges the nodes by rule sets that are new, with 25% to be over a line.
func capacity(t *testing.T, nodes []node, specs ...string) reason.Reason {
	t.Helper()
	objects := cluster.Objects{}
	input := verdict.Input{Now: now, Samples: map[verdict.MetricKey]verdict.Samples{}}
	samples := verdict.Samples{}
	for i, n := range nodes {
		n.Name = fmt.Sprintf("node-%d", i)
		objects.Nodes = append(objects.Nodes, n.Node)
		if !math.IsNaN(n.value) {
			samples[n.Name] = verdict.Sample{Value: n.value, Time: now}
		}
	}
	input.Nodes = verdict.NewNodes(objects.Nodes)
	for i, spec := range specs {
		name := fmt.Sprintf("set-%d", i)
		input.Samples[verdict.MetricKey{Set: name, Metric: "m"}] = samples
		rules, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: " + name + "}\nspec: " + spec))
		if err != nil {
			t.Fatal(err)
		}
		set, err := verdict.NewSet(rules, 90*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		input.Sets = append(input.Sets, set)
	}
	maxNodes, err := v1alpha1.ParseThreshold("25%")
	if err != nil {
		t.Fatal(err)
	}
	return breaker.Capacity(now, &v1alpha1.Breaker{MaxNodes: &maxNodes}, verdict.Evaluate(input), cluster.New(objects))
}

func TestCapacity(t *testing.T) {
	hot := func() node { return measures(0.95) }
	cool := func() node { return measures(0.5) }
	dark := func() node { return measures(missing) }
	down := func() node { return measures(0.5, readiness(corev1.ConditionUnknown)) }
	zone := func(of func() node, name string) func() node {
		return func() node {
			n := of()
			in(name)(n.Node)
			return n
		}
	}
	observed := strings.Replace(enforced, "{metrics", "{mode: Observe, metrics", 1)
	rejecting := strings.Replace(enforced, "evict: {for: 5m}", "reject: {}", 1)
	byAnother := strings.ReplaceAll(strings.ReplaceAll(enforced, "name: m,", "name: k,"), "metric: m,", "metric: k,")
	pool := strings.Replace(enforced, "{metrics", "{nodeSelector: {matchLabels: {pool: gpu}}, metrics", 1)
	cases := map[string]struct {
		nodes       []node
		sets        []string // default: enforced
		want        reason.Code
		wantMessage string
	}{
		"no nodes":                       {},
		"a quarter is over the line":     {nodes: join(times(3, hot), times(9, cool))},
		"more than a quarter is":         {nodes: join(times(4, hot), times(8, cool)), want: breaker.TooManyOver, wantMessage: "4 of 12 nodes of the cluster are over a line (4), not measured (0) or not ready (0), more than 25% (breaker.maxNodes): this is a lack of capacity"},
		"all are":                        {nodes: times(5, hot), want: breaker.TooManyOver},
		"one node of one":                {nodes: times(1, hot)},
		"one of three":                   {nodes: join(times(1, hot), times(2, cool))},
		"two of three":                   {nodes: join(times(2, hot), times(1, cool)), want: breaker.TooManyOver},
		"29 of 116 are just the quarter": {nodes: join(times(29, hot), times(87, cool))},
		"too many are not measured":      {nodes: join(times(4, dark), times(8, cool)), want: breaker.TooManyUnmeasured, wantMessage: "not measured (4)"},
		"too many are not ready":         {nodes: join(times(4, down), times(8, cool)), want: breaker.TooManyNotReady, wantMessage: "not ready (4)"},
		"some of each": {
			nodes: join(times(1, hot), times(1, dark), times(2, down), times(8, cool)), want: breaker.TooManyNotReady,
			wantMessage: "over a line (1), not measured (1) or not ready (2)",
		},
		"mostly hot": {nodes: join(times(3, hot), times(1, dark), times(8, cool)), want: breaker.TooManyOver},
		"a node counts once": {
			nodes: join(times(3, func() node { return measures(0.95, readiness(corev1.ConditionFalse)) }), times(9, cool)),
		},
		"a node counts once, though over two lines": {nodes: join(times(3, hot), times(9, cool)), sets: []string{enforced, enforced}},
		"unreachable, and thought to be ready": {
			nodes: join(times(4, func() node { return measures(0.5, unreachable) }), times(8, cool)), want: breaker.TooManyNotReady,
		},
		"no condition at all": {
			nodes: join(times(4, func() node { return measures(0.5, func(n *corev1.Node) { n.Status.Conditions = nil }) }), times(8, cool)),
			want:  breaker.TooManyNotReady,
		},
		"a zone is over the line, the rest is not": {
			nodes: join(times(2, zone(hot, "b")), times(2, zone(cool, "b")), times(4, zone(cool, "a")), times(4, zone(cool, "c"))),
			want:  breaker.TooManyOver, wantMessage: "2 of 4 nodes of zone b",
		},
		"one node in each zone is": {
			nodes: join(times(1, zone(hot, "a")), times(3, zone(cool, "a")), times(1, zone(hot, "b")), times(3, zone(cool, "b"))),
		},
		"nodes without a zone are none of their own": {nodes: join(times(2, hot), times(8, zone(cool, "a")))},
		"a zone is lost, and the rest runs hot": {
			nodes: join(times(4, zone(down, "a")), times(2, zone(hot, "b")), times(6, zone(cool, "b"))),
			want:  breaker.TooManyNotReady, wantMessage: "6 of 12 nodes of the cluster",
		},
		"all over the line, and a new empty node arrives": {
			nodes: join(times(5, hot), times(1, func() node { return measures(missing, aged(time.Minute)) })),
			want:  breaker.TooManyOver, wantMessage: "5 of 5 nodes",
		},
		"it is measured by now": {
			nodes: join(times(5, hot), times(1, func() node { return measures(0.01, aged(2*time.Minute)) })),
			want:  breaker.TooManyOver, wantMessage: "5 of 6 nodes",
		},
		"new nodes are not measured yet, or not ready": {
			nodes: join(times(4, func() node { return measures(missing, aged(299*time.Second)) }),
				times(4, func() node { return measures(0.5, aged(time.Minute), readiness(corev1.ConditionFalse)) }), times(2, cool)),
		},
		"not so new any more": {
			nodes: join(times(4, func() node { return measures(missing, aged(5*time.Minute)) }), times(8, cool)), want: breaker.TooManyUnmeasured,
		},
		"new, and over the line": {
			nodes: join(times(4, func() node { return measures(0.95, aged(time.Minute)) }), times(8, cool)), want: breaker.TooManyOver,
		},
		"over one line, and not measured for another": {nodes: times(4, hot), sets: []string{byAnother, enforced}, want: breaker.TooManyUnmeasured},
		"virtual nodes": {
			nodes: join(times(9, func() node {
				return measures(missing, labelled("type", "virtual-kubelet"), readiness(corev1.ConditionFalse))
			}),
				times(1, hot), times(3, cool)),
		},
		"virtual nodes hide nothing": {
			nodes: join(times(90, func() node { return measures(missing, labelled("type", "virtual-kubelet")) }), times(2, hot), times(2, cool)),
			want:  breaker.TooManyOver, wantMessage: "2 of 4 nodes",
		},
		"in the band after the start": {nodes: times(4, func() node { return measures(0.88) })},
		"a rule that only observes":   {nodes: times(4, hot), sets: []string{observed}},
		"a rule that evicts nobody":   {nodes: times(4, hot), sets: []string{rejecting}},
		"unmeasured by no such rule":  {nodes: times(4, dark), sets: []string{observed, rejecting}},
		"not ready, without any rule": {nodes: times(4, down), sets: []string{rejecting}, want: breaker.TooManyNotReady},
		"one of two rules does":       {nodes: times(4, hot), sets: []string{observed, enforced}, want: breaker.TooManyOver},
		"of a pool of nodes":          {nodes: join(times(3, func() node { return measures(0.95, labelled("pool", "gpu")) }), times(9, hot)), sets: []string{pool}},
		"of a pool, and others are ill": {nodes: join(times(3, func() node { return measures(0.95, labelled("pool", "gpu")) }), times(1, down), times(8, hot)),
			sets: []string{pool}, want: breaker.TooManyOver},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.sets == nil {
				tc.sets = []string{enforced}
			}
			got := capacity(t, tc.nodes, tc.sets...)
			if got.Code != tc.want || !strings.Contains(got.Message, tc.wantMessage) {
				t.Errorf("got %v, want %q with %q", got, tc.want, tc.wantMessage)
			}
		})
	}
}

// Nodes that the snapshot does not know, and no snapshot at all, are not measured.
func TestCapacityWithoutSnapshot(t *testing.T) {
	objects := cluster.Objects{}
	for i := range 4 {
		n := measures(0)
		n.Name = fmt.Sprint(i)
		objects.Nodes = append(objects.Nodes, n.Node)
	}
	if got := breaker.Capacity(now, &v1alpha1.Breaker{}, nil, cluster.New(objects)); got.Code != breaker.TooManyUnmeasured {
		t.Errorf("got %v, want %s", got, breaker.TooManyUnmeasured)
	}
}
