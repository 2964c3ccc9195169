// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
)

// line is the share of its CPU above which a node is overloaded.
const line = 0.9

// policy places pods. It sees what a scheduler could see.
type policy interface {
	// look shows it that there are new samples.
	look()
	// choose picks a node for a pod, or none.
	choose(p *pod) (node int, ok bool)
	// bound and ended tell what has become of pods.
	bound(p *placed)
	ended(p *placed)
}

// contender is a policy with its name.
type contender struct {
	name   string
	policy func(c *cluster, random *rand.Rand) policy
}

// scored are the policies that go by a score and have nothing to remember.
type scored struct {
	*cluster
	random *rand.Rand
	// accepts tells whether a node is a candidate that fits.
	accepts func(p *pod, node int) bool
	score   func(p *pod, node int) float64
	// candidates is how many of them are compared, drawn at random. 0: all.
	candidates int
}

func (s *scored) look()         {}
func (s *scored) bound(*placed) {}
func (s *scored) ended(*placed) {}

func (s *scored) choose(p *pod) (node int, ok bool) {
	var candidates []int
	for i := range s.on {
		if s.fits(p, i) && s.accepts(p, i) {
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

func anyNode(*pod, int) bool { return true }

// newOmniscient knows what every pod will use: no policy can do better by much,
// and none has to.
func newOmniscient(c *cluster, random *rand.Rand) policy {
	return &scored{
		cluster: c, random: random,
		accepts: func(p *pod, node int) bool { return c.truly(p, node) <= line },
		score:   func(p *pod, node int) float64 { return -c.truly(p, node) },
	}
}

func newRandom(c *cluster, random *rand.Rand) policy {
	return &scored{cluster: c, random: random, accepts: anyNode, score: func(*pod, int) float64 { return 0 }}
}

// newTwoChoice takes the less loaded of two nodes below the line.
//
// Source: M. Mitzenmacher, "How Useful Is Old Information?", IEEE Transactions
// on Parallel and Distributed Systems 11(1), 2000.
func newTwoChoice(c *cluster, random *rand.Rand) policy {
	return &scored{
		cluster: c, random: random, candidates: 2,
		accepts: func(_ *pod, node int) bool { return c.measured(node) <= line },
		score:   func(_ *pod, node int) float64 { return -c.measured(node) },
	}
}

// newLeastRequested is kube-scheduler's default, LeastAllocated of the plugin
// NodeResourcesFit: 100 * (capacity - requested) / capacity, rounded down.
func newLeastRequested(c *cluster, random *rand.Rand) policy {
	return &scored{
		cluster: c, random: random, accepts: anyNode,
		score: func(p *pod, node int) float64 {
			capacity := c.on[node].capacity
			return float64(int(100 * (capacity - c.requested(node) - p.workload.request) / capacity))
		},
	}
}
