// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import "time"

// Shape is how a metric is made of what happened within its window.
type Shape int

const (
	// Opaque metrics, such as a maximum or what a recording rule hides, show
	// nothing that is certain before their window is over.
	Opaque Shape = iota
	// Instant metrics show what is there at the time of the sample.
	Instant
	// Mean metrics show the mean over their window.
	Mean
)

// Window is how a change in the cluster comes to show in a metric.
type Window struct {
	Shape Shape
	// Length is how far back the metric looks from the time of its sample. Zero
	// for Instant.
	Length time.Duration
	// Lag is the time of one scrape interval, within which a change has not been
	// seen at all.
	Lag time.Duration
}

// Whole is the time that a change needs to be wholly visible in the metric.
func (w Window) Whole() time.Duration { return w.Length + w.Lag }
