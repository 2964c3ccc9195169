// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
)

func TestScenario9DisruptionBudgets(t *testing.T) {
	t.Parallel()
	// one is a node at 95% of which one pod of 15% alone may go.
	one := func(t *testing.T) (*scenario, *Pod) {
		t.Helper()
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "85%", culprits)}})
		s.node("hot", 80)
		s.nodes(3, "cool", 30)
		return s, s.pod("hot", 15)
	}
	t.Run("none allowed", func(t *testing.T) {
		s, pod := one(t)
		s.AddBudget(&Budget{Name: "strict", Workload: pod.Workload, MaxUnavailable: 0})
		s.run(2 * time.Hour)
		s.evicted(0)
		s.because("hot", protect.NoDisruptionsAllowed)
		if s.Calls != 0 {
			t.Errorf("the API server was asked %d times, though what it would say was known", s.Calls)
		}
	})
	t.Run("none allowed, which only the API server knows", func(t *testing.T) {
		s, pod := one(t)
		s.AddBudget(&Budget{Name: "strict", Workload: pod.Workload, MaxUnavailable: 0, Shown: 1})
		s.run(time.Hour)
		s.evicted(0)
		// 10, 20, 40, 80, 160 and 300 s later, and from then on every 300 s.
		if s.Calls < 2 || s.Calls > 18 {
			t.Errorf("the API server was asked %d times within an hour, want a backoff up to five minutes", s.Calls)
		}
	})
	t.Run("freed after a minute", func(t *testing.T) {
		for name, shown := range map[string]int{"as is known": 0, "as only the API server knows": 1} {
			t.Run(name, func(t *testing.T) {
				s, pod := one(t)
				budget := s.AddBudget(&Budget{Name: "strict", Workload: pod.Workload, MaxUnavailable: 0, Shown: shown})
				s.run(6 * time.Minute) // due after five
				s.evicted(0)
				budget.MaxUnavailable = 1
				s.run(80*time.Second + 15*time.Second)
				s.evicted(1)
			})
		}
	})
	t.Run("two on one pod", func(t *testing.T) {
		s, pod := one(t)
		s.AddBudget(&Budget{Name: "first", Workload: pod.Workload, MaxUnavailable: 1})
		s.AddBudget(&Budget{Name: "second", Workload: pod.Workload, MaxUnavailable: 1})
		s.run(2 * time.Hour)
		s.evicted(0)
		s.because("hot", protect.SeveralBudgets)
		if s.Calls != 0 {
			t.Errorf("the API server was asked %d times", s.Calls)
		}
	})
	t.Run("two on one pod, and another can go", func(t *testing.T) {
		s, pod := one(t)
		s.Node("hot").Base[cpu] -= 12
		other := s.pod("hot", 12)
		s.AddBudget(&Budget{Name: "first", Workload: pod.Workload, MaxUnavailable: 1})
		s.AddBudget(&Budget{Name: "second", Workload: pod.Workload, MaxUnavailable: 1})
		s.run(2 * time.Hour)
		s.evicted(1)
		if len(s.Evictions) > 0 && s.Evictions[0].Pod != other {
			t.Errorf("got %s evicted", s.Evictions[0].Pod.Name)
		}
	})
}

// The leader dies after k of four evictions that it has written down. Whoever leads
// next exceeds no budget, evicts nothing twice, and finishes the work.
func TestScenario10LeaderKilledInMidPlan(t *testing.T) {
	t.Parallel()
	for _, killed := range []struct {
		name string
		// accepted tells that the API server gets the last eviction before the death.
		accepted bool
	}{{"before a call", false}, {"after a call", true}} {
		for k := range 4 {
			t.Run(fmt.Sprintf("%s/%d", killed.name, k), func(t *testing.T) {
				s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "60%", culprits)}})
				s.node("hot", 15)
				s.nodes(6, "cool", 20)
				s.pods(8, "hot", 10) // 95%, of which four have to go
				done := false
				s.OnEvict = func(pod *corev1.Pod) error {
					if !done && len(s.Evictions) == k {
						done = true
						if killed.accepted {
							s.accept(pod)
						}
						s.Kill()
					}
					return nil
				}
				s.run(6 * time.Hour)
				s.evicted(4)
				s.once()
				s.withinBudget(5, 10*time.Minute)
				s.below("hot", 0.60)
				if !done {
					t.Error("nobody was killed")
				}
			})
		}
	}
	t.Run("one that does not know that it leads no more", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "60%", culprits)}})
		s.node("hot", 15)
		s.nodes(6, "cool", 20)
		s.pods(8, "hot", 10)
		s.run(time.Minute)
		if err := s.Split(); err != nil {
			t.Fatal(err)
		}
		s.run(6 * time.Hour)
		s.Errors = nil // the conflicts
		s.evicted(4)
		s.once()
		s.withinBudget(5, 10*time.Minute)
	})
	t.Run("budgets hold across leaders", func(t *testing.T) {
		s := newScenario(t, Settings{Rules: []string{cpuRule("90%", "20%", culprits)}, Config: "budgets: {perNode: {evictions: 2, within: 2h}}"})
		s.node("hot", 15)
		s.nodes(8, "cool", 0)
		s.pods(8, "hot", 10)
		for range 10 {
			s.run(30 * time.Minute)
			s.Restart(true)
		}
		s.once()
		s.withinBudget(2, 2*time.Hour)
		if len(s.Evictions) < 4 {
			t.Errorf("only %d pods were evicted in five hours\n%s", len(s.Evictions), s.explain())
		}
	})
}

// accept has the API server evict a pod, whoever may hear of it.
func (s *scenario) accept(pod *corev1.Pod) {
	s.t.Helper()
	if err := s.Evict(pod); err != nil {
		s.t.Fatal(err)
	}
}

// once fails if a pod was evicted twice.
func (s *scenario) once() {
	s.t.Helper()
	seen := map[types.UID]bool{}
	for _, e := range s.Evictions {
		if seen[e.Pod.UID] {
			s.t.Errorf("%s was evicted twice", e.Pod.Name)
		}
		seen[e.Pod.UID] = true
	}
}

// withinBudget fails if more pods were evicted within a time than may be.
func (s *scenario) withinBudget(evictions int, within time.Duration) {
	s.t.Helper()
	for i := range s.Evictions {
		if j := i + evictions; j < len(s.Evictions) && s.Evictions[j].Time.Sub(s.Evictions[i].Time) < within {
			s.t.Errorf("more than %d pods were evicted within %s: %s", evictions, within, s.describe())
			return
		}
	}
}
