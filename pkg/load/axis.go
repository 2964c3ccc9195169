// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package load sums up what the nodes have measured over a time, and remembers it, so
// that the next look asks only for what is new.
package load

import (
	"math"
	"time"
)

const (
	// aimedSteps is how many instants a picture should have.
	aimedSteps = 60
	// maxSteps is how many it may have.
	maxSteps = 120
)

// Axis are instants that are a step apart and whole multiples of it in Unix time.
type Axis struct {
	End   time.Time
	Step  time.Duration
	Steps int
}

// NewAxis is the time up to now. The step is in whole seconds, and a multiple of the
// interval at which nodes are measured.
func NewAxis(length, interval time.Duration, now time.Time) Axis {
	step := stepFor(length, interval)
	steps := int(math.Ceil(length.Seconds() / step.Seconds()))
	end := now.Unix() - now.Unix()%int64(step/time.Second)
	return Axis{End: time.Unix(end, 0).UTC(), Step: step, Steps: min(max(steps, 2), maxSteps)}
}

// stepFor is the shortest step that is long enough.
func stepFor(length, interval time.Duration) time.Duration {
	interval = max(interval, time.Second)
	for step := interval; step <= length; step += interval {
		if step%time.Second == 0 && step*aimedSteps >= length {
			return step
		}
	}
	return max(length/aimedSteps, interval).Round(time.Second)
}

// At is the instant at an index, the earliest first.
func (a Axis) At(i int) time.Time { return a.End.Add(-time.Duration(a.Steps-1-i) * a.Step) }

// Start is the beginning of the step that ends at the earliest instant.
func (a Axis) Start() time.Time { return a.At(-1) }
