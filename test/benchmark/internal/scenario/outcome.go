// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scenario

import "time"

// Outcome is what a policy made of a scenario.
type Outcome struct {
	// Minutes is the time that nodes were above the line, of all nodes together.
	Minutes float64
	// Highest is the highest load of any node at any time, as a share of its
	// capacity; over 1 is what it could not give.
	Highest float64
	// Over is the number of nodes that were above the line at any time.
	Over int
	// Spread is the distance between the highest and the lowest load, on average
	// over the time from when the last pods run.
	Spread float64
	// Delayed are the pods that no node took at once, WronglyRefused those of
	// them for which there was room all the same, and Pending those that were
	// still waiting at the end.
	Delayed, WronglyRefused, Pending int
	// Longest is the longest time that a pod has waited.
	Longest time.Duration
}

// Settled is the time from the last arrival until all pods run in full, if none
// waits.
const Settled = 8 * time.Minute

// Observer watches a cluster, and makes an outcome of what it sees.
type Observer struct {
	cluster *Cluster
	outcome Outcome
	// refused are pods that no node took, with whether one had had room.
	refused map[*Pod]bool
	// over are the nodes that have been above the line.
	over map[int]bool
	// spreads are added up in the outcome.
	spreads int
}

// NewObserver watches a cluster from its beginning.
func NewObserver(cluster *Cluster) *Observer {
	return &Observer{cluster: cluster, refused: map[*Pod]bool{}, over: map[int]bool{}}
}

// Refused takes down that no node takes a pod now.
func (o *Observer) Refused(p *Pod) {
	o.refused[p] = o.refused[p] || o.cluster.HasRoom(p)
}

// Waited takes down for how long a pod waited that has a node now.
func (o *Observer) Waited(wait time.Duration) { o.outcome.Longest = max(o.outcome.Longest, wait) }

// Look takes down how the nodes fared in the step that is over.
func (o *Observer) Look() {
	const rounding = 1e-9
	c, lowest, highest := o.cluster, 1.0, 0.0
	for i, n := range c.On {
		load := n.demand / n.Capacity
		lowest, highest = min(lowest, load), max(highest, load)
		if load > Line+rounding {
			o.over[i] = true
			o.outcome.Minutes += Step.Minutes()
		}
	}
	o.outcome.Highest = max(o.outcome.Highest, highest)
	if c.Now > c.Pods[len(c.Pods)-1].Arrival+Settled {
		o.outcome.Spread += highest - lowest
		o.spreads++
	}
}

// Outcome is that of a cluster at its end, with the pods that still wait.
func (o *Observer) Outcome(waiting []*Pod) Outcome {
	outcome := o.outcome
	outcome.Delayed, outcome.Pending, outcome.Over = len(o.refused), len(waiting), len(o.over)
	for _, p := range waiting {
		outcome.Longest = max(outcome.Longest, o.cluster.Now-p.Arrival)
	}
	for _, wrongly := range o.refused {
		if wrongly {
			outcome.WronglyRefused++
		}
	}
	outcome.Spread /= float64(max(1, o.spreads))
	return outcome
}
