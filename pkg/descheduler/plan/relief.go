// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// relief is what is done about one rule on one node.
type relief struct {
	*planner
	verdict.Breach
	eviction v1alpha1.Evict
	source   *source
	measures []verdict.Measure
	// by is the measure that the plan goes by.
	by        verdict.Measure
	saturated bool
	// patience is how often the scheduler may yet find no place for a pod.
	patience   int
	placements map[types.UID]placement
	// moves are the pods that go, in order, and passed why others do not.
	moves  []move
	passed map[types.UID]reason.Reason
	node   Node
}

// move is a pod that goes.
type move struct {
	pod   *corev1.Pod
	why   string
	place placement
}

// begin looks at a node, and tells why nothing is moved off it. Zero if something
// may be.
func (p *planner) begin(breach verdict.Breach) (r *relief, held reason.Reason) {
	name := p.Snapshot.Nodes()[breach.Node]
	r = &relief{
		planner: p, Breach: breach, measures: breach.Rule.Measures(breach.Node),
		placements: map[types.UID]placement{}, passed: map[types.UID]reason.Reason{},
		patience: max(1, p.refusals/max(1, p.breaches)),
		node:     Node{Name: name, Rule: breach.Rule.Key},
	}
	p.breaches--
	if eviction := breach.Rule.Eviction(); eviction != nil {
		r.eviction = *eviction
	}
	r.goBy(r.measures[0], r.measures[0].Reading.Value)
	if p.Cluster.Node(name) == nil {
		return r, reason.New(NodeGone, "node %s is not there any more", name)
	}
	for _, measure := range r.measures {
		if !measure.Reading.Known {
			return r, reason.New(NotMeasured, "the metric %s of node %s is not known", measure.Metric, name)
		}
	}
	r.saturated = isSaturated(r.measures, p.Snapshot.Pending.Resources())
	r.source = p.source(name)
	if why := p.holds(name); !why.IsZero() {
		return r, why
	}
	if r.source.moved > 0 && (r.saturated || r.source.saturated) && !r.eviction.All {
		return r, reason.New(OneAtATime, "the node is saturated, and the plan moves a pod off it by another rule: one goes in each window")
	}
	return r, reason.Reason{}
}

// goBy has the plan go by a measure, at which the node would be without the pods
// that were leaving it before.
func (r *relief) goBy(measure verdict.Measure, value float64) {
	r.by = measure
	r.node.Metric, r.node.Value, r.node.Goal, r.node.After = measure.Metric, value, measure.Clear, value
}

// hold writes down that nothing is moved.
func (r *relief) hold(why reason.Reason) error {
	r.node.Held = why
	r.plan.Nodes = append(r.plan.Nodes, r.node)
	return nil
}

// pass writes down why a pod is not moved.
func (r *relief) pass(pod *corev1.Pod, why reason.Reason) { r.passed[pod.UID] = why }

// move has a pod go, if it may and its successor would do well elsewhere. Else it
// is passed, with the reason. below is what the other node has to stay below.
func (r *relief) move(ctx context.Context, pod *corev1.Pod, below *float64, why string) (done bool, err error) {
	place, err := r.tryOut(ctx, pod, below)
	if err != nil || !place.why.IsZero() {
		return false, err
	}
	if err := r.Fit.Move(pod, place.node, place.amounts); err != nil {
		return false, moveError(pod, place.node, err)
	}
	workload, _ := projection.WorkloadOf(pod)
	for _, allowance := range r.allowances {
		allowance.Take(pod, workload, r.node.Name)
	}
	r.moved++
	r.taken[workload]++
	for _, budget := range r.Cluster.BudgetsOf(pod) {
		r.disrupted[budget]++
	}
	r.source.leave(pod)
	r.moves = append(r.moves, move{pod: pod, why: why, place: place})
	return true, nil
}

// tryOut finds where the successor of a pod would go, if the pod may go at all. Else
// the pod is passed, with the reason.
func (r *relief) tryOut(ctx context.Context, pod *corev1.Pod, below *float64) (placement, error) {
	place := placement{why: r.isSpent(pod)}
	if place.why.IsZero() {
		var err error
		if place, err = r.place(ctx, pod); err != nil {
			return place, err
		}
	}
	if place.why.IsZero() && below != nil {
		place.why = r.isNoLower(place, *below)
	}
	if !place.why.IsZero() {
		r.pass(pod, place.why)
	}
	return place, nil
}
