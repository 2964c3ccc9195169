// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// headroom is the distance of a node to the line of a rule, as a share of the
// threshold: of the condition that is the farthest from holding, since all must
// hold. Nil where none of them is known.
func headroom(rule *v1alpha1.Rule, set *verdict.SetVerdict, index int) *float64 {
	var farthest *float64
	for i := range rule.When {
		reading := set.Reading(rule.When[i].Metric, index)
		if !reading.Known {
			continue
		}
		if distance := distance(&rule.When[i], reading.Value); farthest == nil || distance > *farthest {
			farthest = &distance
		}
	}
	return farthest
}

// distance is from a value to the threshold of a condition. Below zero the
// condition holds.
func distance(condition *v1alpha1.Condition, value float64) float64 {
	threshold, distance := 0.0, 0.0
	switch {
	case condition.Above != nil:
		threshold = condition.Above.Value()
		distance = threshold - value
	case condition.Below != nil:
		threshold = condition.Below.Value()
		distance = value - threshold
	default:
		threshold = condition.Equals.Value()
		distance = math.Abs(value - threshold)
	}
	if threshold != 0 {
		distance /= math.Abs(threshold)
	}
	return max(-math.MaxFloat64, min(distance, math.MaxFloat64)) // JSON has no infinity
}

// least is the smaller one of what is known.
func least(a, b *float64) *float64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// refused tells whether any rule keeps new pods off the node.
func (n *Node) refused() bool {
	return slices.ContainsFunc(n.Broken, func(broken Broken) bool { return broken.Refused })
}

// urgency orders nodes before their headroom does.
func (n *Node) urgency() int {
	urgency := 1
	if n.Headroom == nil {
		urgency = 0
	}
	for _, broken := range n.Broken {
		switch broken.State {
		case verdict.InForce.String():
			urgency = 4
		case verdict.Pending.String():
			urgency = max(urgency, 3)
		case verdict.Undecided.String():
			urgency = max(urgency, 2)
		}
	}
	return urgency
}

// sortNodes puts those first of which somebody wants to know: over a line, near
// one, then by their scores.
func sortNodes(nodes []Node) {
	slices.SortStableFunc(nodes, func(a, b Node) int {
		return cmp.Or(
			b.urgency()-a.urgency(),
			compare(a.Headroom, b.Headroom),
			compare(b.Score, a.Score),
			strings.Compare(a.Name, b.Name),
		)
	})
}

// compare orders what is known. What is not is the same as anything.
func compare[T cmp.Ordered](a, b *T) int {
	if a == nil || b == nil {
		return 0
	}
	return cmp.Compare(*a, *b)
}
