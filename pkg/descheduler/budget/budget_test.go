// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package budget_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

var now = time.Unix(1_800_000_000, 0)

// config has the defaults that its types document.
func config() *v1alpha1.DeschedulerConfiguration {
	within := func(evictions int32, of time.Duration) *v1alpha1.Budget {
		return &v1alpha1.Budget{Evictions: evictions, Within: v1alpha1.NewDuration(of)}
	}
	dryRun := false
	return &v1alpha1.DeschedulerConfiguration{
		DryRun: &dryRun,
		Budgets: v1alpha1.Budgets{
			PerNode: within(5, 10*time.Minute), PerWorkload: within(2, 10*time.Minute),
			PerNamespace: within(10, 10*time.Minute), PerCluster: within(20, 10*time.Minute),
		},
		Cooldowns: v1alpha1.Cooldowns{
			Node: v1alpha1.NewDuration(time.Minute), Workload: v1alpha1.NewDuration(10 * time.Minute),
			MaxWorkload: v1alpha1.NewDuration(2 * time.Hour),
		},
	}
}

func workload(name string) projection.Workload {
	return projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: name}
}

func pod(namespace string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "next"}}
}

// evicted is the record of a pod that was planned some time ago and gone ten
// seconds later, off a node whose metric has a window of two minutes.
func evicted(ago time.Duration, workload projection.Workload, node string) history.Record {
	planned := now.Add(-ago)
	return history.Record{
		Pod: history.Pod{Namespace: "shop", Name: "gone", UID: "gone"}, Workload: workload, Node: node, Planned: planned,
		Evicted: planned, Deleted: planned.Add(10 * time.Second), Window: metav1.Duration{Duration: 2 * time.Minute},
		Effect: history.EffectLowered,
	}
}

func times(n int, r history.Record) []history.Record {
	records := make([]history.Record, n)
	for i := range records {
		records[i] = r
	}
	return records
}

// Each case asks for a pod of namespace "shop" and workload "web" on node "a".
func TestAllowance(t *testing.T) {
	web, other := workload("web"), workload("other")
	with := func(r history.Record, change func(*history.Record)) history.Record {
		change(&r)
		return r
	}
	failed := func(r *history.Record) { r.Failed = "no" }
	dry := func(r *history.Record) { r.DryRun = true }
	observed := func(r *history.Record) { r.DryRun, r.Observed = true, true }
	there := func(r *history.Record) { r.Deleted = time.Time{} }
	elsewhere := func(r *history.Record) { r.Pod.Namespace = "elsewhere" }
	cases := map[string]struct {
		records            []history.Record
		dryRun             bool
		wantNode, wantPod  reason.Code
		wantNodeO, wantOfO reason.Code // of ForObserved
		wantMessage        string      // of the first of them
	}{
		"nothing before": {},
		"a pod that is still there": {
			records:  []history.Record{with(evicted(time.Hour, other, "a"), there)},
			wantNode: budget.NodeInFlight, wantNodeO: budget.NodeInFlight, wantMessage: "shop/gone",
		},
		"a pod that went just now": {
			records:  []history.Record{evicted(129*time.Second, other, "a")},
			wantNode: budget.NodeInFlight, wantNodeO: budget.NodeInFlight, wantMessage: "from 2027-01-15T08:00:01Z on",
		},
		"the metric shows it": {
			records:  []history.Record{evicted(130*time.Second, other, "a")},
			wantNode: budget.NodeCooldown, wantNodeO: budget.NodeCooldown, wantMessage: "until 2027-01-15T08:01:00Z",
		},
		"the cooldown of the node is almost over": {
			records:  []history.Record{evicted(189*time.Second, other, "a")},
			wantNode: budget.NodeCooldown, wantNodeO: budget.NodeCooldown,
		},
		"the cooldown of the node is over": {records: []history.Record{evicted(190*time.Second, other, "a")}},
		"the latest of several counts": {
			records:  []history.Record{evicted(150*time.Second, other, "a"), evicted(200*time.Second, other, "a")},
			wantNode: budget.NodeCooldown, wantNodeO: budget.NodeCooldown, wantMessage: "until 2027-01-15T08:00:40Z",
		},
		"a pod that is still there, and others that are not": {
			records: []history.Record{
				evicted(2*time.Hour, other, "a"), with(evicted(time.Hour, other, "a"), there), evicted(30*time.Minute, other, "a"),
			},
			wantNode: budget.NodeInFlight, wantNodeO: budget.NodeInFlight,
		},
		"the oldest of those within the window gives way first": {
			records: []history.Record{
				evicted(11*time.Minute, web, "b"), evicted(4*time.Minute, web, "b"), evicted(9*time.Minute, web, "b"),
			},
			wantPod: budget.WorkloadBudget, wantOfO: budget.WorkloadBudget, wantMessage: "the next may be moved at 2027-01-15T08:01:00Z",
		},
		"another node": {records: []history.Record{with(evicted(time.Minute, other, "b"), there)}},
		"one that failed": {
			records: []history.Record{with(with(evicted(time.Minute, web, "a"), there), failed)},
		},
		"five off the node, but not within the window": {records: times(5, evicted(10*time.Minute, other, "a"))},
		"five off the node": {
			records:  times(5, evicted(10*time.Minute-1, other, "a")),
			wantNode: budget.NodeBudget, wantPod: budget.NodeBudget, wantNodeO: budget.NodeBudget, wantOfO: budget.NodeBudget,
			wantMessage: "5 pods were moved off node a within 10m0s, and 5 are allowed; the next may be moved at 2027-01-15T08:00:00Z",
		},
		"two of the workload": {
			records: times(2, evicted(9*time.Minute, web, "b")), wantPod: budget.WorkloadBudget, wantOfO: budget.WorkloadBudget,
			wantMessage: "of ReplicaSet shop/web",
		},
		"one of the workload": {
			records: times(1, evicted(9*time.Minute, web, "b")), wantPod: budget.WorkloadCooldown, wantOfO: budget.WorkloadCooldown,
			wantMessage: "for 10m0s, until 2027-01-15T08:01:00Z",
		},
		"one of a workload of the same name elsewhere": {
			records: times(1, evicted(9*time.Minute, projection.Workload{Namespace: "elsewhere", Kind: "ReplicaSet", Name: "web"}, "b")),
		},
		"ten of the namespace": {
			records: times(10, evicted(9*time.Minute, other, "b")), wantPod: budget.NamespaceBudget, wantOfO: budget.NamespaceBudget,
			wantMessage: "of namespace shop",
		},
		"ten of another namespace": {records: times(10, with(evicted(9*time.Minute, other, "b"), elsewhere))},
		"twenty in the cluster": {
			records:  times(20, with(evicted(9*time.Minute, other, "b"), elsewhere)),
			wantNode: budget.ClusterBudget, wantPod: budget.ClusterBudget, wantNodeO: budget.ClusterBudget, wantOfO: budget.ClusterBudget,
		},
		"by a leader whose clock was ahead": {
			records:  times(20, with(evicted(-time.Hour, other, "b"), elsewhere)),
			wantNode: budget.ClusterBudget, wantPod: budget.ClusterBudget, wantNodeO: budget.ClusterBudget, wantOfO: budget.ClusterBudget,
		},
		"a dry run earlier on": {
			records:   times(2, with(evicted(time.Minute, web, "a"), dry)),
			wantNodeO: budget.NodeInFlight, wantOfO: budget.WorkloadBudget,
		},
		"a dry run in dry run": {
			records: times(2, with(evicted(time.Minute, web, "a"), dry)), dryRun: true,
			wantNode: budget.NodeInFlight, wantPod: budget.WorkloadBudget, wantNodeO: budget.NodeInFlight, wantOfO: budget.WorkloadBudget,
		},
		"a rule that only observes": {
			records:   times(2, with(evicted(time.Minute, web, "a"), observed)),
			wantNodeO: budget.NodeInFlight, wantOfO: budget.WorkloadBudget,
		},
		"a rule that only observes, in dry run": {
			records: times(2, with(evicted(time.Minute, web, "a"), observed)), dryRun: true,
			wantNodeO: budget.NodeInFlight, wantOfO: budget.WorkloadBudget,
		},
		"planned at this very instant": {
			records:  times(1, evicted(0, web, "a")),
			wantNode: budget.NodeInFlight, wantNodeO: budget.NodeInFlight,
		},
		"two planned at this very instant": {
			records:  times(2, evicted(0, web, "a")),
			wantNode: budget.NodeInFlight, wantPod: budget.WorkloadBudget, wantNodeO: budget.NodeInFlight, wantOfO: budget.WorkloadBudget,
		},
		"as many as can be remembered": {
			records:  times(history.MaxRecords-history.MaxIdle, evicted(time.Hour, other, "b")),
			wantNode: budget.HistoryFull, wantPod: budget.HistoryFull, wantNodeO: budget.HistoryFull, wantOfO: budget.HistoryFull,
		},
		"as many as can be remembered, long ago": {
			records: times(history.MaxRecords-history.MaxIdle, evicted(2*time.Hour, other, "b")),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config := config()
			config.DryRun = &tc.dryRun
			enforced, observing := budget.New(config, tc.records, now), budget.ForObserved(config, tc.records, now)
			got := []reason.Reason{
				enforced.Node("a"), enforced.Pod(pod("shop"), web, "a"), observing.Node("a"), observing.Pod(pod("shop"), web, "a"),
			}
			codes, message := []reason.Code{}, ""
			for _, why := range got {
				codes = append(codes, why.Code)
				if message == "" {
					message = why.Message
				}
			}
			if diff := cmp.Diff([]reason.Code{tc.wantNode, tc.wantPod, tc.wantNodeO, tc.wantOfO}, codes); diff != "" {
				t.Errorf("node, pod, and both of a rule that observes (-want +got):\n%s", diff)
			}
			if !strings.Contains(message, tc.wantMessage) {
				t.Errorf("got %q, want %q in it", message, tc.wantMessage)
			}
		})
	}
}

// What the plan itself takes is deducted at once, and cools nothing down.
func TestTake(t *testing.T) {
	allowance := budget.New(config(), nil, now)
	web := workload("web")
	take := func(of projection.Workload, node string) reason.Code {
		if why := allowance.Node(node); !why.IsZero() {
			return why.Code
		}
		why := allowance.Pod(pod("shop"), of, node)
		if why.IsZero() {
			allowance.Take(pod("shop"), of, node)
		}
		return why.Code
	}
	none := projection.Workload{}
	steps := []struct {
		workload projection.Workload
		node     string
		want     reason.Code
	}{
		{web, "a", ""}, {web, "a", ""}, {web, "a", budget.WorkloadBudget},
		{none, "a", ""}, {none, "a", ""}, {none, "a", ""}, {none, "a", budget.NodeBudget},
		{none, "b", ""}, {none, "b", ""}, {none, "b", ""}, {none, "b", ""},
		{none, "b", ""}, {none, "c", budget.NamespaceBudget},
	}
	for i, step := range steps {
		if got := take(step.workload, step.node); got != step.want {
			t.Errorf("step %d: got %q, want %q", i, got, step.want)
		}
	}
	if diff := cmp.Diff(budget.Left{Cluster: 10, Node: 0, Workload: 0, Namespace: 0}, allowance.Left()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	bare := budget.New(config(), nil, now)
	bare.Take(pod("shop"), none, "a")
	if diff := cmp.Diff(budget.Left{Cluster: 19, Node: 4, Workload: 2, Namespace: 9}, bare.Left()); diff != "" {
		t.Errorf("left after a pod without a workload (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(budget.Left{Cluster: 20, Node: 5, Workload: 2, Namespace: 10}, budget.New(config(), nil, now).Left()); diff != "" {
		t.Errorf("left of nothing taken (-want +got):\n%s", diff)
	}
}

// A budget that is missing, or none, allows nothing.
func TestNoBudget(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.Budgets){
		"missing":   func(b *v1alpha1.Budgets) { b.PerCluster = nil },
		"none":      func(b *v1alpha1.Budgets) { b.PerCluster.Evictions = 0 },
		"no window": func(b *v1alpha1.Budgets) { b.PerCluster.Within = nil },
	} {
		t.Run(name, func(t *testing.T) {
			config := config()
			change(&config.Budgets)
			if got := budget.New(config, nil, now).Node("a").Code; got != budget.ClusterBudget {
				t.Errorf("got %q, want %q", got, budget.ClusterBudget)
			}
		})
	}
}

// The cooldown doubles with each plan that follows soon, and starts anew after
// a long time of peace. Minutes are since the first plan; the cooldown is what is
// left of it just after the last.
func TestWorkloadCooldownGrows(t *testing.T) {
	cases := map[string]struct {
		minutes []int
		want    time.Duration
	}{
		"once":                     {minutes: []int{0}, want: 10 * time.Minute},
		"twice":                    {minutes: []int{0, 10}, want: 20 * time.Minute},
		"two pods each time":       {minutes: []int{0, 0, 10, 10}, want: 20 * time.Minute},
		"as often as it may":       {minutes: []int{0, 10, 30, 70}, want: 80 * time.Minute},
		"no further":               {minutes: []int{0, 10, 30, 70, 150, 270, 390, 510}, want: 2 * time.Hour},
		"peace for almost 2 hours": {minutes: []int{0, 10, 10 + 20 + 119}, want: 40 * time.Minute},
		"peace for 2 hours":        {minutes: []int{0, 10, 10 + 20 + 120}, want: 10 * time.Minute},
		"in any order":             {minutes: []int{30, 0, 10}, want: 40 * time.Minute},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			last := 0
			for _, minute := range tc.minutes {
				last = max(last, minute)
			}
			var records []history.Record
			for _, minute := range tc.minutes {
				records = append(records, evicted(time.Duration(last-minute)*time.Minute, workload("web"), "b"))
			}
			config := config()
			config.Budgets.PerWorkload.Evictions = 100
			cooling := func(after time.Duration) reason.Code {
				return budget.New(config, records, now.Add(after)).Pod(pod("shop"), workload("web"), "a").Code
			}
			if got := cooling(tc.want - 1); got != budget.WorkloadCooldown {
				t.Errorf("just before %s: got %q, want %q", tc.want, got, budget.WorkloadCooldown)
			}
			if got := cooling(tc.want); got != "" {
				t.Errorf("after %s: got %q, want none", tc.want, got)
			}
		})
	}
}
