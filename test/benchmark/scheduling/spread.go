// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"slices"
)

// spread is what repeated measurements come to.
type spread struct {
	median float64
	// low and high enclose the middle half.
	low, high float64
}

// String is the median with the middle half.
func (s spread) String() string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.median, s.low, s.high)
}

func newSpread(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75)}
}

// quantile interpolates between sorted values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	position := q * float64(len(sorted)-1)
	below := int(position)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (position-float64(below))*(sorted[below+1]-sorted[below])
}

// ratio compares figures round by round, so that what slows the machine down
// for a while slows both.
func ratio(of, to []float64) spread {
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / to[i]
	}
	return newSpread(ratios)
}
