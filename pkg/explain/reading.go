// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"math"
	"time"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Readings are what a rule or a preference went by at a time.
func Readings(compared []verdict.Compared, at time.Time) []Reading {
	readings := make([]Reading, 0, len(compared))
	for _, c := range compared {
		reading := Reading{Metric: c.Metric, Fraction: c.Fraction, Above: c.Above, Below: c.Below, Equals: c.Equals, Clear: c.Clear}
		if c.Reading.Known {
			value := c.Reading.Value
			reading.Value, reading.AgeSeconds = &value, at.Sub(c.Reading.Time).Seconds()
		}
		if !math.IsNaN(c.Projected) && !math.IsInf(c.Projected, 0) {
			projected := c.Projected
			reading.Projected = &projected
		}
		readings = append(readings, reading)
	}
	return readings
}
