// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	twoRules = `{metrics: [{name: cpu, query: up, resource: cpu}, {name: memory, query: up, resource: memory}], rules: [
		{name: cpu-line, when: [{metric: cpu, above: 80%%, clear: 70%%}], reject: {}, evict: {}},
		{name: memory-line, when: [{metric: memory, above: 80%%, clear: %s}], reject: {}, evict: {}}]}`
	steps  = `{metrics: [{name: heat, query: up}, {name: cpu, query: up, resource: cpu}], rules: [{name: line, when: [{metric: heat, above: 70, clear: 60}], reject: {}, evict: %s}]}`
	stalls = `{metrics: [{name: psi, builtin: cpu-pressure}], rules: [{name: line, when: [{metric: psi, above: 30%}], reject: {}, evict: {step: 3}}]}`
)

// What leaves by one rule is gone for the next.
func TestTwoRulesOnOneNode(t *testing.T) {
	w := world{
		specs: map[string]string{"set": strings.ReplaceAll(strings.ReplaceAll(twoRules, "%%", "%"), "%s", "70%")},
		nodes: []node{{name: "a", cpu: 95, memory: 85}, {name: "b", cpu: 5, memory: 5}},
		pods:  []pod{{name: "both", node: "a", cpu: 30, memory: 10}, {name: "memory", node: "a", memory: 6}, {name: "more", node: "a", memory: 7}},
	}
	made := w.make(t)
	if want := []string{"both", "more"}; !cmp.Equal(want, evicted(made)) {
		t.Errorf("(-want +got)\n%s", cmp.Diff(want, evicted(made)))
	}
	if got := made.Nodes[1]; got.Value < 0.75-1e-9 || got.Value > 0.75+1e-9 || got.Rule.Rule != "memory-line" || codes(got)["both"] != plan.Leaving {
		t.Errorf("got %+v, want the second rule to begin at 75%% without the pod", got)
	}
	w.specs["set"] = strings.ReplaceAll(strings.ReplaceAll(twoRules, "%%", "%"), "%s", "75%")
	made = w.make(t)
	if got := made.Nodes[1].Held.Code; got != plan.GoalReached || len(made.Evictions) != 1 {
		t.Errorf("got held %q and %v, want the first rule to do for both", got, evicted(made))
	}
	w.nodes[0].cpu = 98 // saturated, so that one pod goes by all rules
	w.specs["set"] = strings.ReplaceAll(strings.ReplaceAll(twoRules, "%%", "%"), "%s", "70%")
	made = w.make(t)
	if got := made.Nodes[1].Held.Code; got != plan.OneAtATime || len(made.Evictions) != 1 {
		t.Errorf("got held %q and %v, want one pod off a saturated node", got, evicted(made))
	}
}

// A set that only observes plans what it would do, on what the others leave, and
// takes nothing from them.
func TestObservedRules(t *testing.T) {
	w := world{
		specs: map[string]string{
			// The first by name, and on the worse node.
			"a-observer": "{mode: Observe, metrics: [{name: cpu, query: up, resource: cpu}], rules: [{name: line, when: [{metric: cpu, above: 60%, clear: 50%}], evict: {}}]}",
			"set":        cpuLine("80%", "75%", "OverRequest")["set"],
		},
		nodes:  []node{{name: "a", cpu: 94}, {name: "b", cpu: 81}, {name: "c", cpu: 5}},
		pods:   join(pods("a", 6, pod{node: "a", cpu: 10}), pods("b", 4, pod{node: "b", cpu: 10})),
		config: func(c *v1alpha1.DeschedulerConfiguration) { c.Budgets.PerCluster.Evictions = 5 },
	}
	made := w.make(t)
	var enforced, observed []string
	for _, eviction := range made.Evictions {
		if eviction.Record.DryRun != eviction.Record.Observed {
			t.Errorf("got %+v, want dry run where observed alone", eviction.Record)
		}
		if eviction.Record.DryRun {
			observed = append(observed, eviction.Pod.Name)
		} else {
			enforced = append(enforced, eviction.Pod.Name)
		}
	}
	// a: 94 - 2*10 <= 75. For the observer c, then at 35, has room for one below 50.
	if want := []string{"a0", "a1", "b0"}; !cmp.Equal(want, enforced) {
		t.Errorf("enforced (-want +got)\n%s", cmp.Diff(want, enforced))
	}
	if want := []string{"a2"}; !cmp.Equal(want, observed) {
		t.Errorf("observed (-want +got)\n%s", cmp.Diff(want, observed))
	}
	delete(w.specs, "a-observer")
	if alone := w.make(t); !cmp.Equal(enforced, evicted(alone)) {
		t.Errorf("without the observer (-want +got)\n%s", cmp.Diff(enforced, evicted(alone)))
	}
}

// The line of a set that only observes closes no node to others.
func TestObservedLineIsNone(t *testing.T) {
	w := world{
		specs: map[string]string{
			"a-observer": "{mode: Observe, metrics: [{name: cpu, query: up, resource: cpu}], rules: [{name: line, when: [{metric: cpu, above: 30%, clear: 20%}], reject: {}}]}",
			"set":        cpuLine("80%", "75%", "OverRequest")["set"],
		},
		nodes: []node{{name: "a", cpu: 85}, {name: "b", cpu: 25}}, pods: pods("p", 2, pod{node: "a", cpu: 10}),
	}
	if made := w.make(t); !cmp.Equal(evicted(made), []string{"p0"}) {
		t.Errorf("got %v, want p0", evicted(made))
	}
}

// What was planned for observation is not planned again at each turn, and keeps no
// rule from acting.
func TestObservedRecords(t *testing.T) {
	w := world{
		specs: cpuLine("80%", "75%", "OverRequest"), nodes: []node{{name: "a", cpu: 94}, {name: "b", cpu: 10}}, pods: pods("p", 6, pod{node: "a", cpu: 10}),
		history: []history.Record{{
			Pod: history.Pod{Namespace: "shop", Name: "p0", UID: "p0"}, Node: "a", DryRun: true, Observed: true, Planned: start.Add(-time.Minute), Window: metav1.Duration{Duration: window},
		}},
	}
	if made := w.make(t); len(made.Evictions) != 2 {
		t.Errorf("got %v, want two", evicted(made))
	}
	w.specs["set"] = "{mode: Observe, " + strings.TrimPrefix(w.specs["set"], "{")
	if made := w.make(t); len(made.Evictions) != 0 || made.Nodes[0].Held.Code != budget.NodeInFlight {
		t.Errorf("got %v and held %v, want none", evicted(made), made.Nodes[0].Held)
	}
}

func TestStep(t *testing.T) {
	hot := []node{{name: "a", heat: 75, cpu: 50}, {name: "b", heat: 40, cpu: 10}}
	cases := map[string]struct {
		evict  string
		world  world
		want   []string
		passed map[string]reason.Code
	}{
		"the most requested cores first": {
			evict: "{}", world: world{pods: []pod{{name: "p1", request: 1}, {name: "p3", request: 3}, {name: "p2", request: 2}}},
			want: []string{"p3"}, passed: map[string]reason.Code{"p1": plan.LaterStep, "p2": plan.LaterStep},
		},
		"two at a time, by memory": {
			evict: "{step: 2, orderBy: requests.memory}", world: world{pods: []pod{{name: "p1", requestMemory: 1, request: 9}, {name: "p3", requestMemory: 3}, {name: "p2", requestMemory: 2}}},
			want: []string{"p3", "p2"},
		},
		"by a metric": {
			evict: "{step: 3, orderBy: cpu}", world: world{pods: []pod{{name: "p1", cpu: 1, request: 9}, {name: "p3", cpu: 3}, {name: "unknown", unknown: true}, {name: "p2", cpu: 2}}},
			want: []string{"p3", "p2", "p1"},
		},
		"equal ones by priority, then by name": {
			evict: "{step: 2}", world: world{pods: []pod{{name: "p1", priority: 7}, {name: "p3"}, {name: "p2"}}},
			want: []string{"p2", "p3"},
		},
		"the next where one does not fit": {
			evict: "{}", world: world{
				pods: []pod{{name: "p1", request: 1}, {name: "p2", request: 2}}, reject: func(pod *corev1.Pod, _ string) bool { return pod.Name == "p2" },
			},
			want: []string{"p1"}, passed: map[string]reason.Code{"p2": "NoNode"},
		},
		"no other node is clear": {
			evict: "{}", world: world{pods: []pod{{name: "p1"}}, nodes: []node{hot[0], {name: "b", heat: 65}, {name: "c", heat: 71}}, fixed: map[string]string{"p1": "c"}},
			want: []string{}, passed: map[string]reason.Code{"p1": plan.DestinationNotClear},
		},
		"budget": {
			evict: "{step: 3}", world: world{pods: pods("p", 3, pod{}), config: func(c *v1alpha1.DeschedulerConfiguration) { c.Budgets.PerNamespace.Evictions = 1 }},
			want: []string{"p0"}, passed: map[string]reason.Code{"p1": budget.NamespaceBudget, "p2": budget.NamespaceBudget},
		},
		"all, those of the highest priority first": {
			evict: "{all: true}", world: world{pods: []pod{{name: "p1"}, {name: "p3", priority: 5}, {name: "p2"}, {name: "bare", bare: true}}},
			want: []string{"p3", "p1", "p2"}, passed: map[string]reason.Code{"bare": "Bare"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.world.specs = map[string]string{"set": strings.ReplaceAll(steps, "%s", tc.evict)}
			if tc.world.nodes == nil {
				tc.world.nodes = hot
			}
			for i := range tc.world.pods {
				tc.world.pods[i].node = "a"
			}
			made := tc.world.make(t)
			if !cmp.Equal(tc.want, evicted(made)) {
				t.Errorf("(-want +got)\n%s", cmp.Diff(tc.want, evicted(made)))
			}
			passed := codes(made.Nodes[0])
			for pod, want := range tc.passed {
				if passed[pod] != want {
					t.Errorf("got pod %s passed for %q, want %q", pod, passed[pod], want)
				}
			}
		})
	}
}

// How much more load a node that is below a line needs is not for evictions to say:
// pods go step by step.
func TestBelow(t *testing.T) {
	w := world{
		specs: map[string]string{"set": `{metrics: [{name: cpu, query: up, resource: cpu}], rules: [{name: line, when: [{metric: cpu, below: 30%, clear: 40%}], evict: {}}]}`},
		nodes: []node{{name: "a", cpu: 20}, {name: "b", cpu: 60}}, pods: pods("p", 3, pod{node: "a", cpu: 5}), fixed: map[string]string{"p0": "b"},
	}
	if made := w.make(t); !cmp.Equal(evicted(made), []string{"p0"}) || !cmp.Equal(made.Nodes[0].After, 0.15, nearly) {
		t.Errorf("got %v and %v after, want p0 alone", evicted(made), made.Nodes[0].After)
	}
}

// Pressure says that pods want more than they get: one at a time, whatever the step.
func TestPressure(t *testing.T) {
	w := world{specs: map[string]string{"set": stalls}, nodes: []node{{name: "a", psi: 0.5}, {name: "b", psi: 0.1}}, pods: pods("p", 3, pod{node: "a"})}
	made := w.make(t)
	if len(made.Evictions) != 1 || !made.Evictions[0].Record.Saturated {
		t.Errorf("got %v, want one, off a saturated node", evicted(made))
	}
}

func TestRecord(t *testing.T) {
	w := world{
		specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 94}, {name: "b", cpu: 20}},
		pods: []pod{{name: "p8", node: "a", cpu: 8, request: 2}, {name: "p7", node: "a", cpu: 7}, {name: "p1", node: "a", cpu: 1}},
	}
	made := w.make(t)
	want := []history.Record{
		{
			Pod: history.Pod{Namespace: "shop", Name: "p7", UID: "p7"}, Workload: projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "p7"}, Node: "a",
			Rule: verdict.RuleKey{Set: "set", Rule: "line"}, Planned: start, Window: metav1.Duration{Duration: window}, Effect: history.EffectPending,
			Before: history.Before{Metric: "cpu", Value: 0.94, Threshold: 0.9, Clear: 0.8, Measured: start.Add(-5 * time.Second), Share: 0.07,
				Why: "uses 7 cores and requests nothing, the most of those that can be moved; one of 2 that suffice, and none of them is superfluous"},
			Predicted: history.Predicted{SourceAfter: 0.87, Destination: "b", DestinationBefore: 0.2, DestinationAfter: 0.27},
			Others:    []history.Other{{Namespace: "shop", Name: "p1", Share: 0.01, Why: plan.NotNeeded}},
		},
		{
			Pod: history.Pod{Namespace: "shop", Name: "p8", UID: "p8"}, Workload: projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "p8"}, Node: "a",
			Rule: verdict.RuleKey{Set: "set", Rule: "line"}, Planned: start, Window: metav1.Duration{Duration: window}, Effect: history.EffectPending,
			Before: history.Before{Metric: "cpu", Value: 0.94, Threshold: 0.9, Clear: 0.8, Measured: start.Add(-5 * time.Second), Share: 0.08,
				Why: "uses 6 cores above its request of 2 cores; one of 2 that suffice, and none of them is superfluous"},
			Predicted: history.Predicted{SourceAfter: 0.79, Destination: "b", DestinationBefore: 0.27, DestinationAfter: 0.35},
			Others:    []history.Other{{Namespace: "shop", Name: "p1", Share: 0.01, Why: plan.NotNeeded}},
		},
	}
	var got []history.Record
	for _, eviction := range made.Evictions {
		got = append(got, eviction.Record)
	}
	if diff := cmp.Diff(want, got, nearly); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	w.config = func(c *v1alpha1.DeschedulerConfiguration) { c.DryRun = ptr.To(true) }
	dry := w.make(t)
	for i := range want {
		want[i].DryRun = true
		got[i] = dry.Evictions[i].Record
	}
	if diff := cmp.Diff(want, got, nearly); diff != "" {
		t.Errorf("in dry run (-want +got)\n%s", diff)
	}
}

var nearly = cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })

func TestHeldNodes(t *testing.T) {
	over := func() world {
		return world{specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 94}, {name: "b", cpu: 20}}, pods: pods("p", 3, pod{node: "a", cpu: 20})}
	}
	t.Run("in flight", func(t *testing.T) {
		w := over()
		w.history = []history.Record{{Node: "a", Planned: start.Add(-time.Minute), Window: metav1.Duration{Duration: window}}}
		in := w.input(t)
		made, err := plan.Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := made.Nodes[0]; got.Held.Code != budget.NodeInFlight || len(got.Passed) > 0 || len(made.Evictions) > 0 {
			t.Errorf("got %+v, want the node held", got)
		}
		if asked := in.Fit.(*fitter).asked; len(asked) > 0 {
			t.Errorf("asked the scheduler about %v", asked)
		}
	})
	t.Run("gone", func(t *testing.T) {
		w := over()
		in := w.input(t)
		in.Cluster = cluster.New(cluster.Objects{})
		made, err := plan.Make(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		if got := made.Nodes[0].Held.Code; got != plan.NodeGone || len(made.Evictions) > 0 {
			t.Errorf("got held %q, want NodeGone", got)
		}
	})
	t.Run("of unknown capacity", func(t *testing.T) {
		w := over()
		w.incapable = "a"
		made := w.make(t)
		if got := made.Nodes[0].Held.Code; got != plan.ShareUnknown || len(made.Evictions) > 0 {
			t.Errorf("got held %q and evictions %v, want ShareUnknown and none", got, evicted(made))
		}
	})
	t.Run("cordoned", func(t *testing.T) {
		w := over()
		w.nodes[0].cordoned = true
		if made := w.make(t); len(made.Evictions) != 1 {
			t.Errorf("got %v, want one", evicted(made))
		}
	})
}

func TestFailures(t *testing.T) {
	w := world{specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "a", cpu: 94}, {name: "b", cpu: 20}}, pods: pods("p", 3, pod{node: "a", cpu: 20})}
	w.failing = errors.New("broken")
	made := w.make(t)
	if got := codes(made.Nodes[0])["p0"]; got != plan.FitFailed || len(made.Evictions) > 0 {
		t.Errorf("got %q, want FitFailed", got)
	}
	w.failing = nil
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := plan.Make(ctx, w.input(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context has ended", err)
	}
}

// The scheduler is asked a bounded number of times, whatever does not fit.
func TestTriesAreBounded(t *testing.T) {
	w := world{specs: cpuLine("90%", "80%", "OverRequest"), nodes: []node{{name: "z", cpu: 5}}, reject: func(*corev1.Pod, string) bool { return true }}
	for _, n := range pods("n", 40, pod{}) {
		w.nodes = append(w.nodes, node{name: n.name, cpu: 94})
		w.pods = append(w.pods, pods(n.name+"-", 70, pod{node: n.name, cpu: 1})...)
	}
	in := w.input(t)
	made, err := plan.Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	byNode := map[string]int{}
	for _, asked := range in.Fit.(*fitter).asked {
		byNode[strings.Split(asked, "-")[0]]++
	}
	if asked := len(in.Fit.(*fitter).asked); asked > 250 || len(byNode) != 40 {
		t.Errorf("asked %d times about the pods of %d nodes, want 250 at most about all 40", asked, len(byNode))
	}
	if len(made.Evictions) != 0 || len(made.Nodes[0].Passed) > 20 {
		t.Errorf("got %v, and %d passed", evicted(made), len(made.Nodes[0].Passed))
	}
	w.nodes, w.pods = w.nodes[:2], w.pods[:70]
	in = w.input(t)
	if made, err = plan.Make(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	if asked := len(in.Fit.(*fitter).asked); asked != 64 {
		t.Errorf("asked %d times about one node, want 64", asked)
	}
	if got := made.Nodes[0].Held.Message; !strings.Contains(got, "64 NoNode, 6 NotTried") {
		t.Errorf("got %q", got)
	}
}

// It is the condition that ends which the plan is about, even if another was to.
func TestConditionThatEnds(t *testing.T) {
	cases := map[string]struct {
		pods []pod
		// late is a pod that fits nowhere once another has been moved.
		late   string
		want   []string
		metric string
		after  float64
	}{
		"the first turns out too hard": {
			pods: join(pods("c", 2, pod{cpu: 6}), pods("m", 3, pod{memory: 7})), late: "c1",
			want: []string{"m0", "m1", "m2"}, metric: "memory", after: 0.39,
		},
		"both end": {
			pods: []pod{{name: "both", cpu: 30, memory: 21}}, want: []string{"both"}, metric: "memory", after: 0.39,
		},
		"the other ends on the way": {
			pods: []pod{{name: "x", cpu: 12, request: 12, memory: 12}, {name: "y", memory: 9}, {name: "w0", cpu: 5}, {name: "w1", cpu: 4}, {name: "w2", cpu: 4}}, late: "y",
			want: []string{"x"}, metric: "cpu", after: 0.80,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := world{specs: map[string]string{"set": twoConditions}, nodes: []node{{name: "a", cpu: 92, memory: 60}, {name: "b", cpu: 1, memory: 1}}, pods: tc.pods}
			for i := range w.pods {
				w.pods[i].node = "a"
			}
			in := w.input(t)
			fit := in.Fit.(*fitter)
			w.reject = func(pod *corev1.Pod, _ string) bool { return pod.Name == tc.late && len(fit.moved) > 0 }
			made, err := plan.Make(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if !cmp.Equal(tc.want, evicted(made)) {
				t.Errorf("(-want +got)\n%s", cmp.Diff(tc.want, evicted(made)))
			}
			if got := made.Nodes[0]; got.Metric != tc.metric || !cmp.Equal(got.After, tc.after, nearly) {
				t.Errorf("got %s at %v after it, want %s at %v", got.Metric, got.After, tc.metric, tc.after)
			}
			if got := made.Evictions[0].Record; got.Before.Metric != tc.metric {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// A choice that does not work out on top of what is carried out leaves nothing that
// is superfluous.
func TestMovesThatTurnOutSuperfluous(t *testing.T) {
	w := world{
		specs: cpuLine("90%", "80%", "Fewest"), nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: 1}, {name: "c", cpu: 70}},
		pods: []pod{{name: "p8", node: "a", cpu: 8}, {name: "p9", node: "a", cpu: 9}, {name: "p50", node: "a", cpu: 50, priority: 1}},
		// p8 fits with p9 nowhere, as by an anti-affinity, which shows only once p9 is placed.
	}
	in := w.input(t)
	fit := in.Fit.(*fitter)
	w.reject = func(pod *corev1.Pod, _ string) bool { return pod.Name == "p8" && len(fit.moved) > 0 }
	made, err := plan.Make(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"p50"}; !cmp.Equal(want, evicted(made)) {
		t.Errorf("(-want +got)\n%s", cmp.Diff(want, evicted(made)))
	}
	if got := codes(made.Nodes[0]); got["p9"] != plan.NotNeeded || got["p8"] != "NoNode" {
		t.Errorf("got %v", got)
	}
}
