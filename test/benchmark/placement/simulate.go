// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"slices"
	"time"
)

// outcome is what a policy made of a scenario.
type outcome struct {
	// minutes is the time that nodes were above the line, of all nodes together.
	minutes float64
	// highest is the highest load of any node at any time, as a share of its
	// capacity; over 1 is what it could not give.
	highest float64
	// over is the number of nodes that were above the line at any time.
	over int
	// spread is the distance between the highest and the lowest load, on average
	// over the time from when the last pods run.
	spread float64
	// delayed are the pods that no node took at once, wronglyRefused those of
	// them for which there was room all the same, and pending those that were
	// still waiting at the end.
	delayed, wronglyRefused, pending int
	// longest is the longest time that a pod has waited.
	longest time.Duration
}

// settled is the time from the last arrival until all pods run in full, if none
// waits.
const settled = 8 * time.Minute

// simulate has a policy place the pods of a scenario.
func simulate(s *scenario, contender contender, age time.Duration, seed uint64) outcome {
	c := newCluster(s, age)
	r := &simulation{cluster: c, policy: contender.policy(c, rand.New(rand.NewPCG(seed, 2))), refused: map[*pod]bool{}, over: map[int]bool{}}
	for arrived := 0; c.now < duration; {
		if c.now%interval == 0 {
			r.policy.look()
			r.place()
		}
		for ; arrived < len(s.pods) && s.pods[arrived].arrival <= c.now; arrived++ {
			r.waiting = append(r.waiting, s.pods[arrived])
		}
		r.place()
		for _, p := range c.advance() {
			r.policy.ended(p)
		}
		r.observe()
	}
	r.delayed, r.pending, r.outcome.over = len(r.refused), len(r.waiting), len(r.over)
	for _, p := range r.waiting {
		r.longest = max(r.longest, c.now-p.arrival)
	}
	for _, wrongly := range r.refused {
		if wrongly {
			r.wronglyRefused++
		}
	}
	r.spread /= float64(r.observed)
	return r.outcome
}

// simulation is one under way.
type simulation struct {
	*cluster
	policy policy
	outcome
	waiting []*pod
	// refused are pods that no node took, with whether one had had room.
	refused map[*pod]bool
	// over are the nodes that have been above the line.
	over     map[int]bool
	observed int
}

// place tries all pods that wait, in the order in which they came.
func (r *simulation) place() {
	r.waiting = slices.DeleteFunc(r.waiting, func(p *pod) bool {
		node, ok := r.policy.choose(p)
		if !ok {
			r.refused[p] = r.refused[p] || r.hadRoom(p)
			return false
		}
		r.longest = max(r.longest, r.now-p.arrival)
		r.policy.bound(r.bind(p, node))
		return true
	})
}

// hadRoom tells whether a pod could have gone to a node without bringing it over
// the line, ever.
func (r *simulation) hadRoom(p *pod) bool {
	for i := range r.on {
		if r.fits(p, i) && r.truly(p, i) <= line {
			return true
		}
	}
	return false
}

// observe takes down how the nodes fared in the step that is over.
func (r *simulation) observe() {
	const rounding = 1e-9
	lowest, highest := 1.0, 0.0
	for i, n := range r.on {
		load := n.demand / n.capacity
		lowest, highest = min(lowest, load), max(highest, load)
		if load > line+rounding {
			r.over[i] = true
			r.minutes += step.Minutes()
		}
	}
	r.highest = max(r.highest, highest)
	if r.now > r.pods[len(r.pods)-1].arrival+settled {
		r.spread += highest - lowest
		r.observed++
	}
}
