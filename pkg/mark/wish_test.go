// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var start = time.Unix(1_800_000_000, 0)

// rules compiles rule sets, by name, each given by its list of rules over the
// metric "m".
func rules(t testing.TB, sets map[string]string) []*verdict.Set {
	t.Helper()
	var compiled []*verdict.Set
	for name, text := range sets {
		decoded, err := v1alpha1.DecodeRuleSet(fmt.Appendf(nil,
			"apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: %s}\nspec: {metrics: [{name: m, query: up}], %s}", name, text))
		if err != nil {
			t.Fatal(err)
		}
		set, err := verdict.NewSet(decoded, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		compiled = append(compiled, set)
	}
	return compiled
}

// judge makes the snapshot in which nodes measure these values of "m", for all rule
// sets. All nodes have their name as a label.
func judge(now time.Time, before *verdict.Snapshot, sets []*verdict.Set, values map[string]float64, nodes ...string) *verdict.Snapshot {
	in := verdict.Input{Now: now, Sets: sets, Previous: before, Samples: map[verdict.MetricKey]verdict.Samples{}}
	for _, node := range nodes {
		in.Nodes = append(in.Nodes, verdict.Node{Name: node, Labels: map[string]string{"name": node}})
	}
	samples := verdict.Samples{}
	for node, value := range values {
		samples[node] = verdict.Sample{Value: value, Time: now}
	}
	for _, name := range []string{"a", "b", "c"} {
		in.Samples[verdict.MetricKey{Set: name, Metric: "m"}] = samples
	}
	return verdict.Evaluate(in)
}

func TestWishes(t *testing.T) {
	const hot = "name: hot, when: [{metric: m, above: 0.9, clear: 0.8}]"
	a := verdict.RuleKey{Set: "a", Rule: "hot"}
	b := verdict.RuleKey{Set: "b", Rule: "hot"}
	tier := mark{label, "example.com/tier"}
	full := mark{taint, "loadline.dev/hot"}
	cases := map[string]struct {
		sets   map[string]string
		values map[string]float64 // of the nodes n1 to n4; wanted is for n1
		want   wishes
		clash  []clash
	}{
		"in force": {
			sets:   map[string]string{"a": "rules: [{" + hot + ", labels: {example.com/tier: x}, taint: {effect: NoSchedule, value: v}}]"},
			values: map[string]float64{"n1": 0.95},
			want:   wishes{tier: {content{value: "x"}, a, false}, full: {content{"v", corev1.TaintEffectNoSchedule}, a, false}},
		},
		"below the line": {
			sets:   map[string]string{"a": "rules: [{" + hot + ", labels: {example.com/tier: x}, taint: {effect: NoSchedule}}]"},
			values: map[string]float64{"n1": 0.9},
		},
		"missing": {
			sets: map[string]string{"a": "rules: [{" + hot + ", onMissing: Reject, reject: {}, labels: {example.com/tier: x}, taint: {effect: NoSchedule}}]"},
		},
		"in the band since the start": {
			sets:   map[string]string{"a": "rules: [{" + hot + ", labels: {example.com/tier: x}}]"},
			values: map[string]float64{"n1": 0.85},
		},
		"not for long enough": {
			sets:   map[string]string{"a": "rules: [{" + hot + ", for: 5m, labels: {example.com/tier: x}}]"},
			values: map[string]float64{"n1": 0.95},
			want:   wishes{tier: {content{value: "x"}, a, true}},
		},
		"Observe": {
			sets:   map[string]string{"a": "mode: Observe, rules: [{" + hot + ", labels: {example.com/tier: x}, taint: {effect: NoSchedule}}]"},
			values: map[string]float64{"n1": 0.95},
		},
		"another node's rules": {
			sets:   map[string]string{"a": "nodeSelector: {matchLabels: {name: n2}}, rules: [{" + hot + ", labels: {example.com/tier: x}}]"},
			values: map[string]float64{"n1": 0.95, "n2": 0.95},
		},
		"as many nodes as are tainted at most": {
			sets:   map[string]string{"a": "rules: [{" + hot + ", taint: {effect: NoSchedule, maxNodes: 50%}}]"},
			values: map[string]float64{"n1": 0.95, "n2": 0.95, "n3": 0.1, "n4": 0.1},
			want:   wishes{full: {content{effect: corev1.TaintEffectNoSchedule}, a, false}},
		},
		"too many nodes to taint, which get labels": {
			sets:   map[string]string{"a": "rules: [{" + hot + ", labels: {example.com/tier: x}, taint: {effect: NoSchedule, maxNodes: 50%}}]"},
			values: map[string]float64{"n1": 0.95, "n2": 0.95, "n3": 0.95, "n4": 0.1},
			want:   wishes{tier: {content{value: "x"}, a, false}},
		},
		"two sets write one key": {
			sets: map[string]string{
				"b": "rules: [{" + hot + ", labels: {example.com/tier: z}, taint: {effect: NoSchedule}}]",
				"a": "rules: [{" + hot + ", labels: {example.com/tier: x}, taint: {effect: PreferNoSchedule}}]",
			},
			values: map[string]float64{"n1": 0.95},
			want:   wishes{tier: {content{value: "x"}, a, false}, full: {content{effect: corev1.TaintEffectPreferNoSchedule}, a, false}},
			clash: []clash{
				{tier, wish{content{value: "x"}, a, false}, wish{content{value: "z"}, b, false}},
				{full, wish{content{effect: corev1.TaintEffectPreferNoSchedule}, a, false}, wish{content{effect: corev1.TaintEffectNoSchedule}, b, false}},
			},
		},
		"two sets write the same": {
			sets: map[string]string{
				"a": "rules: [{" + hot + ", labels: {example.com/tier: x}}]",
				"b": "rules: [{" + hot + ", labels: {example.com/tier: x}}]",
			},
			values: map[string]float64{"n1": 0.95},
			want:   wishes{tier: {content{value: "x"}, a, false}},
		},
		"who puts counts before who keeps": {
			sets: map[string]string{
				"a": "rules: [{" + hot + ", for: 5m, labels: {example.com/tier: x}}]",
				"b": "rules: [{" + hot + ", labels: {example.com/tier: z}}]",
			},
			values: map[string]float64{"n1": 0.95},
			want:   wishes{tier: {content{value: "z"}, b, false}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			snapshot := judge(start, nil, rules(t, tc.sets), tc.values, "n1", "n2", "n3", "n4")
			if tc.want == nil {
				tc.want = wishes{}
			}
			got, clashes := wishesFor(snapshot, "n1")
			options := cmp.AllowUnexported(mark{}, content{}, wish{}, clash{})
			if diff := cmp.Diff(tc.want, got, options); diff != "" {
				t.Errorf("wishes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.clash, clashes, options); diff != "" {
				t.Errorf("clashes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNodeThatTheSnapshotDoesNotKnow(t *testing.T) {
	snapshot := judge(start, nil, rules(t, map[string]string{"a": "rules: [{name: hot, when: [{metric: m, above: 0.9}], labels: {x: z}}]"}), nil, "n1")
	if got, _ := wishesFor(snapshot, "n2"); len(got) > 0 {
		t.Errorf("wanted: %v", got)
	}
}
