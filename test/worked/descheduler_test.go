// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package worked_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/effect"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/worked"
)

// evictLine is the line of the examples that evicts.
const evictLine = "{metrics: [{name: m, query: up, resource: memory}], rules: [{name: line, when: [{metric: m, above: 90%, clear: 85%}], reject: {}, evict: {}}]}"

// A workload may lose pods again once it has been let be, and no sooner.
func cooldown(t *testing.T) {
	workload := projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1"}}
	for _, row := range worked.Table(t, "cooldown") {
		config := &v1alpha1.DeschedulerConfiguration{}
		config.SetDefaults()
		var records []history.Record
		var last time.Time
		for _, text := range strings.Split(row.Text("plans that moved its pods, in minutes"), ", ") {
			minutes, err := time.ParseDuration(text + "m")
			if err != nil {
				t.Fatal(err)
			}
			last = start.Add(minutes)
			records = append(records, history.Record{Workload: workload, Node: "n", Planned: last, Evicted: last, Deleted: last, Effect: history.EffectLowered})
		}
		until := last.Add(row.Duration("let be for"))
		for now, want := range map[time.Time]bool{until.Add(-time.Second): true, until: false} {
			why := budget.New(config, records, now).Pod(pod, workload, "n")
			if got := why.Code == budget.WorkloadCooldown; got != want {
				t.Errorf("%v: let be %s after the last plan: %v, want %v", row, now.Sub(last), got, want)
			}
		}
	}
}

func breakers(t *testing.T) {
	set := newSet(t, evictLine)
	for _, row := range worked.Table(t, "breaker") {
		share, err := v1alpha1.ParseThreshold(row.Text("maxNodes"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var objects cluster.Objects
		samples := verdict.Samples{}
		for i := range int(row.Number("nodes")) {
			names = append(names, fmt.Sprintf("n%03d", i))
			samples[names[i]] = verdict.Sample{Value: map[bool]float64{true: 0.95, false: 0.5}[i < int(row.Number("not well"))], Time: start}
			objects.Nodes = append(objects.Nodes, &corev1.Node{
				ObjectMeta: metav1.ObjectMeta{Name: names[i]},
				Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
			})
		}
		snapshot := judge(set, nil, start, map[string]verdict.Samples{"m": samples}, nil, names...)
		why := breaker.Capacity(start, &v1alpha1.Breaker{MaxNodes: &share}, snapshot, cluster.New(objects))
		row.WantText("evictions", map[bool]string{true: "go on", false: "stop"}[why.IsZero()])
	}
}

func effects(t *testing.T) {
	const length = 2 * time.Minute
	set := newSet(t, evictLine)
	config := &v1alpha1.DeschedulerConfiguration{}
	config.SetDefaults()
	nodes := cluster.New(cluster.Objects{Nodes: []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "n"}}}})
	for _, row := range worked.Table(t, "effect") {
		record := history.Record{
			Pod: history.Pod{Namespace: "shop", Name: "pod", UID: "pod"}, Node: "n", Rule: verdict.RuleKey{Set: "set", Rule: "line"},
			Before: history.Before{Metric: "m", Value: 0.95, Threshold: 0.9, Clear: 0.85, Share: 0.1},
			Window: metav1.Duration{Duration: length}, Planned: start, Evicted: start, Deleted: start, Effect: history.EffectPending,
		}
		now := start.Add(length)
		before := judge(set, nil, start, map[string]verdict.Samples{"m": {"n": {Value: 0.95, Time: start}}}, nil, "n")
		after := judge(set, before, now, map[string]verdict.Samples{"m": {"n": {Value: row.Number("after"), Time: now}}}, nil, "n")
		updated, _ := effect.Update(now, config, after, nodes, []history.Record{record})
		row.WantText("effect", string(updated[0].Effect))
	}
}
