// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/kubernetes/pkg/apis/scheduling"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

const reasonHot = `node(s) over load line "hot"`

func TestFilter(t *testing.T) {
	hot := values{"x": {"a": 0.95, "b": 0.5}}
	cases := map[string]struct {
		texts    []string
		measured values
		pod      *corev1.Pod
		// want are the reasons by node, nil where Filter is skipped.
		want map[string]string
	}{
		"a hot node": {
			texts: []string{set("x", rejecting)}, measured: hot,
			want: map[string]string{"a": reasonHot},
		},
		"no hot node": {
			texts: []string{set("x", rejecting)}, measured: values{"x": {"a": 0.9, "b": 0.5}},
		},
		"nothing measured": {
			texts: []string{set("x", rejecting)},
		},
		"no rule sets": {measured: hot},
		"no rules": {
			texts: []string{set("x", `  preferences: [{metric: m, prefer: Lower}]`)}, measured: hot,
		},
		"other pods": {
			texts: []string{set("x", rejecting+"\n  podSelector: {matchLabels: {app: other}}")}, measured: hot,
		},
		"these pods": {
			texts: []string{set("x", rejecting+"\n  podSelector: {matchLabels: {app: other}}")}, measured: hot,
			pod:  pod("p").Label("app", "other").Obj(),
			want: map[string]string{"a": reasonHot},
		},
		"refused by any set, in the order of their names": {
			texts: []string{
				set("y", `  rules: [{name: y-hot, when: [{metric: m, above: 0.9}], reject: {}}]`),
				set("x", `  rules: [{name: x-hot, when: [{metric: m, above: 0.9}], reject: {}}]`),
			},
			measured: values{"x": {"a": 0.95, "b": 0.5}, "y": {"a": 0.95, "b": 0.95}},
			want:     map[string]string{"a": `node(s) over load line "x-hot"`, "b": `node(s) over load line "y-hot"`},
		},
		"all nodes are hot": {
			texts: []string{set("x", rejecting)}, measured: values{"x": {"a": 1, "b": 1, "new": 1}},
			want: map[string]string{"a": reasonHot, "b": reasonHot},
		},
		"pod of a DaemonSet": {
			texts: []string{set("x", rejecting)}, measured: hot,
			pod: pod("p").OwnerReference("agent", corev1.SchemeGroupVersion.WithKind("DaemonSet")).Obj(),
		},
		"pod of a ReplicaSet": {
			texts: []string{set("x", rejecting)}, measured: hot,
			pod:  pod("p").OwnerReference("web", corev1.SchemeGroupVersion.WithKind("ReplicaSet")).Obj(),
			want: map[string]string{"a": reasonHot},
		},
		"system-critical priority": {
			texts: []string{set("x", rejecting)}, measured: hot,
			pod: pod("p").Priority(scheduling.SystemCriticalPriority).Obj(),
		},
		"highest priority of users": {
			texts: []string{set("x", rejecting)}, measured: hot,
			pod:  pod("p").Priority(scheduling.HighestUserDefinablePriority).Obj(),
			want: map[string]string{"a": reasonHot},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			// The snapshot was taken before node "new" appeared.
			s := newScheduler(t, "a", "b", "new")
			s.publish(t, []string{"a", "b"}, tc.measured, tc.texts...)
			if tc.pod == nil {
				tc.pod = pod("p").Obj()
			}
			state := s.preFilter(t, tc.pod)
			if got := state.GetSkipFilterPlugins().Has(Name); got != (tc.want == nil) {
				t.Errorf("skipped Filter: %v", got)
			}
			if tc.want == nil {
				tc.want = map[string]string{}
			}
			if diff := cmp.Diff(tc.want, s.filter(t, state, tc.pod)); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACycleSeesOneSnapshot(t *testing.T) {
	text := set("x", rejecting+"\n  preferences: [{metric: m, prefer: Lower}]")
	s := newScheduler(t, "a", "b", "c")
	nodes := []string{"a", "b", "c"}
	s.publish(t, nodes, values{"x": {"a": 0.95, "b": 0.1, "c": 0.2}}, text)
	p := pod("p").Obj()
	state := s.preFilter(t, p)
	// Now with another order of the nodes, and without one of them.
	s.publish(t, []string{"c", "b"}, values{"x": {"b": 0.95, "c": 0.95}}, text)
	if diff := cmp.Diff(map[string]string{"a": reasonHot}, s.filter(t, state, p)); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	s.publish(t, []string{"c", "b", "a"}, values{"x": {"a": 0.1, "b": 0.1, "c": 0.1}}, text)
	if diff := cmp.Diff(map[string]string{"a": reasonHot}, s.filter(t, state.Clone(), p)); diff != "" {
		t.Errorf("refused in a clone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"a": 0, "b": 100, "c": 88}, s.score(t, state, p)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

func TestFilterIsSafeForConcurrentUse(t *testing.T) {
	s := newScheduler(t, "a", "b", "c", "d")
	nodes := []string{"a", "b", "c", "d"}
	hot := values{"x": {"a": 1, "b": 1, "c": 1, "d": 1}}
	s.publish(t, nodes, hot, set("x", rejecting))
	p := pod("p").Obj()
	state := s.preFilter(t, p)
	const rounds = 50
	var group sync.WaitGroup
	for range rounds {
		for _, node := range s.nodes {
			group.Go(func() { s.plugin.Filter(t.Context(), state, p, node) })
		}
		group.Go(func() { s.publish(t, nodes, hot, set("x", rejecting)) })
	}
	group.Wait()
	if got := len(s.plugin.waiting.pods); got != 1 {
		t.Errorf("%d pods wait, want one", got)
	}
	refusals := s.plugin.metrics.refusalsOf(verdict.RuleKey{Set: "x", Rule: "hot"})
	if got, err := testutil.GetCounterMetricValue(refusals); err != nil || got != float64(len(s.nodes)) {
		t.Errorf("counted %v refusals (%v), want one for each of %d nodes", got, err, len(s.nodes))
	}
}
