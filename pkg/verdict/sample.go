// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"
	"time"
)

// Sample is what one metric was on one node.
type Sample struct {
	// Value is in the metric's own unit.
	Value float64
	// Time is when the data was measured, not when it was asked for.
	Time time.Time
}

// Samples are the samples of one metric by node name.
type Samples map[string]Sample

// MetricKey names a metric of a rule set.
type MetricKey struct {
	Set, Metric string
}

// Reading is a sample as a verdict sees it.
type Reading struct {
	Sample
	// Known is false where there is no sample or it is too old to count.
	Known bool
}

// read judges whether a sample counts at a time. One that is as far in the future as
// others may be old is of a clock that has been set back since: it would count for as
// long as that was.
func (m *metric) read(sample Sample, found bool, now time.Time) Reading {
	usable := found && !math.IsNaN(sample.Value) && !math.IsInf(sample.Value, 0)
	return Reading{Sample: sample, Known: usable && now.Sub(sample.Time).Abs() <= m.staleAfter}
}
