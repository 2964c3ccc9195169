// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// step is the time within which nothing changes.
	step = 5 * time.Second
	// interval is the time between two scrapes, and between two ticks.
	interval = 15 * time.Second
	// window is what the nodes' samples are a mean over.
	window = 5 * time.Minute
	// podWindow is the same for readings of pods: four scrapes.
	podWindow = 4 * interval
)

// start is when the first pods may come.
var start = time.Unix(1767225600, 0)

// cluster is what truly goes on, and what is measured of it.
type cluster struct {
	*scenario
	// age is that of the data when it is seen.
	age time.Duration
	// now is the time since the start.
	now time.Duration
	on  []*nodeState
}

// nodeState is what is on a node.
type nodeState struct {
	node
	// pods are those that have not ended.
	pods []*placed
	used total
	// demand is what all would use if they got it.
	demand float64
}

// placed is a pod on a node.
type placed struct {
	*pod
	bound *corev1.Pod
	at    time.Duration
	used  total
}

func newCluster(scenario *scenario, age time.Duration) *cluster {
	c := &cluster{scenario: scenario, age: age}
	for _, n := range scenario.nodes {
		c.on = append(c.on, &nodeState{node: n, used: total{before: n.base}, demand: n.base})
	}
	return c
}

// bind has a pod start on a node.
func (c *cluster) bind(p *pod, to int) *placed {
	bound := p.object.DeepCopy()
	bound.Spec.NodeName = c.on[to].name
	bound.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(c.time())}}
	on := &placed{pod: p, bound: bound, at: c.now, used: total{from: c.now}}
	c.on[to].pods = append(c.on[to].pods, on)
	return on
}

// advance lets one step pass, and returns the pods that have ended.
func (c *cluster) advance() (ended []*placed) {
	for _, n := range c.on {
		n.demand = n.base
		for _, p := range n.pods {
			n.demand += p.pod.at(c.now - p.at)
		}
		got := min(1, n.capacity/n.demand) // of what is asked for
		n.used.add(got * n.demand)
		for _, p := range n.pods {
			p.used.add(got * p.pod.at(c.now-p.at))
		}
	}
	c.now += step
	for _, n := range c.on {
		var kept []*placed
		for _, p := range n.pods {
			if p.life > 0 && c.now-p.at >= p.delay+p.life {
				ended = append(ended, p)
			} else {
				kept = append(kept, p)
			}
		}
		n.pods = kept
	}
	return ended
}

func (c *cluster) time() time.Time { return start.Add(c.now) }

// measured is the share of its CPU that a node has used over the window that
// ends age ago.
func (c *cluster) measured(node int) float64 {
	n, to := c.on[node], c.now-c.age
	return n.used.mean(to-window, to) / n.capacity
}

// reading is what a pod has used of late, which takes two scrapes to tell.
func (c *cluster) reading(p *placed) (amount float64, known bool) {
	to := c.now - c.age
	from := max(p.at+p.delay, to-podWindow)
	if to-from < interval {
		return 0, false
	}
	return p.used.mean(from, to), true
}

// requested is what the pods of a node request together.
func (c *cluster) requested(node int) float64 {
	sum := c.on[node].baseRequest
	for _, p := range c.on[node].pods {
		sum += p.workload.request
	}
	return sum
}

// fits tells whether the requests leave room for a pod, which every scheduler
// looks at.
func (c *cluster) fits(p *pod, node int) bool {
	return c.requested(node)+p.workload.request <= c.on[node].capacity
}

// truly is the share of its CPU that a node will use with a pod, once all of its
// pods have started.
func (c *cluster) truly(p *pod, node int) float64 {
	n := c.on[node]
	sum := n.base + p.demand
	for _, other := range n.pods {
		sum += other.demand
	}
	return sum / n.capacity
}

// total adds up what is used, step by step.
type total struct {
	// before is what was used at all times before.
	before float64
	from   time.Duration
	// sums are in core-seconds, by step since from.
	sums []float64
}

func (t *total) add(amount float64) {
	last := 0.0
	if len(t.sums) > 0 {
		last = t.sums[len(t.sums)-1]
	}
	t.sums = append(t.sums, last+amount*step.Seconds())
}

// until is what was used up to a time. Nothing is added after the last step.
func (t *total) until(at time.Duration) float64 {
	steps := int((at - t.from) / step)
	switch {
	case at <= t.from:
		return t.before * (at - t.from).Seconds()
	case len(t.sums) == 0:
		return 0
	default:
		return t.sums[min(steps, len(t.sums))-1]
	}
}

func (t *total) mean(from, to time.Duration) float64 {
	return (t.until(to) - t.until(from)) / (to - from).Seconds()
}
