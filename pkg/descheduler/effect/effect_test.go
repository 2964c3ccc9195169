// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package effect_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/effect"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	window      = 2 * time.Minute
	readyWithin = 5 * time.Minute
)

// planned is when everything was planned.
var planned = time.Unix(1_800_000_000, 0)

// at is an instant after that.
func at(after time.Duration) time.Time { return planned.Add(after) }

func config() *v1alpha1.DeschedulerConfiguration {
	return &v1alpha1.DeschedulerConfiguration{Breaker: v1alpha1.Breaker{ReadyWithin: v1alpha1.NewDuration(readyWithin)}}
}

var web = projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"}

// record is of a pod of 10% on node "a", which was at 95%.
func record(uid string, changes ...func(*history.Record)) history.Record {
	r := history.Record{
		Pod: history.Pod{Namespace: "shop", Name: uid, UID: types.UID(uid)}, Workload: web, Node: "a",
		Rule:   verdict.RuleKey{Set: "set", Rule: "line"},
		Before: history.Before{Metric: "m", Value: 0.95, Threshold: 0.9, Clear: 0.85, Share: 0.1},
		Window: metav1.Duration{Duration: window}, Planned: planned, Effect: history.EffectPending,
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func evicted(r *history.Record)   { r.Evicted = planned }
func gone(r *history.Record)      { r.Evicted, r.Deleted = planned, at(30*time.Second) }
func dry(r *history.Record)       { r.DryRun = true }
func saturated(r *history.Record) { r.Saturated = true }
func settled(r *history.Record)   { r.Successor.NotNeeded = true }

// pod is one of the workload on node "a".
func pod(uid string, created time.Duration, changes ...func(*corev1.Pod)) *corev1.Pod {
	controller := true
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: uid, UID: types.UID(uid), CreationTimestamp: metav1.NewTime(at(created)),
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web", UID: "web", Controller: &controller}},
		},
		Spec: corev1.PodSpec{NodeName: "a"},
	}
	for _, change := range changes {
		change(p)
	}
	return p
}

func terminating(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: at(0)} }
func ended(p *corev1.Pod)       { p.Status.Phase = corev1.PodFailed }
func waiting(p *corev1.Pod)     { p.Spec.NodeName = "" }

func ready(since time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(at(since))}}
	}
}

// clusterOf has nodes "a" and "b" and a ReplicaSet that wants so many pods.
func clusterOf(replicas int32, pods ...*corev1.Pod) *cluster.Cluster {
	objects := cluster.Objects{
		Nodes: []*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "a"}}, {ObjectMeta: metav1.ObjectMeta{Name: "b"}}},
		Pods:  pods,
	}
	if replicas != noReplicaSet {
		objects.ReplicaSets = []*appsv1.ReplicaSet{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web"}, Spec: appsv1.ReplicaSetSpec{Replicas: &replicas},
		}}
	}
	return cluster.New(objects)
}

// noReplicaSet in the place of a number of pods: it was deleted.
const noReplicaSet = -1

const (
	aboveRule  = "{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%, clear: 85%}], evict: {}}]}"
	belowRule  = "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, below: 10, clear: 20}], evict: {}}]}"
	equalsRule = "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, equals: 1}], evict: {}}]}"
	sickRule   = "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 0}], evict: {all: true}}]}"
)

// snapshot is one in which node "a" measures a value at an instant, after it has
// been over the line.
func snapshot(t *testing.T, now time.Time, spec string, before, value float64, measured time.Time) *verdict.Snapshot {
	t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: set}\nspec: " + spec))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, 90*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	input := verdict.Input{Now: planned, Nodes: []verdict.Node{{Name: "a"}, {Name: "b"}}, Sets: []*verdict.Set{set}}
	key := verdict.MetricKey{Set: "set", Metric: "m"}
	input.Samples = map[verdict.MetricKey]verdict.Samples{key: {"a": {Value: before, Time: planned}}}
	input.Previous = verdict.Evaluate(input)
	input.Now, input.Samples = now, map[verdict.MetricKey]verdict.Samples{key: {"a": {Value: value, Time: measured}}}
	return verdict.Evaluate(input)
}

// What has become of one record whose pod is, or is not, there.
func TestFollow(t *testing.T) {
	there, going := pod("p", -time.Hour), pod("p", -time.Hour, terminating)
	cases := map[string]struct {
		record history.Record
		after  time.Duration
		pod    *corev1.Pod
		want   history.Record
	}{
		"on its way":                   {record: record("p", evicted), after: time.Minute, pod: going, want: record("p", evicted)},
		"accepted, and not going yet":  {record: record("p", evicted), after: 5*time.Minute - 1, pod: there, want: record("p", evicted)},
		"accepted, and it never went":  {record: record("p", evicted), after: 5 * time.Minute, pod: there, want: record("p", evicted, func(r *history.Record) { r.Failed, r.Effect = "it was not evicted", history.EffectUnknown })},
		"stuck for a day":              {record: record("p", evicted), after: 24 * time.Hour, pod: going, want: record("p", evicted)},
		"gone":                         {record: record("p", evicted), after: 30 * time.Second, want: record("p", gone)},
		"ended, though it is there":    {record: record("p", evicted), after: 30 * time.Second, pod: pod("p", -time.Hour, terminating, ended), want: record("p", gone)},
		"another of that name":         {record: record("p", evicted), after: 30 * time.Second, pod: pod("q", -time.Hour, func(p *corev1.Pod) { p.Name = "p" }), want: record("p", gone)},
		"just planned":                 {record: record("p"), after: 59 * time.Second, pod: there, want: record("p")},
		"just planned, and gone":       {record: record("p"), after: 59 * time.Second, want: record("p")},
		"nobody came to it":            {record: record("p"), after: time.Minute, pod: there, want: record("p", func(r *history.Record) { r.Failed, r.Effect = "it was not evicted", history.EffectUnknown })},
		"nobody wrote that it goes":    {record: record("p"), after: time.Minute, pod: going, want: record("p", evicted)},
		"nobody wrote that it is gone": {record: record("p"), after: time.Minute, want: record("p", func(r *history.Record) { r.Evicted, r.Deleted = planned, at(time.Minute) })},
		"it failed, and is gone": {
			record: record("p", func(r *history.Record) { r.Failed = "no" }), after: time.Hour,
			want: record("p", func(r *history.Record) { r.Failed, r.Effect = "no", history.EffectUnknown }),
		},
		"a dry run":             {record: record("p", dry), after: time.Second, pod: there, want: record("p", dry, func(r *history.Record) { r.Deleted = planned })},
		"a dry run, until when": {record: record("p", dry), after: window - 1, pod: there, want: record("p", dry, func(r *history.Record) { r.Deleted = planned })},
		"a dry run, after that": {
			record: record("p", dry), after: window, pod: there,
			want: record("p", dry, func(r *history.Record) { r.Deleted, r.Effect = planned, history.EffectUnknown }),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pods := []*corev1.Pod{}
			if tc.pod != nil {
				pods = append(pods, tc.pod)
			}
			given := []history.Record{tc.record}
			got, judged := effect.Update(at(tc.after), config(), nil, clusterOf(9, pods...), given)
			if strings.HasPrefix(got[0].Failed, tc.want.Failed) {
				tc.want.Failed = got[0].Failed
			}
			if diff := cmp.Diff(tc.want, got[0]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.record, given[0]); diff != "" {
				t.Errorf("what was given has changed (-want +got):\n%s", diff)
			}
			if isNow := len(judged) > 0; isNow != (tc.want.Effect != history.EffectPending) {
				t.Errorf("judged: %v", judged)
			}
		})
	}
}

// A node that is gone has taken its pods along, whatever the API server says.
func TestNodeGone(t *testing.T) {
	objects := cluster.Objects{Pods: []*corev1.Pod{pod("p", -time.Hour, terminating)}}
	got, judged := effect.Update(at(time.Hour), config(), nil, cluster.New(objects), []history.Record{record("p", evicted, settled), record("q", gone, settled)})
	for _, r := range got {
		if r.Deleted.IsZero() || r.Effect != history.EffectUnknown {
			t.Errorf("got %+v, want it deleted and unknown", r)
		}
	}
	if diff := cmp.Diff([]int{0, 1}, judged); diff != "" {
		t.Errorf("judged (-want +got):\n%s", diff)
	}
}

// Each case is what node "a" measures, after a pod of 10% left it at 30 s, when it
// was at 95% and was to come below 85%. Visible is from 2m30s on.
func TestEffect(t *testing.T) {
	const visible = 30*time.Second + window
	with := func(before history.Before) func(*history.Record) {
		return func(r *history.Record) { r.Before = before; r.Before.Metric = "m" }
	}
	below := with(history.Before{Value: 8, Threshold: 10, Clear: 20})
	equal := with(history.Before{Value: 1, Threshold: 1, Clear: 1})
	sick := with(history.Before{Value: 1, Threshold: 0, Clear: 0})
	cases := map[string]struct {
		record   history.Record
		after    time.Duration
		value    float64
		measured time.Duration
		rule     string // default: aboveRule
		want     history.Effect
	}{
		"lower by what the pod was":         {record: record("p", gone), value: 0.85, want: history.EffectLowered},
		"lower by just over a tenth of it":  {record: record("p", gone), value: 0.939, want: history.EffectLowered},
		"lower by less than a tenth of it":  {record: record("p", gone), value: 0.941, want: history.EffectNone},
		"the same":                          {record: record("p", gone), value: 0.95, want: history.EffectNone},
		"higher":                            {record: record("p", gone), value: 0.99, want: history.EffectNone},
		"not measured yet":                  {record: record("p", gone), value: 0.5, measured: visible - 1, want: history.EffectPending},
		"too early":                         {record: record("p", gone), value: 0.5, after: visible - 1, measured: visible - 1, want: history.EffectPending},
		"missing":                           {record: record("p", gone), value: math.NaN(), want: history.EffectPending},
		"missing for long":                  {record: record("p", gone), value: math.NaN(), after: visible + 20*time.Minute, want: history.EffectPending},
		"missing for too long":              {record: record("p", gone), value: math.NaN(), after: visible + 20*time.Minute + 1, want: history.EffectUnknown},
		"never measured again":              {record: record("p", gone), value: 0.5, measured: time.Minute, after: visible + time.Hour, want: history.EffectUnknown},
		"measured after a long time":        {record: record("p", gone), value: 0.5, measured: visible + 19*time.Minute, after: visible + 20*time.Minute, want: history.EffectLowered},
		"saturated, and the same":           {record: record("p", gone, saturated), value: 0.95, want: history.EffectUnknown},
		"saturated, and lower":              {record: record("p", gone, saturated), value: 0.9, want: history.EffectLowered},
		"the pod has not gone":              {record: record("p", evicted), value: 0.5, after: time.Hour, measured: time.Hour, want: history.EffectPending},
		"a rule that is no more":            {record: record("p", gone, func(r *history.Record) { r.Rule.Rule = "other" }), value: 0.5, after: visible + time.Hour, measured: visible + time.Hour, want: history.EffectUnknown},
		"a metric that is no more":          {record: record("p", gone, func(r *history.Record) { r.Before.Metric = "k" }), value: 0.5, after: visible + time.Hour, measured: visible + time.Hour, want: history.EffectUnknown},
		"back clear by hardly anything":     {record: record("p", gone, with(history.Before{Value: 0.8501, Threshold: 0.9, Clear: 0.85, Share: 0.1})), value: 0.8499, want: history.EffectLowered},
		"back clear as clear was then":      {record: record("p", gone, with(history.Before{Value: 0.8501, Threshold: 0.9, Clear: 0.85, Share: 0.1})), rule: strings.Replace(aboveRule, "85%", "70%", 1), value: 0.8499, want: history.EffectLowered},
		"back clear as clear is now":        {record: record("p", gone, with(history.Before{Value: 0.8801, Threshold: 0.9, Clear: 0.85, Share: 0.1})), rule: strings.Replace(aboveRule, "85%", "88%", 1), value: 0.8799, want: history.EffectLowered},
		"a pod without a share, 0.1% less":  {record: record("p", gone, with(history.Before{Value: 0.95, Threshold: 0.9, Clear: 0.85})), value: 0.9489, want: history.EffectLowered},
		"a pod without a share, less noise": {record: record("p", gone, with(history.Before{Value: 0.95, Threshold: 0.9, Clear: 0.85})), value: 0.9492, want: history.EffectNone},
		"more is better, and it is more":    {record: record("p", gone, below), rule: belowRule, value: 9, want: history.EffectLowered},
		"more is better, and it is less":    {record: record("p", gone, below), rule: belowRule, value: 7, want: history.EffectNone},
		"more is better, and it is enough":  {record: record("p", gone, below), rule: belowRule, value: 21, want: history.EffectLowered},
		"one value, and it is still that":   {record: record("p", gone, equal), rule: equalsRule, value: 1, want: history.EffectNone},
		"one value, and it is another":      {record: record("p", gone, equal), rule: equalsRule, value: 2, want: history.EffectLowered},
		"a sick node, and it is still sick": {record: record("p", gone, sick), rule: sickRule, value: 1, want: history.EffectUnknown},
		"a sick node, and it is well":       {record: record("p", gone, sick), rule: sickRule, value: 0, want: history.EffectLowered},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.after == 0 {
				tc.after = visible
			}
			if tc.measured == 0 {
				tc.measured = visible
			}
			if tc.rule == "" {
				tc.rule = aboveRule
			}
			settled(&tc.record)
			snapshot := snapshot(t, at(tc.after), tc.rule, tc.record.Before.Value, tc.value, at(tc.measured))
			pods := clusterOf(9, pod("other", -time.Hour))
			if tc.record.Deleted.IsZero() {
				pods = clusterOf(9, pod("p", -time.Hour, terminating))
			}
			got, judged := effect.Update(at(tc.after), config(), snapshot, pods, []history.Record{tc.record})
			if got[0].Effect != tc.want {
				t.Errorf("got %s, want %s", got[0].Effect, tc.want)
			}
			if (len(judged) == 1) != (tc.want != history.EffectPending) {
				t.Errorf("judged: %v", judged)
			}
			if measured := got[0].After != nil; measured != (tc.want == history.EffectLowered || tc.want == history.EffectNone || tc.rule == sickRule || tc.record.Saturated) {
				t.Errorf("after: %v", got[0].After)
			}
			again, judged := effect.Update(at(tc.after), config(), snapshot, pods, got)
			if diff := cmp.Diff(got, again); diff != "" || len(judged) > 0 {
				t.Errorf("judged again: %v (-want +got):\n%s", judged, diff)
			}
		})
	}
}

// Of pods that left a node together, what the node measures tells of all of them:
// three pods of 10% must bring down more than a tenth of 30%.
func TestTogether(t *testing.T) {
	const visible = 30*time.Second + window
	late := func(r *history.Record) { r.Evicted, r.Deleted = planned, at(90*time.Second) }
	node := func(name string) func(*history.Record) { return func(r *history.Record) { r.Node = name } }
	earlier := func(r *history.Record) { r.Planned = r.Planned.Add(-time.Hour) }
	lower := func(r *history.Record) { r.Before.Value = 0.85 } // of the second, if the first was taken off
	failed := func(r *history.Record) { r.Failed, r.Effect = "no", history.EffectUnknown }
	const (
		lowered, none, pending, unknown = history.EffectLowered, history.EffectNone, history.EffectPending, history.EffectUnknown
	)
	cases := map[string]struct {
		records []history.Record
		value   float64
		want    []history.Effect
	}{
		"enough for all":             {[]history.Record{record("p", gone), record("q", gone), record("r", gone)}, 0.919, []history.Effect{lowered, lowered, lowered}},
		"enough for one of them":     {[]history.Record{record("p", gone), record("q", gone), record("r", gone)}, 0.921, []history.Effect{none, none, none}},
		"one is still visible":       {[]history.Record{record("p", gone), record("q", gone), record("r", late)}, 0.929, []history.Effect{lowered, lowered, pending}},
		"compared with the first":    {[]history.Record{record("p", gone), record("q", gone, lower)}, 0.86, []history.Effect{lowered, lowered}},
		"one failed":                 {[]history.Record{record("p", gone, failed), record("q", gone)}, 0.939, []history.Effect{unknown, lowered}},
		"one was saturated":          {[]history.Record{record("p", gone), record("q", gone, saturated)}, 0.95, []history.Effect{unknown, unknown}},
		"off another node":           {[]history.Record{record("p", gone), record("q", gone, node("b"))}, 0.939, []history.Effect{lowered, pending}},
		"by an earlier plan":         {[]history.Record{record("p", gone, earlier), record("q", gone)}, 0.939, []history.Effect{lowered, lowered}},
		"a dry run of the same time": {[]history.Record{record("p", dry), record("q", gone)}, 0.939, []history.Effect{unknown, lowered}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for i := range tc.records {
				settled(&tc.records[i])
			}
			got, _ := effect.Update(at(visible), config(), snapshot(t, at(visible), aboveRule, 0.95, tc.value, at(visible)), clusterOf(9), tc.records)
			effects := []history.Effect{}
			for _, r := range got {
				effects = append(effects, r.Effect)
			}
			if diff := cmp.Diff(tc.want, effects); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
