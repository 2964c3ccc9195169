// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// ruleSet makes a rule set ready.
func ruleSet(t testing.TB, name, spec string) *verdict.Set {
	t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: " + name + "}\nspec: " + spec))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, 90*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const (
	memoryLine = `{nodeSelector: {matchLabels: {pool: a}}, metrics: [{name: memory, builtin: memory}],
  rules: [{name: high, when: [{metric: memory, above: 80%, clear: 70%}], reject: {maxNodes: 50%, giveUpAfter: 5m}, evict: {for: 5m}, taint: {effect: PreferNoSchedule}}]}`
	twoLines = `{metrics: [{name: heat, query: heat}, {name: free, query: free}],
  rules: [{name: both, when: [{metric: heat, above: 80}, {metric: free, below: 20}], for: 60s, reject: {}}]}`
	preferring = `{metrics: [{name: heat, query: heat}], preferences: [{metric: heat, prefer: Lower}]}`
	observing  = `{mode: Observe, metrics: [{name: heat, query: heat}], rules: [{name: hot, when: [{metric: heat, above: 80}], reject: {}}]}`
)

// world is what one node measures, and what is known of it besides.
type world struct {
	spec string
	// before is measured a minute ago, at a time; values are by metric. NaN is missing.
	before, now map[string]float64
	// correction is what its pods are expected to add, in tenths of its memory.
	correction float64
	exempt     bool
	pool       string // default: a
}

var judgedAt = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func (w world) judge(t testing.TB) *verdict.Snapshot {
	t.Helper()
	if w.pool == "" {
		w.pool = "a"
	}
	var snapshot *verdict.Snapshot
	for i, values := range []map[string]float64{w.before, w.now} {
		now := judgedAt.Add(time.Duration(i-1) * time.Minute)
		samples := map[verdict.MetricKey]verdict.Samples{}
		for metric, value := range values {
			samples[verdict.MetricKey{Set: "set", Metric: metric}] = verdict.Samples{"n": {Value: value, Time: now.Add(-7 * time.Second)}}
		}
		snapshot = verdict.Evaluate(verdict.Input{
			Now: now, Sets: []*verdict.Set{ruleSet(t, "set", w.spec)}, Samples: samples, Previous: snapshot,
			Nodes: []verdict.Node{{Name: "n", Labels: labels.Set{"pool": w.pool}, Exempt: w.exempt}},
			Projections: map[verdict.MetricKey]*verdict.Projection{{Set: "set", Metric: "memory"}: {
				Capacity: map[string]float64{"n": 10}, Correction: map[string]float64{"n": w.correction},
			}},
			Shares: map[types.UID][]float64{"pod": {2.5}, "unknown": {math.NaN()}},
		})
	}
	new(projection.Ledger).Rebase(judgedAt, 0, []projection.Estimator{{Resource: "memory"}}, snapshot.Index, func(p *projection.Pending) { snapshot.Pending = p })
	return snapshot
}

// ask asks a scheduler with a snapshot.
func ask(t testing.TB, snapshot *verdict.Snapshot, path string, into any) int {
	t.Helper()
	scheduler := &inspect.Scheduler{
		Journal: explain.NewJournal(1), Snapshot: func() *verdict.Snapshot { return snapshot },
		Clock: clocktesting.NewFakePassiveClock(judgedAt.Add(5 * time.Second)),
	}
	recorder := httptest.NewRecorder()
	scheduler.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	if recorder.Code == http.StatusOK {
		if err := json.Unmarshal(recorder.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	return recorder.Code
}

func TestNodeStates(t *testing.T) {
	memory := func(value float64) map[string]float64 { return map[string]float64{"memory": value} }
	heat := func(value float64) map[string]float64 { return map[string]float64{"heat": value} }
	both := func(heat, free float64) map[string]float64 { return map[string]float64{"heat": heat, "free": free} }
	cases := map[string]struct {
		world
		want inspect.NodeState
		// wantHeadroom is NaN for none.
		wantHeadroom float64
		wantRefuses  bool
	}{
		"below the line":                  {world: world{spec: memoryLine, now: memory(0.6)}, want: inspect.OK, wantHeadroom: 0.25},
		"exactly at the line":             {world: world{spec: memoryLine, now: memory(0.8)}, want: inspect.Undecided, wantHeadroom: 0},
		"over the line, from clear":       {world: world{spec: memoryLine, before: memory(0.9), now: memory(0.9)}, want: inspect.Over, wantHeadroom: -0.25, wantRefuses: false},
		"in the band, from above":         {world: world{spec: memoryLine, before: memory(0.9), now: memory(0.74)}, want: inspect.Over, wantHeadroom: -0.05},
		"in the band, from below":         {world: world{spec: memoryLine, before: memory(0.6), now: memory(0.74)}, want: inspect.OK, wantHeadroom: 0.075},
		"in the band, nothing before":     {world: world{spec: memoryLine, now: memory(0.74)}, want: inspect.Undecided, wantHeadroom: 0.075},
		"expected pods bring it over":     {world: world{spec: memoryLine, now: memory(0.6), correction: 2.4}, want: inspect.Expected, wantHeadroom: -0.05, wantRefuses: true},
		"pods that went leave headroom":   {world: world{spec: memoryLine, now: memory(0.6), correction: -2}, want: inspect.OK, wantHeadroom: 0.25},
		"not measured":                    {world: world{spec: memoryLine}, want: inspect.NoData, wantHeadroom: math.NaN()},
		"not measured any more":           {world: world{spec: memoryLine, before: memory(0.9)}, want: inspect.NoData, wantHeadroom: math.NaN()},
		"can never be measured":           {world: world{spec: memoryLine, exempt: true}, want: inspect.Exempt, wantHeadroom: math.NaN()},
		"measured all the same":           {world: world{spec: memoryLine, exempt: true, now: memory(0.6)}, want: inspect.OK, wantHeadroom: 0.25},
		"of another pool":                 {world: world{spec: memoryLine, now: memory(0.9), pool: "b"}, want: inspect.Ungoverned, wantHeadroom: math.NaN()},
		"one of two conditions holds":     {world: world{spec: twoLines, now: both(90, 30)}, want: inspect.OK, wantHeadroom: 0.5},
		"both hold, not for long enough":  {world: world{spec: twoLines, now: both(90, 10)}, want: inspect.Pending, wantHeadroom: -0.125},
		"both hold for long enough":       {world: world{spec: twoLines, before: both(90, 10), now: both(90, 10)}, want: inspect.Over, wantHeadroom: -0.125, wantRefuses: true},
		"one is missing, the other holds": {world: world{spec: twoLines, now: map[string]float64{"heat": 90}}, want: inspect.NoData, wantHeadroom: -0.125},
		"one is missing, the other not":   {world: world{spec: twoLines, now: map[string]float64{"heat": 60}}, want: inspect.OK, wantHeadroom: 0.25},
		"preferences alone":               {world: world{spec: preferring, now: heat(60)}, want: inspect.OK, wantHeadroom: math.NaN()},
		"preferences alone, unmeasured":   {world: world{spec: preferring}, want: inspect.NoData, wantHeadroom: math.NaN()},
		"over a line that is observed":    {world: world{spec: observing, now: heat(120)}, want: inspect.Over, wantHeadroom: -0.5},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got inspect.Nodes
			if code := ask(t, tc.judge(t), inspect.NodesPath, &got); code != http.StatusOK || len(got.Nodes) != 1 {
				t.Fatalf("got %d and %d nodes, want one", code, len(got.Nodes))
			}
			node := got.Nodes[0]
			if node.State != tc.want {
				t.Errorf("got state %s, want %s", node.State, tc.want)
			}
			switch {
			case math.IsNaN(tc.wantHeadroom):
				if node.Headroom != nil {
					t.Errorf("got headroom %v, want none", *node.Headroom)
				}
			case node.Headroom == nil || math.Abs(*node.Headroom-tc.wantHeadroom) > 1e-9:
				t.Errorf("got headroom %v, want %v", node.Headroom, tc.wantHeadroom)
			}
			refuses := len(node.RuleSets) > 0 && len(node.RuleSets[0].Rules) > 0 && node.RuleSets[0].Rules[0].Refuses
			if refuses != tc.wantRefuses {
				t.Errorf("got refuses %v, want %v", refuses, tc.wantRefuses)
			}
		})
	}
}

// What a web page or a script reads does not change its name.
func TestNodesAsJSON(t *testing.T) {
	snapshot := world{spec: memoryLine, before: map[string]float64{"memory": 0.9}, now: map[string]float64{"memory": 0.92}, correction: 0.1}.judge(t)
	want := map[string]any{
		"snapshot": map[string]any{"generation": 2.0, "time": "2026-11-22T09:00:00Z", "ageSeconds": 5.0},
		"ruleSets": []any{map[string]any{
			"name": "set", "nodes": 1.0,
			"metrics": []any{map[string]any{"name": "memory", "fraction": true, "resource": "memory", "known": 1.0, "oldestSeconds": 7.0}},
			"rules": []any{map[string]any{
				"name":  "high",
				"lines": []any{map[string]any{"metric": "memory", "fraction": true, "above": 0.8, "clear": 0.7}},
				"effects": map[string]any{
					"reject": map[string]any{"maxNodes": 0.5, "giveUpAfterSeconds": 300.0}, "evict": map[string]any{"forSeconds": 300.0},
					"taint": map[string]any{"taint": "loadline.dev/high:PreferNoSchedule", "maxNodes": 1.0},
				},
				"nodes": 1.0, "inForce": 1.0, "pending": 0.0, "undecided": 0.0, "unknown": 0.0, "refusing": 0.0, "evictionDue": 0.0, "suspended": true,
			}},
		}},
		"nodes": []any{map[string]any{
			"name": "n", "state": "Over", "headroom": -0.2875,
			"ruleSets": []any{map[string]any{
				"name":     "set",
				"readings": []any{map[string]any{"metric": "memory", "value": 0.92, "projected": 0.93, "ageSeconds": 7.0, "capacity": 10.0}},
				"rules": []any{map[string]any{
					"name": "high", "state": "InForce", "since": "2026-11-22T08:59:00Z", "headroom": -0.2875, "taint": "loadline.dev/high:PreferNoSchedule",
				}},
			}},
		}},
	}
	var got map[string]any
	ask(t, snapshot, inspect.NodesPath, &got)
	approximately := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, got, approximately); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	var rules map[string]any
	ask(t, snapshot, inspect.RulesPath, &rules)
	delete(want, "nodes")
	if diff := cmp.Diff(want, rules, approximately); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	var pods map[string]any
	ask(t, snapshot, inspect.PodsPath+"?uid=pod&uid=other&uid=unknown", &pods)
	wantPods := map[string]any{"snapshot": want["snapshot"], "pods": []any{
		map[string]any{"uid": "pod", "uses": []any{map[string]any{"ruleSet": "set", "metric": "memory", "resource": "memory", "amount": 2.5}}},
		map[string]any{"uid": "unknown", "uses": []any{}},
	}}
	if diff := cmp.Diff(wantPods, pods); diff != "" {
		t.Errorf("pods (-want +got):\n%s", diff)
	}
}

// large is a cluster of many nodes and two rule sets.
func large(t testing.TB, nodes int) *verdict.Snapshot {
	in := verdict.Input{Now: judgedAt, Samples: map[verdict.MetricKey]verdict.Samples{}}
	for _, set := range []string{"one", "two"} {
		in.Sets = append(in.Sets, ruleSet(t, set, twoLines))
		for _, metric := range []string{"heat", "free"} {
			samples := verdict.Samples{}
			for i := range nodes {
				samples[fmt.Sprintf("ip-10-0-%d-%d.eu-central-1.compute.internal", i/250, i%250)] = verdict.Sample{Value: float64(i) / 7, Time: judgedAt}
			}
			in.Samples[verdict.MetricKey{Set: set, Metric: metric}] = samples
		}
	}
	for name := range in.Samples[verdict.MetricKey{Set: "one", Metric: "heat"}] {
		in.Nodes = append(in.Nodes, verdict.Node{Name: name})
	}
	return verdict.Evaluate(in)
}

func TestWhichNodes(t *testing.T) {
	snapshot := large(t, 300)
	const name = "ip-10-0-%d-%d.eu-central-1.compute.internal"
	cases := map[string]struct {
		query              url.Values
		wantNodes, wantSet int
	}{
		"all":                       {wantNodes: 300, wantSet: 2},
		"two, one of them twice":    {query: url.Values{"node": {fmt.Sprintf(name, 1, 3), fmt.Sprintf(name, 0, 3), fmt.Sprintf(name, 1, 3)}}, wantNodes: 2, wantSet: 2},
		"one that there is not":     {query: url.Values{"node": {"none"}}, wantSet: 2},
		"of one rule set":           {query: url.Values{"ruleSet": {"two"}}, wantNodes: 300, wantSet: 1},
		"of a set that there isn't": {query: url.Values{"ruleSet": {"three"}}, wantNodes: 300},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got inspect.Nodes
			ask(t, snapshot, inspect.NodesPath+"?"+tc.query.Encode(), &got)
			if len(got.Nodes) != tc.wantNodes || len(got.RuleSets) != tc.wantSet {
				t.Errorf("got %d nodes and %d rule sets, want %d and %d", len(got.Nodes), len(got.RuleSets), tc.wantNodes, tc.wantSet)
			}
			for _, node := range got.Nodes {
				if len(node.RuleSets) != tc.wantSet {
					t.Errorf("node %s has %d rule sets, want %d", node.Name, len(node.RuleSets), tc.wantSet)
				}
			}
		})
	}
}

func TestBeforeTheFirstSnapshot(t *testing.T) {
	for _, path := range []string{inspect.NodesPath, inspect.RulesPath, inspect.PodsPath} {
		if code := ask(t, nil, path, nil); code != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d, want %d", path, code, http.StatusServiceUnavailable)
		}
	}
	var got inspect.Version
	if code := ask(t, nil, inspect.VersionPath, &got); code != http.StatusOK || got.Version == "" || got.Go == "" {
		t.Errorf("got %d and %+v, want a version", code, got)
	}
}

// The rules of a set that nobody judged are those of one that somebody did.
func TestUnjudged(t *testing.T) {
	var got inspect.Rules
	ask(t, world{spec: memoryLine}.judge(t), inspect.RulesPath, &got)
	want, unjudged := got.RuleSets[0].Rules[0], inspect.Unjudged(ruleSet(t, "set", memoryLine)).Rules[0]
	want.Nodes, want.Unknown = 0, 0
	if diff := cmp.Diff(want, unjudged); diff != "" {
		t.Errorf("rule (-judged +unjudged):\n%s", diff)
	}
}
