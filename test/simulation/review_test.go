// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// What became of an eviction is written down in a ledger that is full, too.
func TestFullLedger(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]error{"evicted": nil, "refused": errors.New("not on Fridays")} {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
			s.node("hot", 80)
			s.nodes(3, "cool", 30)
			pod := s.pod("hot", 15)
			for i := range history.MaxRecords {
				s.Ledger.State.Records = append(s.Ledger.State.Records, old(i))
			}
			s.OnEvict = func(*corev1.Pod) error { return refused }
			told := false
			s.OnStep = func() {
				for _, r := range s.Ledger.State.Records {
					if r.Pod.UID != pod.UID || told {
						continue
					}
					told = true
					if refused == nil && r.Evicted.IsZero() {
						t.Errorf("it is not written down that %s was evicted: %+v", r.Pod.Name, r)
					}
					if refused != nil && !strings.Contains(r.Failed, refused.Error()) {
						t.Errorf("%s failed because of %q, want %q", r.Pod.Name, r.Failed, refused)
					}
				}
			}
			s.run(10 * time.Minute)
			if !told {
				t.Error("the eviction is not in the ledger")
			}
		})
	}
}

// old is a record of ten days ago, of which all is known.
func old(i int) history.Record {
	at := Start.Add(-240 * time.Hour).Add(time.Duration(i) * time.Minute)
	pod := history.Pod{Namespace: "default", Name: fmt.Sprintf("old-%d", i)}
	pod.UID = "old"
	return history.Record{
		Pod: pod, Workload: projection.Workload{Namespace: "default", Kind: "ReplicaSet", Name: "old"}, Node: "elsewhere",
		Planned: at, Evicted: at, Deleted: at, Effect: history.EffectLowered,
		Successor: history.Successor{NotNeeded: true},
	}
}

// Rules and nodes may change between a plan and each of its evictions.
func TestChangedDuringAPlan(t *testing.T) {
	t.Parallel()
	rules := cpuRule("90%", "60%", culprits)
	for name, change := range map[string]func(s *scenario){
		"nothing": nil,
		"the rule set only observes": func(s *scenario) {
			s.edit(strings.Replace(rules, "spec:", "spec:\n  mode: Observe", 1))
		},
		"the rule set is for other pods": func(s *scenario) {
			s.edit(strings.Replace(rules, "spec:", "spec:\n  podSelector: {matchLabels: {no: pod}}", 1))
		},
		"the rule set is for other nodes": func(s *scenario) {
			s.edit(strings.Replace(rules, "spec:", "spec:\n  nodeSelector: {matchLabels: {no: node}}", 1))
		},
		"the rule has another name": func(s *scenario) { s.edit(strings.Replace(rules, "cpu-high", "cpu-higher", 1)) },
		"the rule evicts no more":   func(s *scenario) { s.edit(cpuRule("90%", "60%", "")) },
		"the rule set is gone":      func(s *scenario) { s.engine.sets = nil; s.Remeasure() },
		"the line is raised":        func(s *scenario) { s.edit(cpuRule("99%", "98%", culprits)) },
		"all other nodes are cordoned": func(s *scenario) {
			for _, node := range s.Nodes {
				node.Cordoned = true
			}
		},
		"nothing is measured for a minute": func(s *scenario) { s.Clock.SetTime(s.Now().Add(time.Minute)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScenario(t, Settings{Rules: []string{rules}})
			s.node("hot", 15)
			s.nodes(6, "cool", 20)
			s.pods(8, "hot", 10) // four have to go
			s.OnEvicted = func() {
				if len(s.Evictions) == 2 && change != nil {
					change(s)
				}
			}
			s.run(6 * time.Minute)
			want := 2
			if change == nil {
				want = 4
			}
			s.evicted(want)
		})
	}
}

// edit puts a rule set in the place of the first.
func (s *scenario) edit(text string) {
	s.t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte(strings.TrimSpace(text)))
	if err != nil {
		s.t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, staleInTicks*s.settings.Interval)
	if err != nil {
		s.t.Fatal(err)
	}
	s.engine.sets = []*verdict.Set{set}
	s.Remeasure()
}

// The room that the successor of an evicted pod is to have is not given to another
// while its controller has not made it yet.
func TestRoomOfSuccessorThatHasYetToCome(t *testing.T) {
	t.Parallel()
	s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
	slow := func(w *Workload) { w.ReplaceAfter = 4 * time.Minute }
	s.node("hot-1", 75)
	s.pod("hot-1", 20, slow)
	s.node("hot-2", 65)
	s.pod("hot-2", 20, slow)
	s.node("cool", 60) // has room for one pod of 20% below 85%
	s.nodes(8, "warm", 70)
	s.OnStep = func() {
		s.observe()
		if s.Now().Sub(Start) == time.Minute {
			s.Node("hot-2").Base[cpu] = 75
		}
	}
	s.run(time.Hour)
	s.evicted(1)
	s.neverAbove(0.90, "hot-1", "hot-2")
}
