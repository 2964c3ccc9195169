// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// duration is the time that is simulated.
const duration = 30 * time.Minute

// simulate has a policy place the pods of a scenario.
func simulate(s *scenario.Scenario, contender contender, age time.Duration, seed uint64) scenario.Outcome {
	c := scenario.NewCluster(s, age)
	r := &simulation{Cluster: c, policy: contender.policy(c, rand.New(rand.NewPCG(seed, 2))), observer: scenario.NewObserver(c)}
	for arrived := 0; c.Now < duration; {
		if c.Now%scenario.Interval == 0 {
			r.policy.look()
			r.place()
		}
		for ; arrived < len(s.Pods) && s.Pods[arrived].Arrival <= c.Now; arrived++ {
			r.waiting = append(r.waiting, s.Pods[arrived])
		}
		r.place()
		for _, p := range c.Advance() {
			r.policy.ended(p)
		}
		r.observer.Look()
	}
	return r.observer.Outcome(r.waiting)
}

// simulation is one under way.
type simulation struct {
	*scenario.Cluster
	policy   policy
	observer *scenario.Observer
	waiting  []*scenario.Pod
}

// place tries all pods that wait, in the order in which they came.
func (r *simulation) place() {
	r.waiting = slices.DeleteFunc(r.waiting, func(p *scenario.Pod) bool {
		node, ok := r.policy.choose(p)
		if !ok {
			r.observer.Refused(p)
			return false
		}
		r.observer.Waited(r.Now - p.Arrival)
		r.policy.bound(r.Bind(p, node))
		return true
	})
}
