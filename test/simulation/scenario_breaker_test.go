// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

func TestScenario11Breaker(t *testing.T) {
	t.Parallel()
	t.Run("all nodes over the line", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			s.node(name, 15)
			s.pods(8, name, 10)
		}
		s.run(3 * time.Hour)
		s.evicted(0)
		s.stoppedBy(breaker.TooManyOver)
		if s.Report.Latest.Code != breaker.TooManyOver {
			t.Errorf("evictions are stopped by %v now", s.Report.Latest)
		}
	})
	t.Run("evictions that bring nothing", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}, Config: "budgets: {perNode: {evictions: 20, within: 10m}}"})
		s.node("hot", 15)
		s.nodes(8, "cool", 10)
		s.pods(8, "hot", 10)
		s.Answer = func(node, _ string, value float64) (float64, bool) {
			if node == "hot" {
				return 0.92, true // whatever runs there
			}
			return value, true
		}
		s.run(time.Hour)
		s.evicted(3)
		s.stoppedBy(breaker.Ineffective)
		s.run(2 * time.Hour)
		// It opens for an hour, and then again after as many.
		if got := len(s.Evictions); got > 9 {
			t.Errorf("%d pods were evicted in three hours, three at a time", got)
		}
	})
	t.Run("successors that do not become ready", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "60%", culprits)}})
		s.node("hot", 15)
		s.nodes(8, "cool", 10)
		s.pods(8, "hot", 10, func(w *Workload) { w.ReadyAfter = 24 * time.Hour })
		s.run(time.Hour)
		s.stoppedBy(breaker.Unready)
		s.evicted(4) // in one plan, before it could be known
	})
}

// The node's CPU is used up, and its pods want more: what it measures says less than
// what they would use elsewhere.
func TestScenario16SaturatedCPU(t *testing.T) {
	t.Parallel()
	s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "80%", culprits)}})
	s.node("hot", 5)
	s.nodes(8, "cool", 20)
	s.pods(10, "hot", 20) // 205 cores are wanted of 100
	s.run(5 * time.Hour)
	s.below("hot", 0.80)
	for i := 1; i < len(s.Evictions); i++ {
		if apart := s.Evictions[i].Time.Sub(s.Evictions[i-1].Time); apart < window && s.loadBefore(i) > 1 {
			t.Errorf("two pods were evicted within %s of each other", apart)
		}
	}
	if s.Report.StoppedBy(breaker.Ineffective) {
		t.Errorf("the breaker has opened: %v", s.Report.Stopped)
	}
	s.evicted(7) // 65 cores are left
	s.neverAbove(0.90, "hot")
}

// loadBefore is what was wanted on the hot node before an eviction, as a share.
func (s *scenario) loadBefore(eviction int) float64 { return (205 - 20*float64(eviction)) / cores }

// A pod that leaks memory goes first; its successor leaks as well, and is left alone
// from then on.
func TestScenario16Leak(t *testing.T) {
	t.Parallel()
	s := newScenario(t, Settings{Rules: []string{memoryRule}})
	const gib = 1 << 30
	s.node("hot", 0)
	s.nodes(3, "cool", 0)
	for range 6 {
		s.pod("hot", 0, func(w *Workload) { w.Load = Bytes(8 * gib); w.Request = Amounts{memory: 8 * gib} })
	}
	leak := func(age time.Duration) Amounts { return Amounts{memory: 4*gib + age.Minutes()*2.5*gib} }
	leaking := s.pod("hot", 0, func(w *Workload) {
		w.Load, w.Request = Bytes(4*gib), Amounts{memory: 4 * gib}
		w.StartAfter, w.ReadyAfter = 10*time.Second, 10*time.Second
	})
	leaking.Load = func(now time.Time, _ time.Duration) Amounts { return leak(now.Sub(Start)) }
	leaking.Workload.Load = func(_ time.Time, age time.Duration) Amounts { return leak(age) }
	s.OnStep = func() {
		switch {
		case len(s.Evictions) == 1 && s.Node("second") == nil:
			// What it has leaked by now fits on no node that is there.
			s.AddNode(&Node{Name: "second", Capacity: Amounts{cpu: cores, memory: 200 * gib}})
		case len(s.Evictions) == 2 && s.Node("third") == nil:
			s.AddNode(&Node{Name: "third", Capacity: Amounts{cpu: cores, memory: 1000 * gib}})
		case s.Node("third") != nil && s.Now().Sub(s.Evictions[1].Time) > 10*time.Minute:
			s.Node("second").Base[memory] = 150 * gib // which brings it over the line
			s.Node("third").Base[memory] = 150 * gib
		}
	}
	s.run(3 * time.Hour)
	if len(s.Evictions) < 2 || s.Evictions[0].Pod != leaking || s.Evictions[1].Pod.Replaces != leaking {
		t.Fatalf("want the leaking pod and its successor evicted: %s\n%s", s.describe(), s.explain())
	}
	for i, e := range s.Evictions {
		if e.Pod.Workload != leaking.Workload {
			t.Errorf("%s was evicted, which does not leak", e.Pod.Name)
		}
		if i >= 2 && e.Time.Sub(s.Evictions[1].Time) < time.Hour {
			t.Errorf("it was not left alone: %s", s.describe())
		}
	}
	s.suspected(protect.SuspectedLeak)
}

// suspected fails unless a plan has passed a pod for a reason.
func (s *scenario) suspected(code reason.Code) {
	s.t.Helper()
	if s.Report.Passed[code] == 0 {
		s.t.Errorf("no pod was passed for %s, but for %v", code, s.Report.Passed)
	}
}

func TestScenario17Outages(t *testing.T) {
	t.Parallel()
	t.Run("a zone is lost while the rest runs hot", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
		for _, zone := range []string{"a", "b", "c"} {
			for _, name := range []string{zone + "1", zone + "2", zone + "3", zone + "4"} {
				s.node(name, 15).Zone = zone
				s.pods(5, name, 10)
			}
		}
		hot := s.Node("a1")
		s.OnStep = func() {
			if s.Now().Sub(Start) == 2*time.Minute {
				for _, name := range []string{"c1", "c2", "c3", "c4"} {
					s.Node(name).NotReady = true
				}
				hot.Base[cpu] += 30 // it takes over what the zone did
			}
		}
		s.run(2 * time.Hour)
		s.evicted(0)
		s.stoppedBy(breaker.TooManyNotReady)
	})
	t.Run("telemetry is lost during a plan", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "60%", culprits)}})
		s.node("hot", 15)
		s.nodes(6, "cool", 20)
		s.pods(8, "hot", 10) // four have to go
		s.OnEvicted = func() {
			if len(s.Evictions) == 2 {
				s.Answer = func(_, _ string, _ float64) (float64, bool) { return nan, true }
				s.Remeasure()
			}
		}
		s.run(2 * time.Hour)
		s.evicted(2)
		for _, record := range s.Ledger.State.Records {
			if record.Failed == "" && record.Evicted.IsZero() && record.Effect == history.EffectPending {
				t.Errorf("it is not known what became of %s", record.Pod.Name)
			}
		}
	})
	t.Run("all nodes over the line, and an empty one arrives", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
		for _, name := range []string{"a", "b", "c"} {
			s.node(name, 15)
			s.pods(8, name, 10)
		}
		s.run(30 * time.Minute)
		s.evicted(0)
		s.stoppedBy(breaker.TooManyOver)
		s.nodes(1, "new", 2)
		s.run(2 * time.Hour)
		s.evicted(0) // three of five nodes are over: one new node is not enough
		s.nodes(8, "more", 2)
		s.run(6 * time.Hour)
		s.below("a", 0.85)
		s.below("b", 0.85)
		s.below("c", 0.85)
		s.evicted(3)
		s.neverAbove(0.90, "a", "b", "c")
	})
}
