// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package effect_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/effect"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

func TestSuccessor(t *testing.T) {
	is := func(uid, node string, since ...time.Duration) history.Successor {
		s := history.Successor{Name: uid, UID: types.UID(uid), Node: node}
		if len(since) > 0 {
			s.Ready = at(since[0])
		}
		return s
	}
	had := func(s history.Successor) func(*history.Record) { return func(r *history.Record) { r.Successor = s } }
	later := func(by time.Duration) func(*history.Record) {
		return func(r *history.Record) { r.Planned, r.Evicted, r.Deleted = at(by), at(by), at(by+30*time.Second) }
	}
	elsewhere := func(p *corev1.Pod) { p.OwnerReferences[0].Name = "api" }
	started := func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
	}
	old := pod("old", -time.Hour, ready(-time.Hour))
	cases := map[string]struct {
		records []history.Record
		after   time.Duration // default: a minute
		wants   int32         // pods that the ReplicaSet wants; default: 9
		pods    []*corev1.Pod
		want    []history.Successor
	}{
		"none yet":                   {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{old}, want: []history.Successor{{}}},
		"it waits for a node":        {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{old, pod("s", time.Second, waiting)}, want: []history.Successor{is("s", "")}},
		"it starts":                  {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{old, pod("s", time.Second, started)}, want: []history.Successor{is("s", "a")}},
		"it is ready":                {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{old, pod("s", time.Second, ready(20*time.Second))}, want: []history.Successor{is("s", "a", 20*time.Second)}},
		"while the pod is going":     {records: []history.Record{record("p", evicted)}, pods: []*corev1.Pod{pod("p", -time.Hour, terminating), pod("s", time.Second)}, want: []history.Successor{is("s", "a")}},
		"in the second of the call":  {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{pod("s", -time.Second)}, want: []history.Successor{is("s", "a")}},
		"before the call":            {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{pod("s", -time.Second-1)}, want: []history.Successor{{}}},
		"the earliest":               {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{pod("s2", 2*time.Second), pod("s1", time.Second)}, want: []history.Successor{is("s1", "a")}},
		"long after":                 {records: []history.Record{record("p", gone)}, after: time.Hour, pods: []*corev1.Pod{pod("s", 30*time.Second+readyWithin+1)}, want: []history.Successor{{}}},
		"not so long after":          {records: []history.Record{record("p", gone)}, after: time.Hour, pods: []*corev1.Pod{pod("s", 30*time.Second+readyWithin)}, want: []history.Successor{is("s", "a")}},
		"of another workload":        {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{pod("s", time.Second, elsewhere)}, want: []history.Successor{{}}},
		"it has ended":               {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{pod("s", time.Second, ended), pod("t", 2*time.Second)}, want: []history.Successor{is("t", "a")}},
		"it is going":                {records: []history.Record{record("p", gone)}, pods: []*corev1.Pod{pod("s", time.Second, terminating), pod("t", 2*time.Second)}, want: []history.Successor{is("t", "a")}},
		"one for each of two":        {records: []history.Record{record("p", gone), record("q", gone)}, pods: []*corev1.Pod{pod("s2", 2*time.Second), pod("s1", time.Second)}, want: []history.Successor{is("s1", "a"), is("s2", "a")}},
		"one for the first of two":   {records: []history.Record{record("p", gone), record("q", gone)}, pods: []*corev1.Pod{pod("s1", time.Second)}, want: []history.Successor{is("s1", "a"), {}}},
		"taken by a later record":    {records: []history.Record{record("p", gone), record("q", gone, had(is("s1", "a")))}, pods: []*corev1.Pod{pod("s1", time.Second), pod("s2", 2*time.Second)}, want: []history.Successor{is("s2", "a"), is("s1", "a")}},
		"known, and it is ready now": {records: []history.Record{record("p", gone, had(is("s", "")))}, pods: []*corev1.Pod{pod("s", time.Second, ready(time.Minute))}, want: []history.Successor{is("s", "a", time.Minute)}},
		"ready once is ready":        {records: []history.Record{record("p", gone, had(is("s", "a", 20*time.Second)))}, pods: []*corev1.Pod{pod("s", time.Second)}, want: []history.Successor{is("s", "a", 20*time.Second)}},
		"ready once, and gone":       {records: []history.Record{record("p", gone, had(is("s", "a", 20*time.Second)))}, pods: []*corev1.Pod{pod("t", 2*time.Second)}, want: []history.Successor{is("s", "a", 20*time.Second)}},
		"gone before it was ready":   {records: []history.Record{record("p", gone, had(is("s", "a")))}, pods: []*corev1.Pod{pod("t", 2*time.Second)}, want: []history.Successor{is("t", "a")}},
		"gone, and none came":        {records: []history.Record{record("p", gone, had(is("s", "a")))}, pods: []*corev1.Pod{old}, want: []history.Successor{is("s", "a")}},
		"evicted itself":             {records: []history.Record{record("p", gone, had(is("s", "a"))), record("s", later(20*time.Second))}, pods: []*corev1.Pod{pod("t", 21*time.Second)}, want: []history.Successor{is("s", "a"), is("t", "a")}},
		"the pod itself":             {records: []history.Record{record("p", evicted)}, pods: []*corev1.Pod{pod("p", 0)}, want: []history.Successor{{}}},
		"of a failed one":            {records: []history.Record{record("p", gone, func(r *history.Record) { r.Failed = "no" })}, pods: []*corev1.Pod{pod("s", time.Second)}, want: []history.Successor{{}}},
		"of a dry run":               {records: []history.Record{record("p", dry)}, pods: []*corev1.Pod{pod("s", time.Second)}, want: []history.Successor{{}}},
		"nobody knows that it went":  {records: []history.Record{record("p")}, after: time.Minute, pods: []*corev1.Pod{pod("s", time.Second)}, want: []history.Successor{is("s", "a")}},
		"none is needed":             {records: []history.Record{record("p", gone)}, after: 30*time.Second + readyWithin, wants: 1, pods: []*corev1.Pod{old}, want: []history.Successor{{NotNeeded: true}}},
		"none is needed, it seems":   {records: []history.Record{record("p", gone)}, after: 30*time.Second + readyWithin - 1, wants: 1, pods: []*corev1.Pod{old}, want: []history.Successor{{}}},
		"one is needed":              {records: []history.Record{record("p", gone)}, after: time.Hour, wants: 2, pods: []*corev1.Pod{old}, want: []history.Successor{{}}},
		"the workload is gone":       {records: []history.Record{record("p", gone)}, after: time.Hour, want: []history.Successor{{NotNeeded: true}}},
		"its controller is gone":     {records: []history.Record{record("p", gone)}, wants: noReplicaSet, want: []history.Successor{{NotNeeded: true}}},
		"gone, and it leaves pods":   {records: []history.Record{record("p", gone)}, wants: noReplicaSet, pods: []*corev1.Pod{old}, want: []history.Successor{{NotNeeded: true}}},
		"gone, and the pod is going": {records: []history.Record{record("p", evicted)}, wants: noReplicaSet, pods: []*corev1.Pod{pod("p", -time.Hour, terminating)}, want: []history.Successor{{}}},
		"gone, and one had come":     {records: []history.Record{record("p", gone)}, wants: noReplicaSet, pods: []*corev1.Pod{pod("s", time.Second)}, want: []history.Successor{is("s", "a")}},
		"it is there, and not ready": {records: []history.Record{record("p", gone)}, after: time.Hour, wants: 1, pods: []*corev1.Pod{old, pod("s", time.Second)}, want: []history.Successor{is("s", "a")}},
		"gone, and not needed":       {records: []history.Record{record("p", gone, had(is("s", "a")))}, after: time.Hour, wants: 1, pods: []*corev1.Pod{old}, want: []history.Successor{{Name: "s", UID: "s", Node: "a", NotNeeded: true}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.after == 0 {
				tc.after = time.Minute
			}
			if tc.wants == 0 {
				tc.wants = 9
			}
			got, _ := effect.Update(at(tc.after), config(), nil, clusterOf(tc.wants, tc.pods...), tc.records)
			successors := []history.Successor{}
			for _, r := range got {
				successors = append(successors, r.Successor)
			}
			if diff := cmp.Diff(tc.want, successors); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
