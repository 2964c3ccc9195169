// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const staleAfter = 90 * time.Second

var start = time.Unix(1_800_000_000, 0)

// set reads the spec of a rule set named "set".
func set(t testing.TB, spec string) *verdict.Set { return namedSet(t, "set", spec) }

func namedSet(t testing.TB, name, spec string) *verdict.Set {
	t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: " + name + "}\nspec: " + spec))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := verdict.NewSet(rules, staleAfter)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func line(condition string) string {
	return "{metrics: [{name: m, query: up}, {name: k, query: up}], rules: [{name: line, when: [" + condition + "], reject: {}}]}"
}

// evaluate judges nodes by one metric "m" (and "k", where given) at a time.
func evaluate(now time.Time, previous *verdict.Snapshot, sets []*verdict.Set, metrics map[string]verdict.Samples, nodes ...string) *verdict.Snapshot {
	samples := map[verdict.MetricKey]verdict.Samples{}
	for metric, byNode := range metrics {
		for _, set := range []string{"set", "other"} {
			samples[verdict.MetricKey{Set: set, Metric: metric}] = byNode
		}
	}
	return verdict.Evaluate(verdict.Input{Now: now, Nodes: nodesNamed(nodes), Sets: sets, Samples: samples, Previous: previous})
}

// nodesNamed have the label "pool" with the first letter of their name.
func nodesNamed(names []string) []verdict.Node {
	nodes := make([]verdict.Node, 0, len(names))
	for _, name := range names {
		nodes = append(nodes, verdict.Node{Name: name, Labels: labels.Set{"pool": name[:1]}})
	}
	return nodes
}

func at(now time.Time, value float64) verdict.Samples {
	return verdict.Samples{"a": {Value: value, Time: now}}
}

func refuses(snapshot *verdict.Snapshot, node string) bool {
	return snapshot.Sets[0].Rules[0].Refuses(snapshot.Index(node))
}

// Each case is a series of values on one node, one per tick, and after each of
// them whether the node is refused.
func TestConditionStates(t *testing.T) {
	missing := math.NaN()
	cases := map[string]struct {
		condition string
		values    []float64
		want      []bool
	}{
		"above is strictly greater":       {"{metric: m, above: 90%}", []float64{0.9, 0.9001, 0.9, 0.91}, []bool{false, true, false, true}},
		"below is strictly less":          {"{metric: m, below: 10}", []float64{10, 9.99, 10}, []bool{false, true, false}},
		"equals is exact":                 {"{metric: m, equals: 1}", []float64{0.999, 1, 1.001}, []bool{false, true, false}},
		"in the band the state stays":     {"{metric: m, above: 90%, clear: 85%}", []float64{0.89, 0.95, 0.88, 0.85, 0.8499, 0.89, 0.91}, []bool{false, true, true, true, false, false, true}},
		"a band below":                    {"{metric: m, below: 10, clear: 20}", []float64{15, 9, 15, 20, 20.1, 15}, []bool{false, true, true, true, false, false}},
		"clear at the threshold: no band": {"{metric: m, above: 90%, clear: 90%}", []float64{0.95, 0.9}, []bool{true, false}},
		"missing refuses nothing, and keeps the state for later": {
			"{metric: m, above: 90%, clear: 85%}", []float64{0.95, missing, 0.88, missing, 0.84, missing, 0.88}, []bool{true, false, true, false, false, false, false},
		},
		"infinite is missing":       {"{metric: m, above: 90%}", []float64{math.Inf(1), 0.95, math.Inf(-1)}, []bool{false, true, false}},
		"negative values":           {"{metric: m, above: -5}", []float64{-4, -5, -6}, []bool{true, false, false}},
		"around the line, in a row": {"{metric: m, above: 80%, clear: 75%}", []float64{0.799, 0.801, 0.799, 0.801, 0.799}, []bool{false, true, true, true, true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var snapshot *verdict.Snapshot
			sets := []*verdict.Set{set(t, line(tc.condition))}
			var got []bool
			for i, value := range tc.values {
				now := start.Add(time.Duration(i) * 15 * time.Second)
				snapshot = evaluate(now, snapshot, sets, map[string]verdict.Samples{"m": at(now, value)}, "a")
				got = append(got, refuses(snapshot, "a"))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

// All conditions must hold, and a condition that is known not to hold wins over
// one that is not known.
func TestConditionsCombine(t *testing.T) {
	const both = "{metric: m, above: 0.5}, {metric: k, above: 0.5}"
	yes, no, unknown := 1.0, 0.0, math.NaN()
	cases := map[string]struct {
		m, k      float64
		want      bool
		wantState verdict.State
	}{
		"both":                 {m: yes, k: yes, want: true, wantState: verdict.InForce},
		"first only":           {m: yes, k: no, wantState: verdict.OK},
		"second only":          {m: no, k: yes, wantState: verdict.OK},
		"neither":              {m: no, k: no, wantState: verdict.OK},
		"yes and unknown":      {m: yes, k: unknown, wantState: verdict.Unknown},
		"unknown and yes":      {m: unknown, k: yes, wantState: verdict.Unknown},
		"no and unknown":       {m: no, k: unknown, wantState: verdict.OK},
		"unknown and no":       {m: unknown, k: no, wantState: verdict.OK},
		"unknown, and unknown": {m: unknown, k: unknown, wantState: verdict.Unknown},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			sets := []*verdict.Set{set(t, line(both))}
			broken := evaluate(start, nil, sets, map[string]verdict.Samples{"m": at(start, yes), "k": at(start, yes)}, "a")
			snapshot := evaluate(start, broken, sets, map[string]verdict.Samples{"m": at(start, tc.m), "k": at(start, tc.k)}, "a")
			if got := refuses(snapshot, "a"); got != tc.want {
				t.Errorf("refused: got %v, want %v", got, tc.want)
			}
			state := verdict.InForce
			for _, change := range verdict.Changes(broken, snapshot) {
				state = change.State
			}
			if state != tc.wantState {
				t.Errorf("state: got %v, want %v", state, tc.wantState)
			}
		})
	}
}

func TestAge(t *testing.T) {
	cases := map[string]struct {
		spec string
		age  time.Duration
		want bool
	}{
		"fresh":                     {line("{metric: m, above: 1}"), 0, true},
		"just not stale":            {line("{metric: m, above: 1}"), staleAfter, true},
		"stale":                     {line("{metric: m, above: 1}"), staleAfter + time.Millisecond, false},
		"the metric's own limit":    {"{metrics: [{name: m, query: up, staleAfter: 5s}], rules: [{name: line, when: [{metric: m, above: 1}], reject: {}}]}", 6 * time.Second, false},
		"from a clock that is fast": {line("{metric: m, above: 1}"), -time.Minute, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			samples := map[string]verdict.Samples{"m": at(start.Add(-tc.age), 2)}
			if got := refuses(evaluate(start, nil, []*verdict.Set{set(t, tc.spec)}, samples, "a"), "a"); got != tc.want {
				t.Errorf("refused: got %v, want %v", got, tc.want)
			}
		})
	}
}

// State belongs to the set's name, the rule's name and the node's name; it
// starts anew when the conditions change.
func TestStateCarriesOver(t *testing.T) {
	band := line("{metric: m, above: 90%, clear: 80%}")
	cases := map[string]struct {
		after string
		nodes []string
		want  bool
	}{
		"same rule":                          {after: band, nodes: []string{"a"}, want: true},
		"node at another position":           {after: band, nodes: []string{"0", "1", "a"}, want: true},
		"metrics in another order":           {after: "{metrics: [{name: k, query: up}, {name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 0.9, clear: 0.8}], reject: {}}]}", nodes: []string{"a"}, want: true},
		"other selector":                     {after: "{podSelector: {matchLabels: {a: b}}, " + band[1:], nodes: []string{"a"}, want: true},
		"other clear":                        {after: line("{metric: m, above: 90%, clear: 81%}"), nodes: []string{"a"}},
		"other metric of the same threshold": {after: line("{metric: k, above: 90%, clear: 80%}"), nodes: []string{"a"}},
		"another condition":                  {after: line("{metric: m, above: 90%, clear: 80%}, {metric: k, above: 90%, clear: 80%}"), nodes: []string{"a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			hot := map[string]verdict.Samples{"m": at(start, 0.95), "k": at(start, 0.95)}
			inBand := map[string]verdict.Samples{"m": at(start, 0.85), "k": at(start, 0.85)}
			before := evaluate(start, nil, []*verdict.Set{set(t, band)}, hot, "a")
			if got := refuses(evaluate(start, before, []*verdict.Set{set(t, tc.after)}, inBand, tc.nodes...), "a"); got != tc.want {
				t.Errorf("refused in the band: got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestUnknownNode(t *testing.T) {
	snapshot := evaluate(start, nil, []*verdict.Set{set(t, line("{metric: m, above: 1}"))}, map[string]verdict.Samples{"m": at(start, 2)}, "a")
	if got := snapshot.Index("new"); got != verdict.NoNode {
		t.Errorf("index: got %d, want %d", got, verdict.NoNode)
	}
	if refuses(snapshot, "new") {
		t.Error("refuses a node that it has never seen")
	}
}

func TestSelects(t *testing.T) {
	const rest = "metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"
	cases := map[string]struct {
		spec string
		pod  verdict.Pod
		want bool
	}{
		"no selector selects all":    {"{" + rest, verdict.Pod{}, true},
		"empty selector selects all": {"{podSelector: {}, namespaceSelector: {}, priorityClassNames: [], " + rest, verdict.Pod{Labels: labels.Set{"app": "web"}}, true},
		"match":                      {"{podSelector: {matchLabels: {app: web}}, " + rest, verdict.Pod{Labels: labels.Set{"app": "web"}}, true},
		"no match":                   {"{podSelector: {matchLabels: {app: web}}, " + rest, verdict.Pod{Labels: labels.Set{"app": "db"}}, false},
		"expression":                 {"{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db]}]}, " + rest, verdict.Pod{Labels: labels.Set{"app": "db"}}, false},
		"namespace":                  {"{namespaceSelector: {matchLabels: {team: a}}, " + rest, verdict.Pod{NamespaceLabels: labels.Set{"team": "a"}}, true},
		"other namespace":            {"{namespaceSelector: {matchLabels: {team: a}}, " + rest, verdict.Pod{NamespaceLabels: labels.Set{"team": "b"}}, false},
		"priority class":             {"{priorityClassNames: [low, high], " + rest, verdict.Pod{PriorityClassName: "high"}, true},
		"other priority class":       {"{priorityClassNames: [low, high], " + rest, verdict.Pod{}, false},
		"one of two selectors":       {"{podSelector: {matchLabels: {app: web}}, priorityClassNames: [high], " + rest, verdict.Pod{PriorityClassName: "high"}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			snapshot := evaluate(start, nil, []*verdict.Set{set(t, tc.spec)}, nil)
			if got := snapshot.Sets[0].Selects(tc.pod); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// Each case is a series of values on one node, one every 15 s, and the state of
// the rule after each of them.
func TestTime(t *testing.T) {
	const (
		ok, pending, inForce, unknown = verdict.OK, verdict.Pending, verdict.InForce, verdict.Unknown
	)
	missing := math.NaN()
	cases := map[string]struct {
		rule      string // after its name and before its effects
		values    []float64
		want      []verdict.State
		wantEvict []bool // with evict: {for: 45s}
	}{
		"at once": {
			rule: "when: [{metric: m, above: 1}]", values: []float64{2, 1}, want: []verdict.State{inForce, ok}, wantEvict: []bool{false, false},
		},
		"for 30s is the third tick": {
			rule: "when: [{metric: m, above: 1}], for: 30s", values: []float64{2, 2, 2, 2, 0, 2},
			want: []verdict.State{pending, pending, inForce, inForce, ok, pending}, wantEvict: []bool{false, false, false, true, false, false},
		},
		"alternating never is": {
			rule: "when: [{metric: m, above: 1}], for: 15s", values: []float64{2, 0, 2, 0, 2}, want: []verdict.State{pending, ok, pending, ok, pending}, wantEvict: make([]bool, 5),
		},
		"in the band the time goes on": {
			rule: "when: [{metric: m, above: 1, clear: 0.5}], for: 30s", values: []float64{2, 0.7, 0.7, 0.7, 0.4},
			want: []verdict.State{pending, pending, inForce, inForce, ok}, wantEvict: []bool{false, false, false, true, false},
		},
		"a gap starts the time anew": {
			rule: "when: [{metric: m, above: 1}], for: 30s", values: []float64{2, 2, 2, missing, 2, 2, 2, 2},
			want: []verdict.State{pending, pending, inForce, unknown, pending, pending, inForce, inForce}, wantEvict: []bool{false, false, false, false, false, false, false, true},
		},
		"eviction never before the rule is in force": {
			rule: "when: [{metric: m, above: 1}], for: 60s", values: []float64{2, 2, 2, 2, 2},
			want: []verdict.State{pending, pending, pending, pending, inForce}, wantEvict: []bool{false, false, false, false, true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			sets := []*verdict.Set{set(t, "{metrics: [{name: m, query: up}], rules: [{name: line, "+tc.rule+", reject: {}, evict: {for: 45s}, labels: {hot: m}}]}")}
			var snapshot *verdict.Snapshot
			for i, value := range tc.values {
				now := start.Add(time.Duration(i) * 15 * time.Second)
				snapshot = evaluate(now, snapshot, sets, map[string]verdict.Samples{"m": at(now, value)}, "a")
				rule, node := snapshot.Sets[0].Rules[0], snapshot.Index("a")
				if got := rule.State(node); got != tc.want[i] {
					t.Errorf("tick %d: got %v, want %v", i, got, tc.want[i])
				}
				if got, want := rule.Refuses(node), tc.want[i] == inForce; got != want {
					t.Errorf("tick %d: refused: got %v, want %v", i, got, want)
				}
				if got := rule.EvictionDue(node); got != tc.wantEvict[i] {
					t.Errorf("tick %d: eviction due: got %v, want %v", i, got, tc.wantEvict[i])
				}
				if labels, _ := rule.Marks(node); (labels != nil) != (tc.want[i] == inForce) {
					t.Errorf("tick %d: labels: got %v in state %v", i, labels, tc.want[i])
				}
			}
		})
	}
}

func TestTimeStartsAnewWithAnotherFor(t *testing.T) {
	spec := func(duration string) []*verdict.Set {
		return []*verdict.Set{set(t, "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 1}], for: "+duration+", reject: {}}]}")}
	}
	later := start.Add(time.Minute)
	before := evaluate(start, nil, spec("30s"), map[string]verdict.Samples{"m": at(start, 2)}, "a")
	if !refuses(evaluate(later, before, spec("30s"), map[string]verdict.Samples{"m": at(later, 2)}, "a"), "a") {
		t.Error("the same rule: not in force after a minute")
	}
	if refuses(evaluate(later, before, spec("40s"), map[string]verdict.Samples{"m": at(later, 2)}, "a"), "a") {
		t.Error("the edited rule: in force without having held for 40s")
	}
}

// A value that has been in the band for as long as it is known refuses nothing,
// whatever the rule does about missing data, and evicts and marks nothing.
func TestUndecided(t *testing.T) {
	const (
		ok, inForce, undecided, unknown = verdict.OK, verdict.InForce, verdict.Undecided, verdict.Unknown
		// What m and k are in their bands, above and below them.
		in, over, under = 0.85, 0.95, 0.5
	)
	missing := math.NaN()
	cases := map[string]struct {
		m, k []float64
		want []verdict.State
	}{
		"until it rises above the threshold": {m: []float64{in, in, over, in}, want: []verdict.State{undecided, undecided, inForce, inForce}},
		"until it falls below clear":         {m: []float64{in, under, in}, want: []verdict.State{undecided, ok, ok}},
		"at the ends of the band":            {m: []float64{0.9, 0.8, 0.9}, want: []verdict.State{undecided, undecided, undecided}},
		"missing before it is decided":       {m: []float64{missing, in, missing, in}, want: []verdict.State{unknown, undecided, unknown, undecided}},
		"decided before it was missing":      {m: []float64{over, in, missing, in}, want: []verdict.State{inForce, inForce, unknown, inForce}},
		"the other condition holds":          {m: []float64{over, over}, k: []float64{in, over}, want: []verdict.State{undecided, inForce}},
		"the other condition does not hold":  {m: []float64{under, over}, k: []float64{in, in}, want: []verdict.State{ok, undecided}},
		"the other condition is missing":     {m: []float64{missing, missing}, k: []float64{in, under}, want: []verdict.State{undecided, ok}},
		"both":                               {m: []float64{in, over}, k: []float64{in, in}, want: []verdict.State{undecided, undecided}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			when := "{metric: m, above: 0.9, clear: 0.8}"
			if tc.k != nil {
				when += ", {metric: k, above: 0.9, clear: 0.8}"
			}
			sets := []*verdict.Set{set(t, "{metrics: [{name: m, query: up}, {name: k, query: up}], rules: [{name: line, when: ["+when+"], onMissing: Reject, reject: {}, evict: {}, labels: {hot: m}}]}")}
			var snapshot *verdict.Snapshot
			for i, want := range tc.want {
				samples := map[string]verdict.Samples{"m": at(start, tc.m[i])}
				if tc.k != nil {
					samples["k"] = at(start, tc.k[i])
				}
				snapshot = evaluate(start, snapshot, sets, samples, "a")
				rule := snapshot.Sets[0].Rules[0]
				if got := rule.State(0); got != want {
					t.Errorf("tick %d: got %v, want %v", i, got, want)
				}
				if got, refused := rule.Refuses(0), want == inForce || want == unknown; got != refused {
					t.Errorf("tick %d: refused: got %v in state %v", i, got, want)
				}
				if got := rule.EvictionDue(0); got != (want == inForce) {
					t.Errorf("tick %d: eviction due: got %v in state %v", i, got, want)
				}
				if labels, _ := rule.Marks(0); (labels != nil) != (want == inForce) {
					t.Errorf("tick %d: labels: got %v in state %v", i, labels, want)
				}
			}
		})
	}
}

// An edit, and a node that joins, begin without a past.
func TestUndecidedAnew(t *testing.T) {
	band := []*verdict.Set{set(t, line("{metric: m, above: 90%, clear: 80%}"))}
	wider := []*verdict.Set{set(t, line("{metric: m, above: 90%, clear: 70%}"))}
	hot := verdict.Samples{"a": {Value: 0.95, Time: start}}
	inBand := verdict.Samples{"a": {Value: 0.85, Time: start}, "new": {Value: 0.85, Time: start}}
	before := evaluate(start, nil, band, map[string]verdict.Samples{"m": hot}, "a")
	cases := map[string]struct {
		sets []*verdict.Set
		want map[string]verdict.State
	}{
		"as before": {sets: band, want: map[string]verdict.State{"a": verdict.InForce, "new": verdict.Undecided}},
		"edited":    {sets: wider, want: map[string]verdict.State{"a": verdict.Undecided, "new": verdict.Undecided}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			after := evaluate(start, before, tc.sets, map[string]verdict.Samples{"m": inBand}, "new", "a")
			got := map[string]verdict.State{}
			for _, node := range []string{"a", "new"} {
				got[node] = after.Sets[0].Rules[0].State(after.Index(node))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A node that nobody can measure is not missing: it counts nowhere. One that is
// measured all the same is judged like any other.
func TestExemptNodes(t *testing.T) {
	spec := "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 1}], onMissing: Reject, reject: {maxNodes: 50%}}], preferences: [{metric: m, prefer: Lower}]}"
	nodes := []verdict.Node{{Name: "cold"}, {Name: "hot"}, {Name: "fargate", Exempt: true}, {Name: "measured", Exempt: true}, {Name: "silent"}}
	samples := verdict.Samples{"cold": {Value: 0, Time: start}, "hot": {Value: 2, Time: start}, "measured": {Value: 4, Time: start}}
	snapshot := verdict.Evaluate(verdict.Input{
		Now: start, Nodes: nodes[:4], Sets: []*verdict.Set{set(t, spec)},
		Samples: map[verdict.MetricKey]verdict.Samples{{Set: "set", Metric: "m"}: samples},
	})
	rule := snapshot.Sets[0].Rules[0]
	got := map[string]verdict.State{}
	var candidates []int
	for _, node := range nodes[:4] {
		got[node.Name] = rule.State(snapshot.Index(node.Name))
		candidates = append(candidates, snapshot.Index(node.Name))
	}
	want := map[string]verdict.State{"cold": verdict.OK, "hot": verdict.InForce, "fargate": verdict.NotGoverned, "measured": verdict.InForce}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if !rule.Suspended { // two of three
		t.Error("the node that is exempt counts among the nodes that maxNodes is a share of")
	}
	if diff := cmp.Diff([]int64{100, 0, 50, 0}, verdict.Scores(snapshot.Sets, candidates, &verdict.Arrival{})); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	wantCoverage := []verdict.Coverage{{Metric: verdict.MetricKey{Set: "set", Metric: "m"}, Known: 3, Oldest: start}}
	if diff := cmp.Diff(wantCoverage, snapshot.Coverage()); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
}

func TestNewNodes(t *testing.T) {
	virtual := map[string]string{"type": "virtual-kubelet"}
	got := verdict.NewNodes([]*corev1.Node{
		{ObjectMeta: metav1.ObjectMeta{Name: "a"}}, {ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: virtual}},
	})
	want := []verdict.Node{{Name: "a"}, {Name: "b", Labels: virtual, Exempt: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCoverage(t *testing.T) {
	spec := "{nodeSelector: {matchLabels: {pool: a}}, metrics: [{name: m, query: up}, {name: k, query: up}], preferences: [{metric: m, prefer: Lower}, {metric: k, prefer: Lower}]}"
	old, stale := start.Add(-staleAfter), start.Add(-2*staleAfter)
	snapshot := evaluate(start, nil, []*verdict.Set{set(t, spec)}, map[string]verdict.Samples{
		"m": {"a1": {Value: 1, Time: start}, "a2": {Value: 1, Time: old}, "a3": {Value: 1, Time: stale}, "b1": {Value: 1, Time: stale}},
	}, "a1", "a2", "a3", "a4", "b1", "b2")
	want := []verdict.Coverage{
		{Metric: verdict.MetricKey{Set: "set", Metric: "m"}, Known: 2, Missing: 2, Oldest: old},
		{Metric: verdict.MetricKey{Set: "set", Metric: "k"}, Missing: 4},
	}
	if diff := cmp.Diff(want, snapshot.Coverage()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMissingDataCanReject(t *testing.T) {
	spec := "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 1}], onMissing: Reject, reject: {}, evict: {}, labels: {hot: m}, taint: {effect: NoSchedule}}]}"
	snapshot := evaluate(start, nil, []*verdict.Set{set(t, spec)}, map[string]verdict.Samples{"m": at(start, 0)}, "a", "b")
	rule := snapshot.Sets[0].Rules[0]
	if rule.Refuses(snapshot.Index("a")) || !rule.Refuses(snapshot.Index("b")) {
		t.Error("want the node without data refused, and the other not")
	}
	if rule.EvictionDue(snapshot.Index("b")) {
		t.Error("missing data evicts")
	}
	if labels, taint := rule.Marks(snapshot.Index("b")); labels != nil || taint != nil {
		t.Errorf("missing data marks the node: %v, %v", labels, taint)
	}
}

func TestMaxNodes(t *testing.T) {
	sample := func(value float64) verdict.Sample { return verdict.Sample{Value: value, Time: start} }
	spec := "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 1}], reject: {maxNodes: 50%}, taint: {effect: NoSchedule, maxNodes: 25%}}]PREFERENCES}"
	cases := map[string]struct {
		hot         int // of four nodes
		preferences string
		wantRefused int
		wantTainted int
		wantScores  []int64
	}{
		"one":                      {hot: 1, wantRefused: 1, wantTainted: 1},
		"half are not more":        {hot: 2, wantRefused: 2},
		"most":                     {hot: 3, wantScores: []int64{0, 0, 0, 100}},
		"most, with a preference":  {hot: 3, preferences: ", preferences: [{metric: m, prefer: Higher}]", wantScores: []int64{0, 0, 0, 1}},
		"all":                      {hot: 4, wantScores: []int64{0, 0, 0, 0}},
		"none":                     {hot: 0},
		"none, with a preference":  {hot: 0, preferences: ", preferences: [{metric: m, prefer: Lower}]", wantScores: []int64{100, 100, 100, 100}},
		"half, and the preference": {hot: 2, preferences: ", preferences: [{metric: m, prefer: Lower}]", wantRefused: 2, wantScores: []int64{0, 0, 100, 100}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			samples, nodes := verdict.Samples{}, []string{"a", "b", "c", "d"}
			for i, node := range nodes {
				samples[node] = sample(0)
				if i < tc.hot {
					samples[node] = sample(2)
				}
			}
			snapshot := evaluate(start, nil, []*verdict.Set{set(t, strings.Replace(spec, "PREFERENCES", tc.preferences, 1))}, map[string]verdict.Samples{"m": samples}, nodes...)
			rule, refused, tainted := snapshot.Sets[0].Rules[0], 0, 0
			var candidates []int
			for _, node := range nodes {
				i := snapshot.Index(node)
				candidates = append(candidates, i)
				if rule.Refuses(i) {
					refused++
				}
				if _, taint := rule.Marks(i); taint != nil {
					tainted++
				}
			}
			if refused != tc.wantRefused || rule.Refusing != refused {
				t.Errorf("refused: got %d nodes, counted %d, want %d", refused, rule.Refusing, tc.wantRefused)
			}
			if tainted != tc.wantTainted {
				t.Errorf("tainted: got %d nodes, want %d", tainted, tc.wantTainted)
			}
			if got, want := snapshot.Sets[0].Ranks(), tc.wantScores != nil; got != want {
				t.Fatalf("has a say in the order: got %v, want %v", got, want)
			}
			if tc.wantScores != nil {
				if diff := cmp.Diff(tc.wantScores, verdict.Scores(snapshot.Sets, candidates, &verdict.Arrival{})); diff != "" {
					t.Errorf("scores (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestObserveChangesNothing(t *testing.T) {
	spec := "{mode: Observe, " + line("{metric: m, above: 1}")[1:]
	snapshot := evaluate(start, nil, []*verdict.Set{set(t, spec)}, map[string]verdict.Samples{"m": at(start, 2)}, "a")
	if refuses(snapshot, "a") || snapshot.Sets[0].Rules[0].Refusing > 0 || snapshot.Sets[0].Ranks() {
		t.Error("a rule that only observes refuses or ranks")
	}
	changes := verdict.Changes(nil, snapshot)
	if len(changes) != 1 || !changes[0].Over || !changes[0].Observed {
		t.Errorf("changes: got %+v, want one that is observed", changes)
	}
}

func TestNodeSelector(t *testing.T) {
	spec := "{nodeSelector: {matchLabels: {pool: a}}, metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 1}], onMissing: Reject, reject: {maxNodes: 50%}}], preferences: [{metric: m, prefer: Lower}]}"
	samples := verdict.Samples{"a1": {Value: 2, Time: start}, "a2": {Value: 0, Time: start}, "b1": {Value: 9, Time: start}}
	snapshot := evaluate(start, nil, []*verdict.Set{set(t, spec)}, map[string]verdict.Samples{"m": samples}, "a1", "a2", "b1", "b2")
	var refused []string
	var candidates []int
	for _, node := range []string{"a1", "a2", "b1", "b2"} {
		candidates = append(candidates, snapshot.Index(node))
		if refuses(snapshot, node) {
			refused = append(refused, node)
		}
	}
	if diff := cmp.Diff([]string{"a1"}, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	// The range is that of the governed nodes, 0 to 2.
	if diff := cmp.Diff([]int64{0, 100, 50, 50}, verdict.Scores(snapshot.Sets, candidates, &verdict.Arrival{})); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

func TestChangesAndRelaxed(t *testing.T) {
	key := verdict.RuleKey{Set: "set", Rule: "line"}
	base := line("{metric: m, above: 1}")
	hot, cool := verdict.Sample{Value: 2, Time: start}, verdict.Sample{Value: 0, Time: start}
	stale := verdict.Sample{Value: 2, Time: start.Add(-time.Hour)}
	cases := map[string]struct {
		before, after             verdict.Samples
		specAfter                 string // empty: deleted
		nodesAfter                []string
		wantRefused, wantNoLonger []string
		wantRelaxed               bool
	}{
		"nothing":              {before: verdict.Samples{"a": hot, "b": cool}, after: verdict.Samples{"a": hot, "b": cool}, specAfter: base, nodesAfter: []string{"a", "b"}},
		"one becomes hot":      {before: verdict.Samples{"a": hot, "b": cool}, after: verdict.Samples{"a": hot, "b": hot}, specAfter: base, nodesAfter: []string{"a", "b"}, wantRefused: []string{"b"}},
		"one cools":            {before: verdict.Samples{"a": hot, "b": hot}, after: verdict.Samples{"a": hot, "b": cool}, specAfter: base, nodesAfter: []string{"a", "b"}, wantNoLonger: []string{"b"}, wantRelaxed: true},
		"one cools, one heats": {before: verdict.Samples{"a": hot, "b": cool}, after: verdict.Samples{"a": cool, "b": hot}, specAfter: base, nodesAfter: []string{"b", "a"}, wantRefused: []string{"b"}, wantNoLonger: []string{"a"}, wantRelaxed: true},
		"goes stale":           {before: verdict.Samples{"a": hot}, after: verdict.Samples{"a": stale}, specAfter: base, nodesAfter: []string{"a"}, wantNoLonger: []string{"a"}, wantRelaxed: true},
		"hot node is gone":     {before: verdict.Samples{"a": hot}, after: verdict.Samples{}, specAfter: base, nodesAfter: []string{"b"}},
		"new node is hot":      {before: verdict.Samples{"a": cool}, after: verdict.Samples{"a": cool, "c": hot}, specAfter: base, nodesAfter: []string{"a", "c"}, wantRefused: []string{"c"}},
		"rule set deleted":     {before: verdict.Samples{"a": hot, "b": cool}, nodesAfter: []string{"a", "b"}, wantNoLonger: []string{"a"}, wantRelaxed: true},
		"set and node gone":    {before: verdict.Samples{"a": hot, "b": cool}, nodesAfter: []string{"b"}, wantRelaxed: true},
		"threshold raised":     {before: verdict.Samples{"a": hot}, after: verdict.Samples{"a": hot}, specAfter: line("{metric: m, above: 3}"), nodesAfter: []string{"a"}, wantNoLonger: []string{"a"}, wantRelaxed: true},
		"selects other pods":   {before: verdict.Samples{"a": hot}, after: verdict.Samples{"a": hot}, specAfter: "{podSelector: {matchLabels: {a: b}}, " + base[1:], nodesAfter: []string{"a"}, wantRelaxed: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			before := evaluate(start, nil, []*verdict.Set{set(t, base)}, map[string]verdict.Samples{"m": tc.before}, "a", "b")
			var sets []*verdict.Set
			if tc.specAfter != "" {
				sets = []*verdict.Set{set(t, tc.specAfter)}
			}
			after := evaluate(start, before, sets, map[string]verdict.Samples{"m": tc.after}, tc.nodesAfter...)
			var refused, noLonger []string
			for _, change := range verdict.Changes(before, after) {
				if change.Rule != key {
					t.Errorf("change of rule %v, want %v", change.Rule, key)
				}
				if change.Over {
					refused = append(refused, change.Node)
				} else {
					noLonger = append(noLonger, change.Node)
				}
			}
			if diff := cmp.Diff([][]string{tc.wantRefused, tc.wantNoLonger}, [][]string{refused, noLonger}); diff != "" {
				t.Errorf("refused and no longer refused (-want +got):\n%s", diff)
			}
			if got := verdict.Relaxed(before, after)[key]; got != tc.wantRelaxed {
				t.Errorf("relaxed: got %v, want %v", got, tc.wantRelaxed)
			}
		})
	}
}

func TestFirstSnapshotHasNothingRelaxed(t *testing.T) {
	snapshot := evaluate(start, nil, []*verdict.Set{set(t, line("{metric: m, above: 1}"))}, map[string]verdict.Samples{"m": at(start, 2)}, "a")
	if got := verdict.Relaxed(nil, snapshot); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	if got := verdict.Changes(nil, snapshot); len(got) != 1 || got[0].Node != "a" || got[0].Reading.Value != 2 {
		t.Errorf("changes: got %+v, want the refusal of node a at 2", got)
	}
}

func TestScores(t *testing.T) {
	sample := func(value float64) verdict.Sample { return verdict.Sample{Value: value, Time: start} }
	cases := map[string]struct {
		specs []string
		m, k  verdict.Samples
		nodes []string // candidates
		want  []int64
	}{
		"a fraction, lower": {
			// 100 * (1 - 0.25) = 75, 100 * (1 - 0.9) = 10
			specs: []string{"{metrics: [{name: m, builtin: memory}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(0.25), "b": sample(0.9)}, nodes: []string{"a", "b"}, want: []int64{75, 10},
		},
		"a fraction, higher": {
			specs: []string{"{metrics: [{name: m, builtin: cpu}], preferences: [{metric: m, prefer: Higher}]}"},
			m:     verdict.Samples{"a": sample(0.25), "b": sample(0.9)}, nodes: []string{"b", "a"}, want: []int64{90, 25},
		},
		"outside the range is clamped": {
			specs: []string{"{metrics: [{name: m, builtin: memory}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(1.3), "b": sample(-0.1)}, nodes: []string{"a", "b"}, want: []int64{0, 100},
		},
		"distances are kept between lowest and highest": {
			// Lowest 40, highest 50: 40.001 is a ten-thousandth of the way.
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(40), "b": sample(40.001), "c": sample(50)}, nodes: []string{"a", "b", "c"}, want: []int64{100, 100, 0},
		},
		"only candidates make the range": {
			// Lowest 10, highest 30: 100 * (30 - 20) / 20 = 50
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(10), "b": sample(20), "c": sample(30), "d": sample(1000)}, nodes: []string{"a", "b", "c"}, want: []int64{100, 50, 0},
		},
		"all equal": {
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(7), "b": sample(7)}, nodes: []string{"a", "b"}, want: []int64{100, 100},
		},
		"without the metric 0": {
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(7), "c": {Value: 1, Time: start.Add(-time.Hour)}}, nodes: []string{"a", "b", "c"}, want: []int64{100, 0, 0},
		},
		"a node newer than the snapshot": {
			specs: []string{"{metrics: [{name: m, builtin: memory}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(0.5)}, nodes: []string{"new", "a"}, want: []int64{0, 50},
		},
		"weights": {
			// (1*100 + 3*20) / 4 = 40; (1*0 + 3*50) / 4 = 37.5, rounded once to 38
			specs: []string{"{metrics: [{name: m, query: up}, {name: k, builtin: memory}], preferences: [{metric: m, prefer: Lower}, {metric: k, prefer: Lower, weight: 3}]}"},
			m:     verdict.Samples{"a": sample(1), "b": sample(2)}, k: verdict.Samples{"a": sample(0.8), "b": sample(0.5)}, nodes: []string{"a", "b"}, want: []int64{40, 38},
		},
		"near a target": {
			// 100 * (1 - |v - 0.6| / 0.6): 0.6 -> 100, 0.3 -> 50, 0.9 -> 50, 0 -> 0
			specs: []string{"{metrics: [{name: m, builtin: cpu}], preferences: [{metric: m, near: 60%}]}"},
			m:     verdict.Samples{"a": sample(0.6), "b": sample(0.3), "c": sample(0.9), "d": sample(0)}, nodes: []string{"a", "b", "c", "d"}, want: []int64{100, 50, 50, 0},
		},
		"near a target outside the range": {
			// 100 * (1 - |v - 30| / 30): 20 -> 67, 10 -> 33, 0 -> 0
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, near: 30, range: [0, 20]}]}"},
			m:     verdict.Samples{"a": sample(20), "b": sample(10), "c": sample(0)}, nodes: []string{"a", "b", "c"}, want: []int64{67, 33, 0},
		},
		"a range of its own": {
			// 100 * (80 - 60) / 40 = 50, 30 and 90 are clamped
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower, range: [40, 80]}]}"},
			m:     verdict.Samples{"a": sample(60), "b": sample(30), "c": sample(90)}, nodes: []string{"a", "b", "c"}, want: []int64{50, 100, 0},
		},
		"a query with a resource is a fraction": {
			specs: []string{"{metrics: [{name: m, query: up, resource: nvidia.com/gpu}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(0.25)}, nodes: []string{"a"}, want: []int64{75},
		},
		"several sets": {
			// (100 + 20) / 2 = 60, (0 + 50) / 2 = 25
			specs: []string{
				"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}",
				"{metrics: [{name: k, builtin: memory}], preferences: [{metric: k, prefer: Lower}]}",
			},
			m: verdict.Samples{"a": sample(1), "b": sample(2)}, k: verdict.Samples{"a": sample(0.8), "b": sample(0.5)}, nodes: []string{"a", "b"}, want: []int64{60, 25},
		},
		"beyond the range of a float64": {
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"},
			m:     verdict.Samples{"a": sample(-math.MaxFloat64), "b": sample(0), "c": sample(math.MaxFloat64)}, nodes: []string{"a", "b", "c"}, want: []int64{100, 50, 0},
		},
		"no candidates": {
			specs: []string{"{metrics: [{name: m, query: up}], preferences: [{metric: m, prefer: Lower}]}"}, want: []int64{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var sets []*verdict.Set
			for i, spec := range tc.specs {
				sets = append(sets, namedSet(t, []string{"set", "other"}[i], spec))
			}
			snapshot := evaluate(start, nil, sets, map[string]verdict.Samples{"m": tc.m, "k": tc.k}, "a", "b", "c", "d")
			candidates := make([]int, 0, len(tc.nodes))
			for _, node := range tc.nodes {
				candidates = append(candidates, snapshot.Index(node))
			}
			if diff := cmp.Diff(tc.want, verdict.Scores(snapshot.Sets, candidates, &verdict.Arrival{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An evaluation leaves the snapshot before as it was: cycles that pinned it are
// still reading it.
func TestSnapshotsAreImmutable(t *testing.T) {
	sets := []*verdict.Set{set(t, line("{metric: m, above: 1, clear: 0}"))}
	first := evaluate(start, nil, sets, map[string]verdict.Samples{"m": at(start, 2)}, "a")
	second := evaluate(start, first, sets, map[string]verdict.Samples{"m": at(start, -1)}, "a")
	if !refuses(first, "a") || refuses(second, "a") {
		t.Errorf("refused: got %v and then %v, want true and then false", refuses(first, "a"), refuses(second, "a"))
	}
	if first.Generation >= second.Generation {
		t.Errorf("generations: got %d and then %d", first.Generation, second.Generation)
	}
}

// Whatever the values are, and whatever is missing, a rule with a band comes into
// force only past its threshold, and ceases to be only past clear. In the band,
// and over a gap, it stays what it was, be that not known.
func FuzzBand(f *testing.F) {
	f.Add(byte(180), byte(10), false, []byte{0, 100, 200, 150, 88, 87})
	f.Add(byte(20), byte(30), true, []byte{60, 255, 10, 40, 255, 40, 60})
	f.Fuzz(func(t *testing.T, threshold, width byte, below bool, data []byte) {
		line, direction := float64(threshold)/200, 1.0 // in which the values are past it
		text := "above"
		if below {
			text, direction = "below", -1
		}
		limit := line - direction*float64(width)/200
		spec := fmt.Sprintf("{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, %s: %v, clear: %v}], reject: {}, evict: {for: 3s}}]}", text, line, limit)
		sets := []*verdict.Set{set(t, spec)}
		var snapshot *verdict.Snapshot
		want := verdict.Undecided
		for i, b := range data[:min(len(data), 200)] {
			now, value := start.Add(time.Duration(i)*time.Second), float64(b)/200
			samples := at(now, value)
			switch {
			case b == 255:
				samples = nil
			case direction*value > direction*line:
				want = verdict.InForce
			case width == 0, direction*value < direction*limit:
				want = verdict.OK
			}
			snapshot = evaluate(now, snapshot, sets, map[string]verdict.Samples{"m": samples}, "a")
			rule := snapshot.Sets[0].Rules[0]
			switch got := rule.State(0); {
			case samples == nil && got != verdict.Unknown:
				t.Fatalf("tick %d: %v without a sample", i, got)
			case samples != nil && got != want:
				t.Fatalf("tick %d, at %v between %v and %v: got %v, want %v", i, value, limit, line, got, want)
			case rule.EvictionDue(0) && got != verdict.InForce:
				t.Fatalf("tick %d: eviction due in state %v", i, got)
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	for _, nodes := range []int{1000, 5000} {
		b.Run(fmt.Sprintf("%d nodes, 10 rules", nodes), func(b *testing.B) {
			names, samples := make([]string, nodes), verdict.Samples{}
			for i := range names {
				names[i] = fmt.Sprintf("node-%d", i)
				samples[names[i]] = verdict.Sample{Value: float64(i) / float64(nodes), Time: start}
			}
			var rules []string
			for i := range 10 {
				rules = append(rules, fmt.Sprintf("{name: line-%d, when: [{metric: m, above: 0.9, clear: 0.8}], reject: {}}", i))
			}
			spec := "{metrics: [{name: m, query: up}], rules: [" + strings.Join(rules, ", ") + "]}"
			sets := []*verdict.Set{set(b, spec)}
			var snapshot *verdict.Snapshot
			for b.Loop() {
				snapshot = evaluate(start, snapshot, sets, map[string]verdict.Samples{"m": samples}, names...)
			}
		})
	}
}
