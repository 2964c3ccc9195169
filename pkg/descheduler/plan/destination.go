// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// maxTries is how often the scheduler is asked about the pods of one node. In a
	// cluster of 5,000 nodes an answer takes 15 ms.
	maxTries = 64
	// maxRefusals is how often it may find no place in all of a plan, evenly shared
	// among the rules and nodes that are left: about three seconds there. What it
	// finds a place for is bounded by the budgets.
	maxRefusals = 192
	// expectedFor is how long the successor of a pod is waited for where it was
	// expected. One that has no node by then finds none.
	expectedFor = time.Hour
)

// placement is where the successor of a pod would go, or why it goes nowhere.
type placement struct {
	node  string
	index int // in the snapshot
	// amounts are what the successor will use, by usage.
	amounts []float64
	arrival verdict.Arrival
	why     reason.Reason
	// at is how many moves the scheduler knew of.
	at int
}

// place asks the scheduler where the successor of a pod would go, unless it has been
// asked since the last move.
func (r *relief) place(ctx context.Context, pod *corev1.Pod) (placement, error) {
	if known, ok := r.placed(pod); ok {
		return known, nil
	}
	if why := r.isGivenUp(pod); !why.IsZero() {
		return placement{why: why}, nil
	}
	r.source.tries++
	place := placement{amounts: r.amounts(pod), at: r.moved}
	node, why, err := r.Fit.Place(ctx, pod, place.amounts)
	switch {
	case ctx.Err() != nil:
		return place, fmt.Errorf("placing pod %s/%s elsewhere: %w", pod.Namespace, pod.Name, ctx.Err())
	case err != nil:
		place.why = reason.New(FitFailed, "the scheduler could not be asked where the pod would go: %v", err)
	case !why.IsZero():
		place.why = why
	case node == "":
		place.why = reason.New(NoFit, "the scheduler finds no node for the pod")
	default:
		r.look(pod, node, &place)
	}
	if !place.why.IsZero() {
		r.patience--
		r.refusals--
	}
	r.placements[pod.UID] = place
	return place, nil
}

// placed is what the scheduler said of a pod, if nothing was moved since.
func (r *relief) placed(pod *corev1.Pod) (placement, bool) {
	known, ok := r.placements[pod.UID]
	return known, ok && known.at == r.moved
}

// isGivenUp tells that the scheduler is not asked about any more pods of the node.
func (r *relief) isGivenUp(pod *corev1.Pod) reason.Reason {
	if r.patience > 0 && r.source.tries < maxTries {
		return reason.Reason{}
	}
	if _, ok := r.placed(pod); ok {
		return reason.Reason{}
	}
	return reason.New(NotTried, "too many other pods of the node could not be placed, so the scheduler was not asked about this one")
}

func moveError(pod *corev1.Pod, node string, err error) error {
	return fmt.Errorf("placing pod %s/%s on node %q: %w", pod.Namespace, pod.Name, node, err)
}

// look tells whether a pod would do well on the node that the scheduler has chosen,
// with all that comes there by the plan.
func (r *relief) look(pod *corev1.Pod, name string, place *placement) {
	snapshot := r.Fit.Snapshot()
	place.node, place.index = name, snapshot.Index(name)
	place.arrival = verdict.Arrival{Amounts: place.amounts, Priority: priority(pod), Pending: snapshot.Pending.Amounts()}
	place.why = r.isClosed(name)
	if place.why.IsZero() && place.index == verdict.NoNode {
		place.why = reason.New(DestinationUnknown, "the scheduler would place it on node %s, which has not been measured", name)
	}
	if place.why.IsZero() {
		place.why = r.crossesLine(pod, place)
	}
}

// isClosed tells why pods are not to be moved to a node.
func (r *relief) isClosed(name string) reason.Reason {
	if name == r.node.Name {
		return reason.New(SameNode, "the scheduler would place it on node %s again", name)
	}
	if moved := r.expected[name]; moved != nil {
		return reason.New(DestinationExpecting, "the scheduler would place it on node %s, where the successor of pod %s/%s, moved at %s, has yet to come",
			name, moved.Pod.Namespace, moved.Pod.Name, moved.Planned.UTC().Format(time.RFC3339))
	}
	return Closed(name, r.Cluster.Node(name))
}

// expectations are the evictions of earlier plans whose successors have no node yet,
// by the node where they are expected. What they will use there neither the node
// nor the scheduler knows of: their controllers may be slow, or wait for the pod to
// be gone, as those of StatefulSets do.
func expectations(in *Input) map[string]*history.Record {
	expected := map[string]*history.Record{}
	for i := range in.History {
		r := &in.History[i]
		came := r.Successor.Node != "" || r.Successor.NotNeeded
		if r.Failed == "" && !r.DryRun && !came && in.Now.Sub(r.Planned) < expectedFor {
			expected[r.Predicted.Destination] = r
		}
	}
	return expected
}

// Closed tells why pods are not to be moved to the node of a name, nil if there is
// none, whatever it measures.
func Closed(name string, node *corev1.Node) reason.Reason {
	switch {
	case node == nil:
		return reason.New(DestinationUnknown, "the scheduler would place it on node %s, which is not there any more", name)
	case node.DeletionTimestamp != nil:
		return reason.New(DestinationLeaving, "the scheduler would place it on node %s, which is being deleted", name)
	case node.Spec.Unschedulable:
		return reason.New(DestinationCordoned, "the scheduler would place it on node %s, which is cordoned", name)
	}
	for _, taint := range node.Spec.Taints {
		if leavingTaints[taint.Key] {
			return reason.New(DestinationLeaving, "the scheduler would place it on node %s, which is about to be deleted by its autoscaler (taint %s)", name, taint.Key)
		}
	}
	return reason.Reason{}
}

// leavingTaints are what the cluster autoscaler and Karpenter put on nodes that they
// are about to delete.
var leavingTaints = map[string]bool{
	"ToBeDeletedByClusterAutoscaler":       true,
	"DeletionCandidateOfClusterAutoscaler": true,
	"karpenter.sh/disrupted":               true,
	"karpenter.sh/disruption":              true,
}

// crossesLine tells of a line of the pod that its coming would bring the node over,
// or into the band of.
func (r *relief) crossesLine(pod *corev1.Pod, place *placement) reason.Reason {
	for _, set := range r.Snapshot.Sets {
		for _, rule := range set.Rules {
			// A rule that only observes is planned as if it were enforced, and for
			// other rules it is not there.
			if rule.Observed && set.Name != r.Set.Name || !rule.Rejects() && rule.Eviction() == nil {
				continue
			}
			if !rule.StaysClear(place.index, &place.arrival) && r.selects(set, pod) {
				return reason.New(DestinationNotClear, "the scheduler would place it on node %s, which would not stay clear of the line %s/%s%s",
					place.node, rule.Key.Set, rule.Key.Rule, forecast(set, rule, place))
			}
		}
	}
	return reason.Reason{}
}

// forecast tells what the first metric of a rule would be.
func forecast(set *verdict.SetVerdict, rule *verdict.RuleVerdict, place *placement) string {
	measure := rule.Measures(place.index)[0]
	value, known := set.Value(measure.Metric, place.index, &place.arrival)
	if !known {
		return fmt.Sprintf(" (%s is not known there)", measure.Metric)
	}
	return fmt.Sprintf(" (%s at %s with it)", measure.Metric, show(value, measure))
}

// isNoLower tells that a node would be no lower with a pod than the one that the pod
// leaves is before. Moving it there would only move the load.
func (r *relief) isNoLower(place placement, below float64) reason.Reason {
	value, known := r.Set.Value(r.by.Metric, place.index, &place.arrival)
	switch {
	case !known && r.Rule.State(place.index) == verdict.NotGoverned:
		return reason.Reason{}
	case !known:
		return reason.New(DestinationUnknown, "the scheduler would place it on node %s, whose %s is not known", place.node, r.by.Metric)
	case value >= below:
		return reason.New(DestinationNotLower, "the scheduler would place it on node %s, which with it would be at %s of %s, no lower than %s at %s",
			place.node, show(value, r.by), r.by.Metric, r.node.Name, show(below, r.by))
	}
	return reason.Reason{}
}
