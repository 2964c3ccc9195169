// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/explain"
)

// decision is the only one in the journal.
func (s *scheduler) decision(t *testing.T) *explain.Decision {
	t.Helper()
	decisions := s.plugin.journal.All()
	if len(decisions) != 1 {
		t.Fatalf("got %d decisions, want one", len(decisions))
	}
	return decisions[0]
}

// refusals are those of a decision, with the names of the examples alone.
func refusals(decision *explain.Decision) []string {
	var texts []string
	for _, refusal := range decision.Refusals {
		var examples []string
		for _, example := range refusal.Examples {
			examples = append(examples, example.Node)
		}
		texts = append(texts, fmt.Sprintf("%s/%s: %d %v givenUp=%v suspended=%v observed=%v",
			refusal.RuleSet, refusal.Rule, refusal.Nodes, examples, refusal.GivenUp, refusal.Suspended, refusal.Observed))
	}
	return texts
}

func TestDecisionOnARefusedPod(t *testing.T) {
	nodes := []string{"a", "b", "c"}
	s := newScheduler(t, nodes...)
	s.publish(t, nodes, values{"x": {"a": 0.99, "b": 0.95, "c": 0.97}, "y": {"a": 0.99, "b": 0.95, "c": 0.97}},
		set("x", rejecting), set("y", "  mode: Observe\n  rules: [{name: warm, when: [{metric: m, above: 0.96}], reject: {}}]"))
	s.refuse(t, pod("p").Obj())
	decision := s.decision(t)
	if decision.Outcome != explain.Refused || decision.Nodes != 3 || len(decision.RuleSets) != 2 {
		t.Errorf("got %+v, want it refused by two rule sets, of three nodes", decision)
	}
	want := []string{
		"x/hot: 3 [b c a] givenUp=false suspended=false observed=false",
		"y/warm: 2 [a c] givenUp=false suspended=false observed=true",
	}
	if diff := cmp.Diff(want, refusals(decision)); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	value, above := 0.95, 0.9
	wantReadings := []explain.Reading{{Metric: "m", Value: &value, Above: &above}}
	if diff := cmp.Diff(wantReadings, decision.Refusals[0].Examples[0].Readings); diff != "" {
		t.Errorf("readings of b (-want +got):\n%s", diff)
	}
}

// Nodes over a line that refused none are told all the same, and whether the pod
// was placed on one of them.
func TestDecisionOnAPodOverALine(t *testing.T) {
	hot := values{"x": {"a": 0.95, "b": 0.99}}
	cases := map[string]struct {
		rules string
		// first tries the pod before, a minute earlier.
		first bool
		want  []string
	}{
		"that was given up": {
			rules: givingUp, first: true,
			want: []string{"x/hot: 2 [b a] givenUp=true suspended=false observed=false"},
		},
		"that is suspended": {
			rules: `  rules: [{name: hot, when: [{metric: m, above: 0.9}], reject: {maxNodes: 50%}}]`,
			want:  []string{"x/hot: 2 [b a] givenUp=false suspended=true observed=false"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScheduler(t, "a", "b")
			s.publish(t, []string{"a", "b"}, hot, set("x", tc.rules))
			p := pod("p").Obj()
			if tc.first {
				s.refuse(t, p)
			}
			s.elapsed = time.Minute
			s.publish(t, []string{"a", "b"}, hot, set("x", tc.rules))
			state := s.preFilter(t, p)
			if reasons := s.filter(t, state, p); len(reasons) > 0 {
				t.Fatalf("refused: %v", reasons)
			}
			s.plugin.recordPlaced(p, "b", readView(state), nil)
			decision := s.decision(t)
			if decision.Outcome != explain.Placed || decision.Node != "b" {
				t.Errorf("got %+v, want it placed on b", decision)
			}
			if diff := cmp.Diff(tc.want, refusals(decision)); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
		})
	}
}

// Only the preferences count that ranked the nodes.
func TestDecisionOnARankedPod(t *testing.T) {
	s := newScheduler(t, "a", "b")
	preferring := "  preferences: [{metric: m, prefer: Lower, range: [0, 1]}]"
	s.publish(t, []string{"a", "b"}, values{"x": {"a": 0.25, "b": 0.5}, "y": {"a": 0.9, "b": 0.1}},
		set("x", preferring), set("y", "  mode: Observe\n"+preferring))
	p := pod("p").Obj()
	state := s.preFilter(t, p)
	s.score(t, state, p)
	s.plugin.recordPlaced(p, "b", readView(state), readRanked(state))
	quarter, half := 0.25, 0.5
	want := []explain.Score{
		{Node: "a", Score: 75, Readings: []explain.Reading{{Metric: "m", Value: &quarter}}},
		{Node: "b", Score: 50, Readings: []explain.Reading{{Metric: "m", Value: &half}}},
	}
	if diff := cmp.Diff(want, s.decision(t).Scores, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}

// A refusal is news once, and again when other rules refuse the pod than before, also
// if a snapshot is published in the middle of a cycle. Each placement is.
func TestNews(t *testing.T) {
	nodes := []string{"a", "b"}
	s := newScheduler(t, nodes...)
	var news []func() *explain.Decision
	s.plugin.journal.Follow(func(decision func() *explain.Decision) { news = append(news, decision) })
	p := pod("p").Obj()
	hot := values{"x": {"a": 0.95, "b": 0.95}, "y": {"a": 0.95, "b": 0.95}}
	warm := set("y", `  rules: [{name: warm, when: [{metric: m, above: 0.8}], reject: {}}]`)
	check := func(when string, want ...string) {
		t.Helper()
		var got []string
		for _, decision := range news {
			got = append(got, fmt.Sprint(decision().Outcome, decision().Node))
		}
		if news = nil; !cmp.Equal(want, got) {
			t.Errorf("%s: told of %v, want %v", when, got, want)
		}
	}

	s.publish(t, nodes, hot, set("x", rejecting))
	s.refuse(t, p)
	check("first", "Refused")
	for range 3 {
		s.refuse(t, p)
		s.publish(t, nodes, hot, set("x", rejecting))
	}
	check("the same again")

	s.publish(t, nodes, hot, warm)
	s.refuse(t, p)
	check("by another rule", "Refused")
	s.publish(t, nodes, values{"x": {"a": 0.95}, "y": {"b": 0.95}}, set("x", rejecting), warm)
	s.refuse(t, p)
	check("by one more", "Refused")
	state := s.preFilter(t, p)
	s.RunFilterPlugins(t.Context(), state, p, s.nodes[0])
	s.publish(t, nodes, values{"x": {"a": 0.95}, "y": {"b": 0.95}}, set("x", rejecting), warm)
	s.RunFilterPlugins(t.Context(), state, p, s.nodes[1])
	s.RunPostFilterPlugins(t.Context(), state, p, framework.NewDefaultNodeToStatus())
	check("while a snapshot is published")

	s.publish(t, nodes, values{"x": {"a": 0.5, "b": 0.95}}, set("x", rejecting))
	state = s.preFilter(t, p)
	s.filter(t, state, p)
	s.plugin.recordPlaced(p, "a", readView(state), nil)
	check("placed", "Placeda")
	passed := s.decision(t).Passed
	if len(passed) != 1 || passed[0].Rule != "hot" || *passed[0].Readings[0].Value != 0.5 {
		t.Errorf("passed %+v, want the rule that had nothing against the node", passed)
	}
}
