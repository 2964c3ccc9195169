// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/apis/scheduling"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	st "k8s.io/kubernetes/pkg/scheduler/testing"
)

// lowestFirst prefers the nodes on which the fewest cores are in use.
const lowestFirst = "  preferences: [{metric: m, prefer: Lower}]\n"

// place has a pod placed as the scheduler does, in the cycle of a number. hint is
// the node that a batch told, if any.
func (s *scheduler) place(t *testing.T, pod *corev1.Pod, cycle int64) (hint, chosen string) {
	t.Helper()
	state, signature := s.preFilter(t, pod), s.SignPod(t.Context(), pod)
	if signature == nil {
		t.Fatal("the pod cannot be signed")
	}
	hint = s.GetNodeHint(t.Context(), pod, signature, state, cycle)
	feasible := s.feasible(t, state, pod, hint)
	if hint == "" || len(feasible) == 0 {
		feasible = s.feasible(t, state, pod, "")
	}
	switch len(feasible) {
	case 0:
		return hint, "nowhere"
	case 1:
		chosen = feasible[0].Node().Name
		s.StoreScheduleResults(t.Context(), signature, hint, chosen, nil, cycle)
	default:
		if status := s.RunPreScorePlugins(t.Context(), state, pod, feasible); !status.IsSuccess() {
			t.Fatalf("PreScore: %v", status)
		}
		scores, status := s.RunScorePlugins(t.Context(), state, pod, feasible)
		if !status.IsSuccess() {
			t.Fatalf("Score: %v", status)
		}
		sorted := framework.NewSortedScoredNodes(scores)
		chosen = sorted.Pop().Name
		s.StoreScheduleResults(t.Context(), signature, hint, chosen, sorted, cycle)
	}
	if status := s.RunReservePluginsReserve(t.Context(), state, pod, chosen); !status.IsSuccess() {
		t.Fatal(status)
	}
	return hint, chosen
}

// feasible are the nodes that take a pod, out of all or of one.
func (s *scheduler) feasible(t *testing.T, state fwk.CycleState, pod *corev1.Pod, only string) []fwk.NodeInfo {
	t.Helper()
	var feasible []fwk.NodeInfo
	for _, node := range s.nodes {
		if only != "" && node.Node().Name != only {
			continue
		}
		switch status := s.RunFilterPlugins(t.Context(), state, pod, node); {
		case status.IsSuccess():
			feasible = append(feasible, node)
		case !status.IsRejected():
			t.Fatalf("Filter of node %s: %v", node.Node().Name, status)
		}
	}
	return feasible
}

// A batch is ranked once, and the next pod goes by that: to the next best node
// where the last pod has filled its own up to the line, else to the best once that
// node was ranked again. Lines that have changed since count all the same.
func TestBatch(t *testing.T) {
	nodes := []string{"a", "b", "c"}
	measured := values{"x": {"a": 0.1, "b": 0.3, "c": 0.4}}
	republish := func(now values, text string) func(*testing.T, *scheduler) {
		return func(t *testing.T, s *scheduler) { s.publish(t, nodes, now, text) }
	}
	const filling, small = 5, 1 // cores of ten
	cases := map[string]struct {
		cores     int
		meanwhile func(t *testing.T, s *scheduler)
		second    func(*st.PodWrapper)
		// wantHint is the node that the batch tells for the second pod, and
		// wantChosen the one that it goes to. Empty: none, and any.
		wantHint, wantChosen string
	}{
		"the first has filled its node": {cores: filling, wantHint: "b", wantChosen: "b"},
		"there is room for more":        {cores: small, wantHint: "a", wantChosen: "a"},
		"a new snapshot, and there is room for more": {
			cores: small, meanwhile: republish(values{"x": {"a": 0.8, "b": 0.5, "c": 0.1}}, byCoresSet+lowestFirst), wantChosen: "c",
		},
		"a new snapshot, and the next node is over the line": {
			cores: filling, meanwhile: republish(values{"x": {"a": 0.6, "b": 0.95, "c": 0.3}}, byCoresSet+lowestFirst), wantHint: "b", wantChosen: "c",
		},
		"a new snapshot, and the next node would be over the line": {
			cores: filling, meanwhile: republish(values{"x": {"a": 0.6, "b": 0.5, "c": 0.3}}, byCoresSet+lowestFirst), wantHint: "b", wantChosen: "c",
		},
		// The scheduler does not ask again how nodes rank, for half a second.
		"a new snapshot, and the next node has ceased to be the best": {
			cores: filling, meanwhile: republish(values{"x": {"a": 0.6, "b": 0.35, "c": 0.1}}, byCoresSet+lowestFirst), wantHint: "b", wantChosen: "b",
		},
		"the rules prefer other nodes": {
			cores: small, meanwhile: republish(measured, byCoresSet+"  preferences: [{metric: m, prefer: Higher}]\n"), wantChosen: "c",
		},
		"the rules refuse the next node": {
			cores: filling, meanwhile: republish(measured, set("x", `  rules: [{name: not-b, when: [{metric: m, equals: 0.3}], reject: {}}]
  preferences: [{metric: m, prefer: Lower}]`)), wantChosen: "a", // m is of no resource any more
		},
		"other labels":      {cores: small, second: func(p *st.PodWrapper) { p.Label("app", "other") }, wantChosen: "a"},
		"another workload":  {cores: small, second: func(p *st.PodWrapper) { p.OwnerReference("web", replicaSet) }, wantChosen: "a"},
		"another namespace": {cores: small, second: func(p *st.PodWrapper) { p.Namespace("other") }, wantChosen: "a"},
		"exempt":            {cores: small, second: func(p *st.PodWrapper) { p.Priority(scheduling.SystemCriticalPriority) }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, nodes...)
			s.outlook = byCores(map[types.UID]float64{}, "a")
			s.publish(t, nodes, measured, byCoresSet+lowestFirst)
			if hint, chosen := s.place(t, cores("p0", tc.cores).Obj(), 1); hint != "" || chosen != "a" {
				t.Fatalf("the first pod: hint %q, chosen %q, want no hint, and a", hint, chosen)
			}
			if tc.meanwhile != nil {
				tc.meanwhile(t, s)
			}
			second := cores("p1", tc.cores)
			if tc.second != nil {
				tc.second(second)
			}
			hint, chosen := s.place(t, second.Obj(), 2)
			if hint != tc.wantHint {
				t.Errorf("got the hint %q, want %q", hint, tc.wantHint)
			}
			if tc.wantChosen != "" && chosen != tc.wantChosen {
				t.Errorf("chose %q, want %q", chosen, tc.wantChosen)
			}
		})
	}
}

// Pods in a batch go where they would go one by one.
func TestBatchChoosesAsOneByOne(t *testing.T) {
	nodes := []string{"a", "b", "c", "d"}
	measured := values{"x": {"a": 0.112, "b": 0.239, "c": 0.364, "d": 0.487}}
	placed := func(batched bool) (placed []string, hints int) {
		s := newScheduler(t, nodes...)
		s.outlook = byCores(nil, "a")
		s.publish(t, nodes, measured, byCoresSet+lowestFirst)
		for i := range 12 {
			cycle := int64(i)
			if !batched {
				cycle *= 2 // pods of other profiles come in between
			}
			hint, chosen := s.place(t, cores(fmt.Sprintf("p%d", i), 1).Obj(), cycle)
			placed = append(placed, chosen)
			if hint != "" {
				hints++
			}
		}
		return placed, hints
	}
	together, hints := placed(true)
	alone, none := placed(false)
	if hints == 0 || none != 0 {
		t.Errorf("got %d hints in the batch and %d without, want some and none", hints, none)
	}
	if fmt.Sprint(together) != fmt.Sprint(alone) {
		t.Errorf("got %v in a batch, and %v one by one", together, alone)
	}
}

var replicaSet = appsv1.SchemeGroupVersion.WithKind("ReplicaSet")
