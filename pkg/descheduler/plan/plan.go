// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package plan decides which pods are to be moved off the nodes that are over
// their lines. It is pure: what it is given decides.
//
// # How much has to go
//
// A rule ends once one of its conditions does. For each condition that holds above
// a threshold, and whose metric has a resource, the node's value is what it
// measures, or will likely measure if that is less, without the shares of the pods
// that are terminating or that an earlier rule moves. The goal is the condition's
// clear. Of several conditions the plan goes by the one that needs the fewest
// evictions, then by the one that needs the least to go.
//
// # Who goes
//
// Only pods up to the lowest priority that suffices: with pods up to priority 0 that
// add up to 10%, and 12% to go, those of the next priority are chosen from as well.
// Among these, by the rule's order:
//
//   - OverRequest takes those furthest above what they request, until that suffices,
//     and then leaves out those again that are not needed, the smallest shares first.
//   - Fewest takes the smallest number that suffices, and among sets of that size the
//     one with the smallest total.
//
// Either way no pod of the choice could be left out. A pod that may not be moved, or
// that finds no other node, is no part of any choice. Where all pods together do not
// suffice, those that can be moved are: less over the line is better, too.
//
// A rule on a metric without a resource moves a few pods at a time, and the next once
// the metric can show what that has brought. One with "all" moves every pod that the
// rule set is for.
//
// Off a saturated node one pod goes at a time as well: what its pods use then says
// little of what they want.
//
// # Where to
//
// The scheduler says where the successor would go, and the plan takes it or leaves
// it: the node has to stay clear of all lines of the pod, and below what the node
// that the pod leaves was at. So each move strictly lowers the loads of the
// nodes, sorted from the highest down, and with a constant load the moves end.
package plan

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Input is all that a plan depends on.
type Input struct {
	Now      time.Time
	Snapshot *verdict.Snapshot
	Cluster  *cluster.Cluster
	// History are the evictions before, the oldest first.
	History []history.Record
	Config  *v1alpha1.DeschedulerConfiguration
	Fit     Fitter
	// Blocked tells why a pod need not be tried now, since the API server has refused
	// its eviction of late. Zero where it may be. Nil: nobody is blocked.
	Blocked func(pod types.UID) reason.Reason
}

// Fitter tells where the scheduler would place pods, as things stand with all
// moves that were made so far. One is for one plan.
type Fitter interface {
	// Place says on which node the successor of a pod would be placed now, or why
	// on none. It is the scheduler's own choice: whether the lines stay clear there
	// is for the planner to judge. amounts are what the successor will use, by usage,
	// in the unit of the resource.
	Place(ctx context.Context, pod *corev1.Pod, amounts []float64) (node string, why reason.Reason, err error)
	// Move makes it so: the pod is going, and its successor on the node.
	Move(pod *corev1.Pod, node string, amounts []float64) error
	// Snapshot is the one of the plan, with all moves that were made pending on it.
	Snapshot() *verdict.Snapshot
}

// Plan is what is to be done, and why nothing else is.
type Plan struct {
	Time time.Time
	// Evictions are in the order in which they are to be carried out.
	Evictions []Eviction
	// Nodes are all that a rule asks evictions on, the worst first, and those last by
	// rules that only observe.
	Nodes []Node
}

// Eviction is a pod that is to be moved, with the record that is to be kept of it.
type Eviction struct {
	Pod    *corev1.Pod
	Record history.Record
}

// Node is what a plan makes of one node and one rule.
type Node struct {
	Name string
	Rule verdict.RuleKey
	// Value is what the node measures by the metric that the plan goes by, less
	// what is leaving already, and Goal what it is to come down to.
	Metric      string
	Value, Goal float64
	// Held is why nothing is moved off the node at all. Zero if something may be.
	Held reason.Reason
	// After is what the node will measure after the evictions of the plan. It is Value
	// where the metric has no resource, so that this is not known.
	After float64
	// Passed are the pods of the node that are not moved, and why: those with the
	// largest shares, maxPassed at most.
	Passed []Passed
}

// Passed is a pod that is not moved.
type Passed struct {
	Pod *corev1.Pod
	// Share is the part of the node's value that the pod is, zero if unknown.
	Share float64
	Why   reason.Reason
}
