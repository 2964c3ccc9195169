// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

func TestScore(t *testing.T) {
	const lower = `  preferences: [{metric: m, prefer: Lower}]`
	cases := map[string]struct {
		texts    []string
		measured values
		pod      *corev1.Pod
		// want are the scores by node, nil where Score is skipped.
		want map[string]int64
	}{
		"distances are kept": {
			texts: []string{set("x", lower)}, measured: values{"x": {"a": 10, "b": 11, "c": 20}},
			want: map[string]int64{"a": 100, "b": 90, "c": 0},
		},
		"a node that was not measured": {
			texts: []string{set("x", lower)}, measured: values{"x": {"a": 10, "b": 20}},
			want: map[string]int64{"a": 100, "b": 0, "c": 0},
		},
		"two sets by weight": { // (1*100 + 3*0) / 4, (1*0 + 3*100) / 4
			texts: []string{
				set("x", lower),
				set("y", `  preferences: [{metric: m, prefer: Higher, weight: 3}]`),
			},
			measured: values{"x": {"a": 1, "b": 2, "c": 1.5}, "y": {"a": 1, "b": 2, "c": 1.5}},
			want:     map[string]int64{"a": 25, "b": 75, "c": 50},
		},
		"refused nodes have scores too": {
			texts: []string{set("x", rejecting+"\n"+lower)}, measured: values{"x": {"a": 1, "b": 0, "c": 0.5}},
			want: map[string]int64{"a": 0, "b": 100, "c": 50},
		},
		"no preferences": {
			texts: []string{set("x", rejecting)}, measured: values{"x": {"a": 1}},
		},
		"no rule sets": {},
		"other pods": {
			texts: []string{set("x", lower+"\n  podSelector: {matchLabels: {app: other}}")}, measured: values{"x": {"a": 1}},
		},
		"pod of a DaemonSet": {
			texts: []string{set("x", lower)}, measured: values{"x": {"a": 1}},
			pod: pod("p").OwnerReference("agent", corev1.SchemeGroupVersion.WithKind("DaemonSet")).Obj(),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, "a", "b", "c")
			s.publish(t, []string{"b", "a", "c"}, tc.measured, tc.texts...)
			if tc.pod == nil {
				tc.pod = pod("p").Obj()
			}
			if diff := cmp.Diff(tc.want, s.score(t, s.preFilter(t, tc.pod), tc.pod)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScoresAreByPositionAmongTheCandidates(t *testing.T) {
	s := newScheduler(t, "a", "b", "c", "new")
	s.publish(t, []string{"a", "b", "c"}, values{"x": {"a": 10, "b": 15, "c": 20}}, set("x", `  preferences: [{metric: m, prefer: Lower}]`))
	p := pod("p").Obj()
	state := s.preFilter(t, p)
	s.nodes = slices.DeleteFunc(s.nodes, func(node fwk.NodeInfo) bool { return node.Node().Name == "a" })
	slices.Reverse(s.nodes)
	if diff := cmp.Diff(map[string]int64{"b": 100, "c": 0, "new": 0}, s.score(t, state, p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNormalizeScoreFailsWithoutTheScoresOfTheseNodes(t *testing.T) {
	s := newScheduler(t, "a", "b")
	s.publish(t, []string{"a", "b"}, values{"x": {"a": 1, "b": 2}}, set("x", `  preferences: [{metric: m, prefer: Lower}]`))
	p := pod("p").Obj()
	if status := s.plugin.NormalizeScore(t.Context(), framework.NewCycleState(), p, make(fwk.NodeScoreList, 2)); status.Code() != fwk.Error {
		t.Errorf("without scores: got %v, want an error", status)
	}
	state := s.preFilter(t, p)
	s.score(t, state, p)
	if status := s.plugin.NormalizeScore(t.Context(), state, p, make(fwk.NodeScoreList, 3)); status.Code() != fwk.Error {
		t.Errorf("with another number of nodes: got %v, want an error", status)
	}
}
