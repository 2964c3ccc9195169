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

// holds tells whether the condition holds at value, given whether it held
// before. The package comment draws the states.
func (c *condition) holds(value float64, held bool) bool {
	inBand := held && c.clear != c.threshold
	switch c.operator {
	case above:
		return value > c.threshold || inBand && value >= c.clear
	case below:
		return value < c.threshold || inBand && value <= c.clear
	default:
		return value == c.threshold
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
