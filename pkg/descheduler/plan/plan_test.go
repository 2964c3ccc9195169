// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// pods are many of a kind: p0, p1, ...
func pods(prefix string, n int, like pod) []pod {
	var all []pod
	for i := range n {
		like.name = fmt.Sprintf("%s%d", prefix, i)
		all = append(all, like)
	}
	return all
}

func join(groups ...[]pod) []pod {
	var all []pod
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

// Each case has the node "a" over its line, and says who is moved, in order.
func TestWhoIsMoved(t *testing.T) {
	cases := map[string]struct {
		world world
		want  []string
		// held is why nobody is, and passed why some pods are not.
		held   reason.Code
		passed map[string]reason.Code
		after  float64
	}{
		"the smallest set below clear": {
			world: world{
				specs: cpuLine("90%", "85%", "Fewest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: []pod{{name: "p4", node: "a", cpu: 4}, {name: "p6", node: "a", cpu: 6}, {name: "p11", node: "a", cpu: 11}, {name: "p20", node: "a", cpu: 20}},
			},
			want: []string{"p11"}, after: 84, // 20 would do as well, and is more than it takes
			passed: map[string]reason.Code{"p4": plan.NotNeeded, "p6": plan.NotNeeded, "p20": plan.NotNeeded},
		},
		// 80% -> 20%, and the other 20% -> 80%, for ever.
		"one pod that would take the overload along": {
			world: world{
				specs: cpuLine("70%", "70%", "OverRequest"), nodes: []node{{name: "a", cpu: 80}, {name: "b", cpu: 20}},
				pods: []pod{{name: "big", node: "a", cpu: 60}},
			},
			held: plan.NoneMovable, after: 80, passed: map[string]reason.Code{"big": plan.DestinationNotClear},
		},
		// All pods of priority 0 add up to 10 where 12 have to go; the one of
		// priority 1 then suffices alone, whatever order it comes in.
		"one of a higher priority instead of all of a lower": {
			world: world{
				specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 92}, {name: "b", cpu: 20}},
				pods: join(pods("small", 20, pod{node: "a", cpu: 0.5}), []pod{{name: "large", node: "a", cpu: 20, request: 20, priority: 1}}),
			},
			want: []string{"large"}, after: 72,
		},
		"the lower priority where it suffices": {
			world: world{
				specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 92}, {name: "b", cpu: 20}},
				pods: join(pods("small", 3, pod{node: "a", cpu: 5}), []pod{{name: "large", node: "a", cpu: 20, priority: 1}}),
			},
			want: []string{"small0", "small1", "small2"}, after: 77,
		},
		"two of nine": {
			world: world{
				specs: cpuLine("80%", "70%", "OverRequest"), nodes: []node{{name: "a", cpu: 90}, {name: "b", cpu: 20}},
				pods: pods("p", 9, pod{node: "a", cpu: 10}),
			},
			want: []string{"p0", "p1"}, after: 70,
		},
		"none while two of nine terminate": {
			world: world{
				specs: cpuLine("80%", "70%", "OverRequest"), nodes: []node{{name: "a", cpu: 90}, {name: "b", cpu: 20}},
				pods: join(pods("gone", 2, pod{node: "a", cpu: 10, terminating: true}), pods("p", 7, pod{node: "a", cpu: 10})),
			},
			held: plan.GoalReached, after: 70,
		},
		"one more while one of nine terminates": {
			world: world{
				specs: cpuLine("80%", "70%", "OverRequest"), nodes: []node{{name: "a", cpu: 90}, {name: "b", cpu: 20}},
				pods: join(pods("gone", 1, pod{node: "a", cpu: 10, terminating: true}), pods("p", 8, pod{node: "a", cpu: 10})),
			},
			want: []string{"p0"}, after: 70, passed: map[string]reason.Code{"gone0": protect.Terminating},
		},
		"the one large pod by Fewest": {
			world: world{
				specs: cpuLine("90%", "82%", "Fewest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: join(pods("p", 15, pod{node: "a", cpu: 5}), []pod{{name: "large", node: "a", cpu: 20}}),
			},
			want: []string{"large"}, after: 75,
		},
		"the culprits by OverRequest": {
			world: world{
				specs: cpuLine("90%", "82%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: join(pods("p", 15, pod{node: "a", cpu: 5, request: 1}), []pod{{name: "large", node: "a", cpu: 20, request: 20}}),
			},
			want: []string{"p0", "p1", "p10"}, after: 80, // equal ones by name
		},
		"a leak goes first": {
			world: world{
				specs: cpuLine("90%", "82%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: join(pods("p", 3, pod{node: "a", cpu: 20, request: 20}), []pod{{name: "leak", node: "a", cpu: 15, request: 2}}),
			},
			want: []string{"leak"}, after: 80,
		},
		"pods without a request are all above it": {
			world: world{
				specs: cpuLine("90%", "85%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: []pod{{name: "asked", node: "a", cpu: 30, request: 15}, {name: "never-asked", node: "a", cpu: 16}},
			},
			want: []string{"never-asked"}, after: 79,
		},
		"superfluous ones stay": {
			world: world{ // 4 above goes first, and then 3 above, which suffices alone
				specs: cpuLine("90%", "85%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: []pod{{name: "first", node: "a", cpu: 4}, {name: "second", node: "a", cpu: 13, request: 10}},
			},
			want: []string{"second"}, after: 82, passed: map[string]reason.Code{"first": plan.NotNeeded},
		},
		"room for one": {
			world: world{
				specs: cpuLine("90%", "70%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: pods("p", 9, pod{node: "a", cpu: 10}), freePods: map[string]int{"b": 1},
			},
			want: []string{"p0"}, after: 85, passed: map[string]reason.Code{"p1": "NoNode", "p8": "NoNode"},
		},
		"room below clear for one": {
			world: world{ // the second would bring b to 71
				specs: cpuLine("90%", "70%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 51}},
				pods: pods("p", 9, pod{node: "a", cpu: 10}),
			},
			want: []string{"p0"}, after: 85, passed: map[string]reason.Code{"p1": plan.DestinationNotClear},
		},
		"no other node fits": {
			world: world{
				specs: cpuLine("90%", "85%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: pods("p", 2, pod{node: "a", cpu: 10}), reject: func(*corev1.Pod, string) bool { return true },
			},
			held: plan.NoneMovable, after: 95, passed: map[string]reason.Code{"p0": "NoNode", "p1": "NoNode"},
		},
		"the next best where the best does not fit": {
			world: world{ // not p12 and p3, although p12 is found to be free before p3 is not
				specs: cpuLine("90%", "80%", "Fewest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods:   []pod{{name: "p12", node: "a", cpu: 12}, {name: "p3", node: "a", cpu: 3}, {name: "p5", node: "a", cpu: 5}},
				reject: func(pod *corev1.Pod, _ string) bool { return pod.Name == "p3" },
			},
			want: []string{"p12", "p5"}, after: 78, passed: map[string]reason.Code{"p3": "NoNode"},
		},
		"where it is": {
			world: world{
				specs: cpuLine("90%", "85%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 20}},
				pods: pods("p", 1, pod{node: "a", cpu: 20}), fixed: map[string]string{"p0": "a"},
			},
			held: plan.NoneMovable, after: 95, passed: map[string]reason.Code{"p0": plan.SameNode},
		},
		"to nodes that are no destinations": {
			world: world{
				specs: cpuLine("90%", "85%", "OverRequest"),
				nodes: []node{
					{name: "a", cpu: 95}, {name: "cordoned", cordoned: true}, {name: "deleted", deleted: true}, {name: "scaled-down", taint: "ToBeDeletedByClusterAutoscaler"},
					{name: "candidate", taint: "DeletionCandidateOfClusterAutoscaler"}, {name: "disrupted", taint: "karpenter.sh/disrupted"},
					{name: "disruption", taint: "karpenter.sh/disruption"}, {name: "unmeasured", unmeasured: true}, {name: "over", cpu: 84}, {name: "in-band", cpu: 78},
				},
				pods: []pod{
					{name: "p0", node: "a", cpu: 11}, {name: "p1", node: "a", cpu: 11}, {name: "p2", node: "a", cpu: 11}, {name: "p3", node: "a", cpu: 11}, {name: "p4", node: "a", cpu: 11},
					{name: "p5", node: "a", cpu: 11}, {name: "p6", node: "a", cpu: 11}, {name: "p7", node: "a", cpu: 11}, {name: "p8", node: "a", cpu: 11}, {name: "p9", node: "a", cpu: 11},
				},
				fixed: map[string]string{
					"p0": "cordoned", "p1": "deleted", "p2": "scaled-down", "p3": "candidate", "p4": "disrupted", "p5": "disruption", "p6": "unmeasured", "p7": "over", "p8": "in-band", "p9": "nowhere",
				},
			},
			held: plan.NoneMovable, after: 95,
			passed: map[string]reason.Code{
				"p0": plan.DestinationCordoned, "p1": plan.DestinationLeaving, "p2": plan.DestinationLeaving, "p3": plan.DestinationLeaving, "p4": plan.DestinationLeaving,
				"p5": plan.DestinationLeaving, "p6": plan.DestinationNotClear, "p7": plan.DestinationNotClear, "p8": plan.DestinationNotClear, "p9": plan.DestinationUnknown,
			},
		},
		"saturated: one": {
			world: world{
				specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 100}, {name: "b", cpu: 20}},
				pods: pods("p", 10, pod{node: "a", cpu: 10}),
			},
			want: []string{"p0"}, after: 90, passed: map[string]reason.Code{"p1": plan.OneAtATime},
		},
		"saturated: the successor may come to use its request": {
			world: world{
				specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 100}, {name: "b", cpu: 20}},
				pods: []pod{{name: "starved", node: "a", cpu: 20, request: 60}, {name: "other", node: "a", cpu: 30, request: 31}},
			},
			want: []string{"other"}, after: 70, passed: map[string]reason.Code{"starved": plan.OneAtATime},
		},
		"saturated: nor is it moved to where its request would not fit": {
			world: world{
				specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 100}, {name: "b", cpu: 20}},
				pods: []pod{{name: "starved", node: "a", cpu: 20, request: 60}},
			},
			held: plan.NoneMovable, after: 100, passed: map[string]reason.Code{"starved": plan.DestinationNotClear},
		},
		"all that can be moved do not suffice": {
			world: world{
				specs: cpuLine("90%", "50%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods: []pod{{name: "high", node: "a", cpu: 20, priority: 5}, {name: "low", node: "a", cpu: 5}, {name: "bare", node: "a", cpu: 60, bare: true}},
			},
			want: []string{"low", "high"}, after: 70, passed: map[string]reason.Code{"bare": protect.Bare},
		},
		"to a node that would be no lower": {
			world: world{ // b is clear of the line since it is cool, but that does not lower the load
				specs: map[string]string{"set": `{metrics: [{name: cpu, query: up, resource: cpu}, {name: heat, query: up}], rules: [
					{name: line, when: [{metric: cpu, above: 50%}, {metric: heat, above: 10}], evict: {}}]}`},
				nodes: []node{{name: "a", cpu: 60, heat: 20}, {name: "b", cpu: 30, heat: 1}},
				pods:  []pod{{name: "p30", node: "a", cpu: 30}, {name: "p10", node: "a", cpu: 10}},
			},
			want: []string{"p10"}, after: 50, passed: map[string]reason.Code{"p30": plan.DestinationNotLower},
		},
		"one condition is the easier": {
			world: world{ // three pods by cpu, one by memory
				specs: map[string]string{"set": twoConditions},
				nodes: []node{{name: "a", cpu: 92, memory: 60}, {name: "b", cpu: 5, memory: 5}},
				pods:  join(pods("p", 5, pod{node: "a", cpu: 4, memory: 2}), []pod{{name: "m", node: "a", cpu: 1, memory: 30}}),
			},
			want: []string{"m"}, after: 30,
		},
		"the easier condition cannot be ended": {
			world: world{
				specs:  map[string]string{"set": twoConditions},
				nodes:  []node{{name: "a", cpu: 92, memory: 60}, {name: "b", cpu: 5, memory: 5}},
				pods:   join(pods("p", 5, pod{node: "a", cpu: 4, memory: 2}), []pod{{name: "m", node: "a", cpu: 1, memory: 30}}),
				reject: func(pod *corev1.Pod, _ string) bool { return pod.Name == "m" },
			},
			want: []string{"p0", "p1", "p2"}, after: 80, passed: map[string]reason.Code{"m": "NoNode"},
		},
		"one of two conditions will not hold for long": {
			world: world{
				specs: map[string]string{"set": twoConditions},
				nodes: []node{{name: "a", cpu: 92, memory: 60}, {name: "b", cpu: 5, memory: 5}},
				pods:  join(pods("p", 5, pod{node: "a", cpu: 4, memory: 2}), []pod{{name: "m", node: "a", cpu: 1, memory: 30, terminating: true}}),
			},
			held: plan.GoalReached, after: 30,
		},
		"budget of the node": {
			world: world{
				specs: cpuLine("90%", "60%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods:   pods("p", 9, pod{node: "a", cpu: 10}),
				config: func(c *v1alpha1.DeschedulerConfiguration) { c.Budgets.PerNode.Evictions = 2 },
			},
			want: []string{"p0", "p1"}, after: 75, passed: map[string]reason.Code{"p2": budget.NodeBudget, "p8": budget.NodeBudget},
		},
		"budget of a workload": {
			world: world{
				specs: cpuLine("90%", "65%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods:   join(pods("p", 6, pod{node: "a", cpu: 10, workload: "web"}), pods("q", 2, pod{node: "a", cpu: 9})),
				config: func(c *v1alpha1.DeschedulerConfiguration) { c.Budgets.PerWorkload.Evictions = 2 },
			},
			want: []string{"p0", "p1", "q0", "q1"}, after: 57, passed: map[string]reason.Code{"p2": budget.WorkloadBudget, "p5": budget.WorkloadBudget},
		},
		"the last that is ready": {
			world: world{
				specs: cpuLine("90%", "55%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods: pods("p", 4, pod{node: "a", cpu: 10, workload: "web"}),
			},
			want: []string{"p0", "p1", "p2"}, after: 65, passed: map[string]reason.Code{"p3": plan.LastReady},
		},
		"no more than a PodDisruptionBudget allows": {
			world: world{
				specs: cpuLine("90%", "60%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods: pods("p", 4, pod{node: "a", cpu: 10, labels: map[string]string{"app": "web"}}),
				budgets: []*policyv1.PodDisruptionBudget{{
					ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
					Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
					Status:     policyv1.PodDisruptionBudgetStatus{DisruptionsAllowed: 2},
				}},
			},
			want: []string{"p0", "p1"}, after: 75, passed: map[string]reason.Code{"p2": plan.DisruptionsUsed, "p3": plan.DisruptionsUsed},
		},
		"pods that cannot help": {
			world: world{
				specs: map[string]string{"set": `{podSelector: {matchLabels: {app: web}}, metrics: [{name: cpu, query: up, resource: cpu}],
					rules: [{name: line, when: [{metric: cpu, above: 90%, clear: 85%}], evict: {}}]}`},
				nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods: []pod{
					{name: "foreign", node: "a", cpu: 40}, {name: "unknown", node: "a", unknown: true, labels: web}, {name: "idle", node: "a", labels: web},
					{name: "blocked", node: "a", cpu: 30, labels: web}, {name: "web", node: "a", cpu: 20, labels: web},
				},
				blocked: map[string]reason.Reason{"blocked": reason.New("Backoff", "later")},
			},
			want: []string{"web"}, after: 75,
			passed: map[string]reason.Code{"foreign": plan.NotGoverned, "unknown": plan.ShareUnknown, "idle": plan.NoShare, "blocked": "Backoff"},
		},
		"less is likely": {
			world: world{ // 95 is measured, and 6 of that belong to a pod that has left
				specs: cpuLine("90%", "90%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods: pods("p", 4, pod{node: "a", cpu: 10}), likely: map[string]float64{"a": -6},
			},
			held: plan.GoalReached, after: 89,
		},
		"more is only likely": {
			world: world{
				specs: cpuLine("90%", "85%", "OverRequest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 5}},
				pods: pods("p", 4, pod{node: "a", cpu: 10}), likely: map[string]float64{"a": 9},
			},
			want: []string{"p0"}, after: 85,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := tc.world.input(t)
			made, err := plan.Make(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if want := append([]string{}, tc.want...); !cmp.Equal(want, evicted(made)) {
				t.Errorf("(-want +got)\n%s", cmp.Diff(want, evicted(made)))
			}
			if moved := in.Fit.(*fitter).moved; !slices.Equal(moved, evicted(made)) {
				t.Errorf("the fitter holds room for %v, which is more than the evictions need", moved)
			}
			if len(made.Nodes) != 1 {
				t.Fatalf("got %d nodes, want a alone", len(made.Nodes))
			}
			got := made.Nodes[0]
			if got.Held.Code != tc.held {
				t.Errorf("got held %v, want %q", got.Held, tc.held)
			}
			if diff := got.After - tc.after/100; diff > 1e-9 || diff < -1e-9 {
				t.Errorf("got %v after, want %v%%", got.After, tc.after)
			}
			passed := codes(got)
			for pod, want := range tc.passed {
				if passed[pod] != want {
					t.Errorf("got pod %s passed for %q, want %q", pod, passed[pod], want)
				}
			}
		})
	}
}

const twoConditions = `{metrics: [{name: cpu, query: up, resource: cpu}, {name: memory, query: up, resource: memory}], rules: [
	{name: line, when: [{metric: cpu, above: 90%, clear: 80%}, {metric: memory, above: 50%, clear: 40%}], reject: {}, evict: {}}]}`

var web = map[string]string{"app": "web"}
