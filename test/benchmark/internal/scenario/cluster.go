// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// Step is the time within which nothing changes.
	Step = 5 * time.Second
	// Interval is the time between two scrapes, and between two ticks.
	Interval = 15 * time.Second
	// Window is what the nodes' samples are a mean over.
	Window = 5 * time.Minute
	// podWindow is the same for readings of pods: four scrapes.
	podWindow = 4 * Interval
)

// Line is the share of its CPU above which a node is overloaded.
const Line = 0.9

// start is when the first pods may come.
var start = time.Unix(1767225600, 0)

// Cluster is what truly goes on, and what is measured of it.
type Cluster struct {
	*Scenario
	// Age is that of the data when it is seen.
	Age time.Duration
	// Now is the time since the start.
	Now time.Duration
	On  []*NodeState
}

// NodeState is what is on a node.
type NodeState struct {
	Node
	// Pods are those that have not ended.
	Pods []*Placed
	used total
	// demand is what all would use if they got it.
	demand float64
}

// Placed is a pod on a node.
type Placed struct {
	*Pod
	Bound *corev1.Pod
	At    time.Duration
	used  total
}

// NewCluster is a cluster before the first pods come, whose data is of an age when
// it is seen.
func NewCluster(scenario *Scenario, age time.Duration) *Cluster {
	c := &Cluster{Scenario: scenario, Age: age}
	for _, n := range scenario.Nodes {
		c.On = append(c.On, &NodeState{Node: n, used: total{before: n.Base}, demand: n.Base})
	}
	return c
}

// Bind has a pod start on a node.
func (c *Cluster) Bind(p *Pod, to int) *Placed {
	bound := p.Object.DeepCopy()
	bound.Spec.NodeName = c.On[to].Name
	bound.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(c.Time())}}
	on := &Placed{Pod: p, Bound: bound, At: c.Now, used: total{from: c.Now}}
	c.On[to].Pods = append(c.On[to].Pods, on)
	return on
}

// Advance lets one step pass, and returns the pods that have ended.
func (c *Cluster) Advance() (ended []*Placed) {
	for _, n := range c.On {
		n.demand = n.Base
		for _, p := range n.Pods {
			n.demand += p.Uses(c.Now - p.At)
		}
		got := min(1, n.Capacity/n.demand) // of what is asked for
		n.used.add(got * n.demand)
		for _, p := range n.Pods {
			p.used.add(got * p.Uses(c.Now-p.At))
		}
	}
	c.Now += Step
	for _, n := range c.On {
		var kept []*Placed
		for _, p := range n.Pods {
			if p.Life > 0 && c.Now-p.At >= p.Delay+p.Life {
				ended = append(ended, p)
			} else {
				kept = append(kept, p)
			}
		}
		n.Pods = kept
	}
	return ended
}

// Time is Now as a date.
func (c *Cluster) Time() time.Time { return start.Add(c.Now) }

// Measured is the share of its CPU that a node has used over the window that
// ends Age ago.
func (c *Cluster) Measured(node int) float64 {
	n, to := c.On[node], c.Now-c.Age
	return n.used.mean(to-Window, to) / n.Capacity
}

// Reading is what a pod has used of late, which takes two scrapes to tell.
func (c *Cluster) Reading(p *Placed) (amount float64, known bool) {
	to := c.Now - c.Age
	from := max(p.At+p.Delay, to-podWindow)
	if to-from < Interval {
		return 0, false
	}
	return p.used.mean(from, to), true
}

// Requested is what the pods of a node request together.
func (c *Cluster) Requested(node int) float64 {
	sum := c.On[node].BaseRequest
	for _, p := range c.On[node].Pods {
		sum += p.Workload.Request
	}
	return sum
}

// Fits tells whether the requests leave room for a pod, which every scheduler
// looks at.
func (c *Cluster) Fits(p *Pod, node int) bool {
	return c.Requested(node)+p.Workload.Request <= c.On[node].Capacity
}

// Truly is the share of its CPU that a node will use with a pod, once all of its
// pods have started.
func (c *Cluster) Truly(p *Pod, node int) float64 {
	n := c.On[node]
	sum := n.Base + p.Demand
	for _, other := range n.Pods {
		sum += other.Demand
	}
	return sum / n.Capacity
}

// HasRoom tells whether a pod could go to a node without bringing it over the
// line, ever.
func (c *Cluster) HasRoom(p *Pod) bool {
	for i := range c.On {
		if c.Fits(p, i) && c.Truly(p, i) <= Line {
			return true
		}
	}
	return false
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
	t.sums = append(t.sums, last+amount*Step.Seconds())
}

// until is what was used up to a time. Nothing is added after the last step.
func (t *total) until(at time.Duration) float64 {
	steps := int((at - t.from) / Step)
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
