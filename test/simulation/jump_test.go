// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"testing"
	"time"
)

const (
	// enduring is a rule on a metric that no eviction lowers, so that one pod goes
	// whenever budgets, cooldowns and windows allow it.
	enduring = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: heat}
spec:
  metrics: [{name: temperature, query: max by (node) (node_hwmon_temp_celsius)}, {name: cpu, builtin: cpu, window: 2m}]
  rules:
  - {name: too-hot, when: [{metric: temperature, above: "80", clear: "77"}], reject: {}, evict: {for: 5m, step: 1, orderBy: requests.cpu}}
`
	// seldom has a node lose no more than one pod in so long.
	seldom       = "budgets: {perNode: {evictions: 1, within: 30m}}\nbreaker: {maxIneffective: 1000}"
	seldomWindow = 30 * time.Minute
	evictFor     = 5 * time.Minute
)

// everHot is a node that is over its line until it is told otherwise.
func everHot(t *testing.T) (s *scenario, heat map[string]float64) {
	t.Helper()
	s = newScenario(t, Settings{Rules: []string{enduring}, Config: seldom})
	s.node("hot", 10)
	s.nodes(4, "cool", 10)
	s.pods(20, "hot", 1)
	for _, node := range s.Nodes {
		node.Values = map[string]float64{"temperature": 40}
	}
	heat = s.Node("hot").Values
	return s, heat
}

// apart fails if two evictions have followed each other sooner than they may.
func (s *scenario) apart(least time.Duration) {
	s.t.Helper()
	for i := 1; i < len(s.Evictions); i++ {
		if after := s.Evictions[i].Time.Sub(s.Evictions[i-1].Time); after < least {
			s.t.Errorf("a pod was evicted %s after the one before, want %s at the least: %s", after, least, s.describe())
		}
	}
}

// The clock of the leader is put ahead by an hour while the node is over its line for
// three of five minutes. By that clock all data is old, and nobody is evicted.
func TestJumpAheadOfTheData(t *testing.T) {
	t.Parallel()
	s, heat := everHot(t)
	s.run(10 * time.Minute)
	heat["temperature"] = 90
	s.run(3 * time.Minute)
	s.Ahead = time.Hour
	s.run(3 * time.Hour)
	s.evicted(0)

	s.Ahead = 0 // which ends the process
	s.Restart(false)
	s.run(evictFor - 30*time.Second)
	s.evicted(0)
	s.run(2 * time.Minute)
	s.evicted(1)
}

// A clock that was an hour behind is put right. The data is new by either. What has
// lasted for three of five minutes has not lasted for an hour, and a budget that is
// used up is not free again.
func TestJumpAheadToTheTruth(t *testing.T) {
	t.Parallel()
	t.Run("before anyone is evicted", func(t *testing.T) {
		s, heat := everHot(t)
		s.Ahead = -time.Hour
		s.run(10 * time.Minute)
		heat["temperature"] = 90
		s.run(3 * time.Minute)
		s.Ahead = 0
		s.run(evictFor - 30*time.Second)
		s.evicted(0)
		s.run(2 * time.Minute)
		s.evicted(1)
	})
	t.Run("after one is evicted", func(t *testing.T) {
		s, heat := everHot(t)
		s.Ahead = -time.Hour
		heat["temperature"] = 90
		s.run(10 * time.Minute)
		s.evicted(1)
		s.Ahead = 0
		s.run(seldomWindow + 20*time.Minute)
		s.evicted(2)
		s.apart(seldomWindow)
	})
	t.Run("again and again", func(t *testing.T) {
		s, heat := everHot(t)
		heat["temperature"] = 90
		for range 12 {
			s.run(15 * time.Minute)
			s.Ahead += time.Hour
			s.Unstamped = true
		}
		s.apart(seldomWindow)
		if len(s.Evictions) < 2 {
			t.Errorf("%d pods were evicted within three hours, want some", len(s.Evictions))
		}
	})
}

// A leader whose clock was ahead by a day has written down what it did. Whoever leads
// by the true time takes it for what has just been done: neither is the budget free at
// once, nor is it used up for a day. So it is for a process that goes on itself.
func TestJumpBack(t *testing.T) {
	t.Parallel()
	for name, restarts := range map[string]bool{"the next process": true, "the same process": false} {
		t.Run(name, func(t *testing.T) {
			s, heat := everHot(t)
			s.Ahead, s.Unstamped = 24*time.Hour, true
			heat["temperature"] = 90
			s.run(10 * time.Minute)
			s.evicted(1)
			s.Ahead = 0
			if restarts {
				s.Restart(false)
			}
			s.run(seldomWindow - 30*time.Second)
			s.evicted(1)
			s.run(20 * time.Minute)
			s.evicted(2)
			s.apart(seldomWindow)
		})
	}
}

// A breaker that was opened by a clock that was ahead is open for as long as it was to
// be, from when that is noticed on.
func TestJumpBackWithAnOpenBreaker(t *testing.T) {
	t.Parallel()
	s, heat := everHot(t)
	s.Config.Breaker.MaxIneffective = new(int32)
	*s.Config.Breaker.MaxIneffective = 1
	s.Ahead, s.Unstamped = 24*time.Hour, true
	heat["temperature"] = 90
	s.run(20 * time.Minute)
	s.evicted(1)
	s.Ahead = 0
	s.Restart(false)
	openFor := s.Config.Breaker.OpenFor.Value()
	s.run(openFor - 5*time.Minute)
	s.evicted(1)
	s.run(20 * time.Minute)
	s.evicted(2)
}
