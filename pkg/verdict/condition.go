// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// condition compares one metric with one threshold.
type condition struct {
	metric   int // index into Set.metrics
	operator operator
	// threshold and clear are in the metric's own unit.
	threshold, clear float64
}

type operator int

const (
	above operator = iota
	below
	equals
)

func newCondition(c v1alpha1.Condition, metric int) condition {
	compiled := condition{metric: metric}
	switch {
	case c.Above != nil:
		compiled.operator, compiled.threshold = above, c.Above.Value()
	case c.Below != nil:
		compiled.operator, compiled.threshold = below, c.Below.Value()
	default:
		compiled.operator, compiled.threshold = equals, c.Equals.Value()
	}
	compiled.clear = compiled.threshold
	if c.Clear != nil {
		compiled.clear = c.Clear.Value()
	}
	return compiled
}

// holding is what is known of a condition on a node.
type holding uint8

const (
	// undecided is the state of a condition whose value has only been seen
	// within its band: whether it came in from above or from below is not known.
	undecided holding = iota
	held
	notHeld
)

// next is the state of the condition at a value, given the state before. The
// package comment draws the states.
func (c *condition) next(value float64, before holding) holding {
	switch {
	case c.met(value):
		return held
	case c.inBand(value):
		return before
	default:
		return notHeld
	}
}

// met tells whether a value is past the threshold.
func (c *condition) met(value float64) bool {
	switch c.operator {
	case above:
		return value > c.threshold
	case below:
		return value < c.threshold
	default:
		return value == c.threshold
	}
}

// inBand tells whether a value, which is not past the threshold, is not past
// clear either.
func (c *condition) inBand(value float64) bool {
	switch {
	case c.clear == c.threshold:
		return false
	case c.operator == above:
		return value >= c.clear
	default:
		return value <= c.clear
	}
}

// excess is the distance between a value and the threshold, as a share of the
// threshold where that is not zero.
func (c *condition) excess(value float64) float64 {
	distance := math.Abs(value - c.threshold)
	if c.threshold != 0 {
		distance /= math.Abs(c.threshold)
	}
	return math.Min(distance, math.MaxFloat64)
}
