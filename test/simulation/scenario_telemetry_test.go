// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"math"
	"testing"
	"time"
)

// hotNode is a node at 95% of which one pod has to go, and others with room.
func hotNode(t *testing.T, settings Settings) *scenario {
	t.Helper()
	if settings.Rules == nil {
		settings.Rules = []string{cpuRule("90%", "85%", culprits)}
	}
	s := newScenario(t, settings)
	s.node("hot", 15)
	s.nodes(4, "cool", 30)
	s.pods(6, "hot", 13)
	s.pod("hot", 2)
	return s
}

func TestScenario7MissingData(t *testing.T) {
	t.Parallel()
	t.Run("nothing is missing", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.run(time.Hour)
		s.evicted(1)
	})
	t.Run("metrics 24 hours old", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.Age = 24 * time.Hour
		s.run(2 * time.Hour)
		s.evicted(0)
	})
	t.Run("down for 24 hours from just before", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.run(4*time.Minute + 55*time.Second)
		s.Down = true
		s.run(24 * time.Hour)
		s.evicted(0)
	})
	t.Run("NaN", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.Answer = func(_, _ string, _ float64) (float64, bool) { return math.NaN(), true }
		s.run(2 * time.Hour)
		s.evicted(0)
	})
	t.Run("infinite", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.Answer = func(_, _ string, _ float64) (float64, bool) { return math.Inf(1), true }
		s.run(2 * time.Hour)
		s.evicted(0)
	})
	t.Run("zeros", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.Answer = func(_, _ string, _ float64) (float64, bool) { return 0, true }
		s.run(2 * time.Hour)
		s.evicted(0)
	})
	t.Run("zeros of the hot node", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.Answer = func(node, _ string, value float64) (float64, bool) {
			if node == "hot" && s.Now().Sub(Start) > 4*time.Minute {
				return 0, true
			}
			return value, true
		}
		s.run(2 * time.Hour)
		s.evicted(0)
	})
	t.Run("a node without metrics among hot ones", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.nodes(8, "more", 50)
		s.node("silent", 10).created = Start.Add(-24 * time.Hour)
		s.Answer = func(node, _ string, value float64) (float64, bool) { return value, node != "silent" }
		s.run(2 * time.Hour)
		s.evicted(1)
		if pods := s.PodsOn("silent"); len(pods) != 0 {
			t.Errorf("%s was moved to the node that is not measured", pods[0].Name)
		}
	})
	t.Run("the source is down for an hour", func(t *testing.T) {
		s := hotNode(t, Settings{})
		s.run(4 * time.Minute)
		s.Down = true
		s.run(time.Hour)
		s.evicted(0)
		s.Down = false
		s.run(4*time.Minute + 50*time.Second)
		s.evicted(0) // it is known to be broken for less than five minutes
		s.run(10 * time.Minute)
		s.evicted(1)
	})
	t.Run("the source is down once a pod has gone", func(t *testing.T) {
		s := hotNode(t, Settings{Rules: []string{cpuRule("90%", "60%", culprits)}})
		s.OnStep = func() { s.Down = len(s.Evictions) > 0 && s.Now().Sub(s.Evictions[0].Time) < time.Hour }
		s.run(time.Hour)
		first := len(s.Evictions)
		s.run(2 * time.Hour)
		if first == 0 || s.load("hot") > 0.60 {
			t.Errorf("%d pods were evicted before the outage, and the node is at %.2f after it", first, s.load("hot"))
		}
		s.evicted(3)
	})
}

const memoryRule = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: memory-line}
spec:
  metrics: [{name: memory, builtin: memory}]
  rules:
  - name: memory-high
    when: [{metric: memory, above: 90%}]
    reject: {}
    evict: {for: 1m}
  preferences: [{metric: memory, prefer: Lower}]
`

func TestScenario8NotBrokenForLong(t *testing.T) {
	t.Parallel()
	gib := func(gib float64) Load { return Bytes(gib * (1 << 30)) }
	fill := func(t *testing.T) (*scenario, *Node) {
		t.Helper()
		s := newScenario(t, Settings{Rules: []string{memoryRule}})
		hot := s.node("hot", 0)
		s.nodes(3, "cool", 0)
		for range 8 {
			s.pod("hot", 0, func(w *Workload) { w.Load = gib(10) })
		}
		return s, hot
	}
	percent := func(p float64) Amounts { return Amounts{memory: p * (1 << 30)} } // of 100 GiB
	t.Run("alternating around the threshold", func(t *testing.T) {
		s, hot := fill(t)
		s.OnStep = func() {
			hot.Base = percent(9.9)
			if s.Now().Sub(Start)/(15*time.Second)%2 == 0 {
				hot.Base = percent(10.1)
			}
		}
		s.run(12 * time.Hour)
		s.evicted(0)
	})
	t.Run("for less than it must", func(t *testing.T) {
		s, hot := fill(t)
		s.OnStep = func() {
			hot.Base = percent(5)
			if s.Now().Sub(Start)%(2*time.Minute) < 55*time.Second {
				hot.Base = percent(15)
			}
		}
		s.run(12 * time.Hour)
		s.evicted(0)
	})
	t.Run("for as long as it must", func(t *testing.T) {
		s, hot := fill(t)
		hot.Base = percent(15)
		s.run(30 * time.Minute)
		s.evicted(1)
	})
}
