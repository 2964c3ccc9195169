// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/explain"
)

// A pod is told of from the end of the cycle in which it was refused until it finds a
// node, also while it is tried again.
func TestWaitingList(t *testing.T) {
	s := newScheduler(t, "a", "b")
	publish := func(b float64) {
		s.publish(t, []string{"a", "b"}, values{"x": {"a": 0.95, "b": b}, "y": {"a": 0.95, "b": b}}, set("x", givingUp), set("y", rejecting))
	}
	publish(0.5)
	p := pod("p").Obj()
	check := func(when string, want ...explain.Waiting) {
		t.Helper()
		if diff := cmp.Diff(append([]explain.Waiting{}, want...), s.plugin.Waiting()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check("before anything")
	s.filter(t, s.preFilter(t, p), p)
	check("while it is tried for the first time")
	publish(0.95)
	state := s.preFilter(t, p)
	s.filter(t, state, p)
	waits := explain.Waiting{
		Namespace: "default", Pod: "p", UID: "p", Since: now, Rules: []explain.Rule{{RuleSet: "x", Rule: "hot"}}, GiveUpAt: now.Add(time.Minute),
	}
	check("once it was refused", waits)
	s.elapsed = 30 * time.Second
	publish(0.95)
	check("after another snapshot", waits)
	state = s.preFilter(t, p)
	listed := waits
	listed.GiveUpAt = time.Time{}
	check("while it is tried again", listed)
	s.filter(t, state, p)
	check("once it was refused again", waits)
	s.plugin.Reserve(t.Context(), state, p, "a")
	check("once it has a node")
}

// An attempt counts as refused where a load line has refused a node, whether or not that
// is news, and a pod as placed once it is bound.
func TestOutcomesAreCounted(t *testing.T) {
	s := newScheduler(t, "a", "b")
	clock := clocktesting.NewFakePassiveClock(now)
	tally := explain.NewTally(clock)
	s.plugin.journal.CountIn(tally)
	check := func(when string, wantPlaced, wantRefused int) {
		t.Helper()
		if placed, refused := tally.Between(now, now.Add(time.Second)); placed != wantPlaced || refused != wantRefused {
			t.Errorf("%s: got %d placed and %d refused, want %d and %d", when, placed, refused, wantPlaced, wantRefused)
		}
	}
	s.publish(t, []string{"a", "b"}, values{"x": {"a": 0.95, "b": 0.95}}, set("x", rejecting))
	p, other := pod("p").Obj(), pod("other").Obj()
	for range 2 {
		s.refuse(t, p)
	}
	check("refused twice", 0, 2)
	state := s.preFilter(t, other)
	s.plugin.PostFilter(t.Context(), state, other, nil) // since other plugins have refused all nodes
	check("refused by others", 0, 2)
	s.publish(t, []string{"a", "b"}, values{"x": {"a": 0.5, "b": 0.5}}, set("x", rejecting))
	s.plugin.PostBind(t.Context(), s.preFilter(t, p), p, "a")
	check("placed", 1, 2)
}

// Lists do not share what goes on changing.
func TestWaitingListIsACopy(t *testing.T) {
	s := newScheduler(t, "a")
	s.publish(t, []string{"a"}, values{"x": {"a": 0.95}, "y": {"a": 0.5}}, set("x", rejecting), set("y", rejecting))
	for _, name := range []string{"p", "q"} {
		s.refuse(t, pod(name).Obj())
	}
	before := s.plugin.Waiting()
	s.publish(t, []string{"a"}, values{"x": {"a": 0.5}, "y": {"a": 0.95}}, set("x", rejecting), set("y", rejecting))
	for _, name := range []string{"p", "q"} {
		s.refuse(t, pod(name).Obj())
	}
	uids := map[types.UID]bool{}
	for _, waits := range before {
		uids[waits.UID] = true
		if waits.Rules[0].RuleSet != "x" {
			t.Errorf("got %+v, which has changed since", waits)
		}
	}
	for _, waits := range s.plugin.Waiting() {
		if !uids[waits.UID] || len(waits.Rules) != 1 || waits.Rules[0].RuleSet != "y" {
			t.Errorf("got %+v, want it refused by the other rule", waits)
		}
	}
}
