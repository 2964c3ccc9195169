// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var (
	start = time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	line  = verdict.RuleKey{Set: "below-the-line", Rule: "memory-above-90"}
)

// recorder keeps events as text.
type recorder []string

func (r *recorder) Eventf(regarding, related runtime.Object, eventType, reason, action, note string, args ...any) {
	text := fmt.Sprintf("%s %s %s on %s: %s", eventType, reason, action, nameOf(regarding), fmt.Sprintf(note, args...))
	if related != nil {
		text += " (related: " + nameOf(related) + ")"
	}
	*r = append(*r, text)
}

func nameOf(object runtime.Object) string {
	switch object := object.(type) {
	case *corev1.ObjectReference:
		return object.Kind + " " + object.Namespace + "/" + object.Name
	case metav1.Object:
		return strings.TrimPrefix(fmt.Sprintf("%T ", object), "*v1.") + object.GetNamespace() + "/" + object.GetName()
	default:
		return fmt.Sprint(object)
	}
}

type fixture struct {
	*Reporter
	events   recorder
	clock    *clocktesting.FakeClock
	registry metrics.KubeRegistry
	ctx      context.Context
	logged   func() string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	config, err := v1alpha1.DecodeDeschedulerConfiguration([]byte("apiVersion: loadline.dev/v1alpha1\nkind: DeschedulerConfiguration\ndryRun: false\n"))
	if err != nil {
		t.Fatal(err)
	}
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	f := &fixture{
		clock: clocktesting.NewFakeClock(start), registry: metrics.NewKubeRegistry(),
		ctx:    klog.NewContext(t.Context(), logger),
		logged: logger.GetSink().(ktesting.Underlier).GetBuffer().String,
	}
	f.Reporter = New(Settings{
		Config: config, Clock: f.clock, Recorder: &f.events,
		OwnerOf: func(pod *corev1.Pod) *corev1.ObjectReference {
			if len(pod.OwnerReferences) == 0 {
				return nil
			}
			return &corev1.ObjectReference{Kind: "Deployment", Namespace: pod.Namespace, Name: "web"}
		},
		State: func() *corev1.ConfigMap { return nil },
	})
	if err := f.RegisterMetrics(f.registry.Register); err != nil {
		t.Fatal(err)
	}
	return f
}

// drain are the events since it was last called.
func (f *fixture) drain() []string {
	events := f.events
	f.events = nil
	return events
}

func (f *fixture) checkMetrics(t *testing.T, want string, names ...string) {
	t.Helper()
	for i := range names {
		names[i] = "loadline_descheduler_" + names[i]
	}
	if err := testutil.GatherAndCompare(f.registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

func pod(name string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: "uid-of-web-1",
		OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-5d4f", Controller: ptr.To(true)}},
	}}
}

func record(change func(*history.Record)) history.Record {
	r := history.Record{
		Pod:      history.Pod{Namespace: "shop", Name: "web-1", UID: "uid-of-web-1"},
		Workload: projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"},
		Node:     "node-1", Rule: line,
		Before: history.Before{
			Metric: "memory", Value: 0.951, Threshold: 0.9, Clear: 0.85, Share: 0.12, Measured: start.Add(-3 * time.Second),
			Why: "it uses the most above its request",
		},
		Predicted: history.Predicted{SourceAfter: 0.831, Destination: "node-2", DestinationBefore: 0.3, DestinationAfter: 0.42},
		Planned:   start, Effect: history.EffectPending,
	}
	change(&r)
	return r
}

func TestEvicted(t *testing.T) {
	const why = "from node node-1, which is over load line \"memory-above-90\" of rule set \"below-the-line\": memory is 0.951, the line 0.9, clear at 0.85; " +
		"without the pod's 0.12 it is expected to be 0.831; there is room on node node-2; it uses the most above its request"
	cases := map[string]struct {
		pod    *corev1.Pod
		change func(*history.Record)
		want   []string // events
		// wantResult is the label of the counter, and wantLog the message.
		wantResult, wantLog string
	}{
		"evicted": {
			pod: pod("web-1"), change: func(r *history.Record) { r.Evicted = start },
			want: []string{
				"Normal EvictedOverLoadLine Evicting on Pod shop/web-1: evicted " + why,
				"Normal EvictedOverLoadLine Evicting on Deployment shop/web: pod web-1: evicted " + why + " (related: Pod shop/web-1)",
			},
			wantResult: "evicted", wantLog: `Pod evicted pod="shop/web-1" podUID="uid-of-web-1" workload="shop/web" workloadKind="ReplicaSet" ` +
				`node="node-1" ruleSet="below-the-line" rule="memory-above-90" metric="memory" value=0.951 measuredAt="2026-05-04T09:59:57Z" age="3s" ` +
				`threshold=0.9 clear=0.85 share=0.12 why="it uses the most above its request" predicted=0.831 destination="node-2" destinationBefore=0.3 destinationAfter=0.42`,
		},
		"dry run": {
			pod: pod("web-1"), change: func(r *history.Record) { r.DryRun = true },
			want: []string{
				"Normal WouldEvict Evicting on Pod shop/web-1: would be evicted " + why,
				"Normal WouldEvict Evicting on Deployment shop/web: pod web-1: would be evicted " + why + " (related: Pod shop/web-1)",
			},
			wantResult: "dry_run", wantLog: "Pod would be evicted pod=",
		},
		"failed": {
			pod: pod("web-1"), change: func(r *history.Record) { r.Failed = "its budget allows none" },
			want:       []string{"Normal NotEvicted Evicting on Pod shop/web-1: not evicted " + why + ": its budget allows none"},
			wantResult: "failed", wantLog: `Pod not evicted pod="shop/web-1"`,
		},
		"no owner, no resource, no destination": {
			pod: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1"}},
			change: func(r *history.Record) {
				r.Before = history.Before{Metric: "temperature", Value: 91, Threshold: 85, Clear: 80}
				r.Predicted = history.Predicted{}
			},
			want: []string{"Normal EvictedOverLoadLine Evicting on Pod shop/web-1: evicted from node node-1, which is over load line \"memory-above-90\" " +
				"of rule set \"below-the-line\": temperature is 91, the line 85, clear at 80"},
			wantResult: "evicted", wantLog: "Pod evicted",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.Evicted(f.ctx, tc.pod, record(tc.change))
			if diff := cmp.Diff(tc.want, f.drain()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if !strings.Contains(f.logged(), tc.wantLog) {
				t.Errorf("logged:\n%s\nwant in it:\n%s", f.logged(), tc.wantLog)
			}
			f.checkMetrics(t, fmt.Sprintf(`
# HELP loadline_descheduler_evictions_total [ALPHA] Number of evictions that a rule asked for: carried out (evicted), only reported (dry_run), or not carried out after all (failed).
# TYPE loadline_descheduler_evictions_total counter
loadline_descheduler_evictions_total{result="%s",rule="memory-above-90",rule_set="below-the-line"} 1
`, tc.wantResult), "evictions_total")
		})
	}
}

// A long explanation still fits into an event.
func TestEventsFitTheAPI(t *testing.T) {
	f := newFixture(t)
	f.Evicted(f.ctx, pod("web-1"), record(func(r *history.Record) { r.Before.Why = strings.Repeat("ü", 2000) }))
	for _, event := range f.drain() {
		_, note, _ := strings.Cut(event, ": ")
		note, _, _ = strings.Cut(note, " (related")
		if len(note) > 1024 || !strings.HasSuffix(note, "...") {
			t.Errorf("a note of %d bytes, want at most 1024 that end in dots", len(note))
		}
	}
}

func TestJudged(t *testing.T) {
	f := newFixture(t)
	after := 0.83
	f.Judged(f.ctx, record(func(r *history.Record) {
		r.Effect, r.After = history.EffectLowered, &after
		r.Successor = history.Successor{Name: "web-2", Node: "node-2", Ready: start}
	}))
	f.Judged(f.ctx, record(func(r *history.Record) { r.Effect = history.EffectNone }))
	f.Judged(f.ctx, record(func(r *history.Record) { // a rule that predicts nothing
		r.Effect, r.After, r.Predicted = history.EffectNone, &after, history.Predicted{}
	}))
	f.checkMetrics(t, `
# HELP loadline_descheduler_judged_total [ALPHA] Number of evictions by what came of them: the node measured less (lowered), it did not (none), or that cannot be told (unknown).
# TYPE loadline_descheduler_judged_total counter
loadline_descheduler_judged_total{effect="lowered"} 1
loadline_descheduler_judged_total{effect="none"} 2
loadline_descheduler_judged_total{effect="unknown"} 0
`, "judged_total")
	if got, err := testutil.GetHistogramMetricCount(f.metrics.fulfillment.ObserverMetric); err != nil || got != 1 {
		t.Errorf("%d evictions were compared with what was predicted, %v, want 1", got, err)
	}
	if got, err := testutil.GetHistogramMetricValue(f.metrics.fulfillment.ObserverMetric); err != nil || math.Abs(got-0.83/0.831) > 1e-9 {
		t.Errorf("the node measured %v of what was predicted, %v, want 0.83 of 0.831", got, err)
	}
	const want = `effect="Lowered" dryRun=false metric="memory" before=0.951 predicted=0.831 after=0.83 successor="shop/web-2" successorNode="node-2" successorReady=true`
	if !strings.Contains(f.logged(), want) {
		t.Errorf("logged:\n%s\nwant in it:\n%s", f.logged(), want)
	}
}

// hot is a plan for a node that two pods cannot leave.
func hot() *plan.Plan {
	return &plan.Plan{Nodes: []plan.Node{
		{Name: "node-1", Rule: line, Metric: "memory", Value: 0.95, Goal: 0.85, After: 0.95, Passed: []plan.Passed{
			{Pod: pod("web-1"), Why: reason.New(protect.TooYoung, "it runs for 3s")},
			{Pod: pod("web-2"), Why: reason.New(protect.TooYoung, "it runs for 2s")},
		}},
		{Name: "node-2", Rule: line, Metric: "memory", Value: 0.92, Goal: 0.85, After: 0.92, Held: reason.New("NodeCooldown", "it has lost a pod")},
	}}
}

const hotMetrics = `
# HELP loadline_descheduler_nodes_held [ALPHA] Number of nodes in the latest plan that no pod is moved off, by the reason for that.
# TYPE loadline_descheduler_nodes_held gauge
loadline_descheduler_nodes_held{reason="NodeCooldown"} 1
# HELP loadline_descheduler_nodes_over_line [ALPHA] Number of nodes in the latest plan on which a rule asks for evictions.
# TYPE loadline_descheduler_nodes_over_line gauge
loadline_descheduler_nodes_over_line{rule="memory-above-90",rule_set="below-the-line"} 2
# HELP loadline_descheduler_refusals [ALPHA] Number of pods in the latest plan, on nodes over lines, that are not moved, by the reason for that.
# TYPE loadline_descheduler_refusals gauge
loadline_descheduler_refusals{reason="TooYoung"} 2
`

// However often the same plan is made, it is told once, and counts once.
func TestPlanned(t *testing.T) {
	f := newFixture(t)
	names := []string{"nodes_held", "nodes_over_line", "refusals"}
	for range 3 {
		f.Planned(f.ctx, hot(), 20*time.Millisecond)
		f.checkMetrics(t, hotMetrics, append([]string(nil), names...)...)
	}
	const message = "Node is over a load line that pods are moved for"
	if got := strings.Count(f.logged(), message); got != 2 {
		t.Errorf("%d lines, want one for each node:\n%s", got, f.logged())
	}
	const want = `node="node-1" ruleSet="below-the-line" rule="memory-above-90" metric="memory" value=0.95 goal=0.85 evictions=0 predicted=0.95 held="" message="" passed=["TooYoung: 2"]`
	if !strings.Contains(f.logged(), want) {
		t.Errorf("logged:\n%s\nwant in it:\n%s", f.logged(), want)
	}
	changed := hot()
	changed.Evictions = []plan.Eviction{{Pod: pod("web-1"), Record: record(func(*history.Record) {})}}
	f.Planned(f.ctx, changed, time.Millisecond)
	if got := strings.Count(f.logged(), message); got != 3 {
		t.Errorf("%d lines, want one more for node-1:\n%s", got, f.logged())
	}
	f.Planned(f.ctx, &plan.Plan{}, time.Millisecond)
	f.checkMetrics(t, "", append([]string(nil), names...)...)
	if events := f.drain(); len(events) > 0 {
		t.Errorf("events %v, want none", events)
	}
}

func TestManyNodes(t *testing.T) {
	f := newFixture(t)
	made := &plan.Plan{}
	for i := range 50 {
		made.Nodes = append(made.Nodes, plan.Node{Name: fmt.Sprint("node-", i), Rule: line})
	}
	f.Planned(f.ctx, made, time.Millisecond)
	if got := strings.Count(f.logged(), "\n"); got != maxLoggedNodes+1 || !strings.Contains(f.logged(), "count=30") {
		t.Errorf("%d lines, want %d and one about 30 more", got, maxLoggedNodes)
	}
}

// A suspected leak is told once an hour for each workload.
func TestSuspectedLeak(t *testing.T) {
	f := newFixture(t)
	made := &plan.Plan{Nodes: []plan.Node{{Name: "node-1", Rule: line, Passed: []plan.Passed{
		{Pod: pod("web-1"), Why: reason.New(protect.SuspectedLeak, "its successors break lines, too")},
		{Pod: pod("web-2"), Why: reason.New(protect.SuspectedLeak, "its successors break lines, too")},
	}}}}
	want := []string{
		"Warning SuspectedLeak Evicting on Pod shop/web-1: its successors break lines, too",
		"Warning SuspectedLeak Evicting on Deployment shop/web: pod web-1: its successors break lines, too (related: Pod shop/web-1)",
	}
	for range 2 {
		f.Planned(f.ctx, made, time.Millisecond)
		if diff := cmp.Diff(want, f.drain()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		f.clock.Step(59 * time.Minute)
		f.Planned(f.ctx, made, time.Millisecond)
		if events := f.drain(); len(events) > 0 {
			t.Errorf("events %v within the hour, want none", events)
		}
		f.clock.Step(time.Minute)
	}
}

// A stop is told when it begins and when it ends, and not at each turn. That a
// leader looks on at first is no event.
func TestStopped(t *testing.T) {
	f := newFixture(t)
	capacity := reason.New("Capacity", "7 of 10 nodes are over a line")
	const on = " on ConfigMap loadline-system/loadline-evictions: "
	turns := []struct {
		why  reason.Reason
		want []string
	}{
		{reason.New(descheduler.WarmingUp, "watching"), nil},
		{reason.Reason{}, nil},
		{capacity, []string{"Warning EvictionsStopped Capacity" + on + "7 of 10 nodes are over a line"}},
		{reason.New("Capacity", "8 of 10 nodes are over a line"), nil},
		{reason.New(history.Paused, "paused by a person"), []string{"Warning EvictionsStopped Paused" + on + "paused by a person"}},
		{reason.Reason{}, []string{"Normal EvictionsResumed Paused" + on + "Paused is over: evictions may go on"}},
		{reason.Reason{}, nil},
	}
	f.Planned(f.ctx, hot(), time.Millisecond)
	for i, turn := range turns {
		f.Stopped(f.ctx, turn.why)
		if diff := cmp.Diff(turn.want, f.drain()); diff != "" {
			t.Errorf("turn %d: events (-want +got):\n%s", i, diff)
		}
		if turn.why == capacity {
			f.checkMetrics(t, `
# HELP loadline_descheduler_breaker_open [ALPHA] 1 for the reason for which nothing is evicted at all now, 0 for reasons that no longer hold.
# TYPE loadline_descheduler_breaker_open gauge
loadline_descheduler_breaker_open{reason="Capacity"} 1
loadline_descheduler_breaker_open{reason="WarmingUp"} 0
`, "breaker_open", "refusals", "nodes_held", "nodes_over_line") // of which there is no plan any more
		}
	}
	f.checkMetrics(t, `
# HELP loadline_descheduler_breaker_open [ALPHA] 1 for the reason for which nothing is evicted at all now, 0 for reasons that no longer hold.
# TYPE loadline_descheduler_breaker_open gauge
loadline_descheduler_breaker_open{reason="Capacity"} 0
loadline_descheduler_breaker_open{reason="Paused"} 0
loadline_descheduler_breaker_open{reason="WarmingUp"} 0
`, "breaker_open")
	if got := strings.Count(f.logged(), "Evictions are stopped"); got != 3 {
		t.Errorf("%d lines about a stop, want 3:\n%s", got, f.logged())
	}
}

// store is one in memory.
type store struct{ state history.State }

func (s *store) Load(context.Context) (history.State, error) { return s.state, nil }

func (s *store) Save(_ context.Context, state history.State) error {
	s.state = state
	return nil
}

// What is left of the budgets is right at each turn, as their windows slide.
func TestBudgetLeft(t *testing.T) {
	f := newFixture(t)
	watched := f.Watch(&store{history.State{Records: []history.Record{record(func(*history.Record) {})}}})
	state, err := watched.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check := func(cluster, namespace, node, workload int) {
		t.Helper()
		f.Stopped(f.ctx, reason.Reason{})
		f.checkMetrics(t, fmt.Sprintf(`
# HELP loadline_descheduler_budget_left [ALPHA] Number of pods that may still be moved in the cluster, and for the node, the workload and the namespace that have the fewest left.
# TYPE loadline_descheduler_budget_left gauge
loadline_descheduler_budget_left{scope="cluster"} %d
loadline_descheduler_budget_left{scope="namespace"} %d
loadline_descheduler_budget_left{scope="node"} %d
loadline_descheduler_budget_left{scope="workload"} %d
`, cluster, namespace, node, workload), "budget_left")
	}
	check(19, 9, 4, 1)
	state.Records = append(state.Records, record(func(r *history.Record) { r.Pod.UID = "uid-2"; r.Node = "node-2" }))
	if err := watched.Save(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	check(18, 8, 4, 0)
	f.clock.Step(11 * time.Minute)
	check(20, 10, 5, 2)
}
