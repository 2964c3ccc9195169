// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// policy places pods. It sees what a scheduler could see.
type policy interface {
	// look shows it that there are new samples.
	look()
	// choose picks a node for a pod, or none.
	choose(p *scenario.Pod) (node int, ok bool)
	// bound and ended tell what has become of pods.
	bound(p *scenario.Placed)
	ended(p *scenario.Placed)
}

// contender is a policy with its name.
type contender struct {
	name   string
	policy func(c *scenario.Cluster, random *rand.Rand) policy
}

// scored are the policies that go by a score and have nothing to remember.
type scored struct {
	*scenario.Cluster
	random *rand.Rand
	// accepts tells whether a node is a candidate that fits.
	accepts func(p *scenario.Pod, node int) bool
	score   func(p *scenario.Pod, node int) float64
	// candidates is how many of them are compared, drawn at random. 0: all.
	candidates int
}

func (s *scored) look()                  {}
func (s *scored) bound(*scenario.Placed) {}
func (s *scored) ended(*scenario.Placed) {}

func (s *scored) choose(p *scenario.Pod) (node int, ok bool) {
	var candidates []int
	for i := range s.On {
		if s.Fits(p, i) && s.accepts(p, i) {
			candidates = append(candidates, i)
		}
	}
	if s.candidates > 0 && len(candidates) > s.candidates {
		s.random.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
		candidates = candidates[:s.candidates]
	}
	scores := make([]float64, len(candidates))
	for i, candidate := range candidates {
		scores[i] = s.score(p, candidate)
	}
	return best(s.random, candidates, scores, 0)
}

// best picks one of the candidates with the highest scores at random, as the
// scheduler does. Those within a band below the highest count as equal to it.
func best(random *rand.Rand, candidates []int, scores []float64, band float64) (node int, ok bool) {
	var equal []int
	highest := 0.0
	for i, score := range scores {
		if i == 0 || score > highest {
			highest = score
		}
	}
	for i, score := range scores {
		if score >= highest-band {
			equal = append(equal, candidates[i])
		}
	}
	if len(equal) == 0 {
		return 0, false
	}
	return equal[random.IntN(len(equal))], true
}

func anyNode(*scenario.Pod, int) bool { return true }

// newOmniscient knows what every pod will use: no policy can do better by much,
// and none has to.
func newOmniscient(c *scenario.Cluster, random *rand.Rand) policy {
	return &scored{
		Cluster: c, random: random,
		accepts: func(p *scenario.Pod, node int) bool { return c.Truly(p, node) <= scenario.Line },
		score:   func(p *scenario.Pod, node int) float64 { return -c.Truly(p, node) },
	}
}

func newRandom(c *scenario.Cluster, random *rand.Rand) policy {
	return &scored{Cluster: c, random: random, accepts: anyNode, score: func(*scenario.Pod, int) float64 { return 0 }}
}

// newTwoChoice takes the less loaded of two nodes below the line.
//
// Source: M. Mitzenmacher, "How Useful Is Old Information?", IEEE Transactions
// on Parallel and Distributed Systems 11(1), 2000.
func newTwoChoice(c *scenario.Cluster, random *rand.Rand) policy {
	return &scored{
		Cluster: c, random: random, candidates: 2,
		accepts: func(_ *scenario.Pod, node int) bool { return c.Measured(node) <= scenario.Line },
		score:   func(_ *scenario.Pod, node int) float64 { return -c.Measured(node) },
	}
}

// newLeastRequested is kube-scheduler's default, LeastAllocated of the plugin
// NodeResourcesFit: 100 * (capacity - requested) / capacity, rounded down.
func newLeastRequested(c *scenario.Cluster, random *rand.Rand) policy {
	return &scored{
		Cluster: c, random: random, accepts: anyNode,
		score: func(p *scenario.Pod, node int) float64 {
			capacity := c.On[node].Capacity
			return float64(int(100 * (capacity - c.Requested(node) - p.Workload.Request) / capacity))
		},
	}
}
