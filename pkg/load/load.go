// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package load

import (
	"math"
	"slices"
)

// Load is what the nodes measured of one metric, at each instant of an axis. It is NaN
// where that is not known.
type Load struct {
	// Max, P90, Median and Min are over the nodes that have a value, of which Nodes is
	// the number.
	Max, P90, Median, Min []float64
	Nodes                 []int
	// Values are of the node that was asked for. Nil if none was.
	Values []float64
}

func newLoad(axis Axis, node string) *Load {
	unknown := func() []float64 { return slices.Repeat([]float64{math.NaN()}, axis.Steps) }
	l := &Load{Max: unknown(), P90: unknown(), Median: unknown(), Min: unknown(), Nodes: make([]int, axis.Steps)}
	if node != "" {
		l.Values = unknown()
	}
	return l
}

// Known tells whether there is any value at all.
func (l *Load) Known() bool {
	return slices.ContainsFunc(l.Nodes, func(nodes int) bool { return nodes > 0 })
}

// summary is what the nodes measured at one instant.
type summary struct {
	max, p90, median, min float64
	nodes                 int
}

// summarize sums up values, of which those that are not known are NaN.
func summarize(values []float64) summary {
	sorted := make([]float64, 0, len(values))
	for _, value := range values {
		if !math.IsNaN(value) {
			sorted = append(sorted, value)
		}
	}
	if len(sorted) == 0 {
		return summary{max: math.NaN(), p90: math.NaN(), median: math.NaN(), min: math.NaN()}
	}
	slices.Sort(sorted)
	return summary{
		max: sorted[len(sorted)-1], p90: quantile(sorted, 0.9), median: quantile(sorted, 0.5), min: sorted[0], nodes: len(sorted),
	}
}

// quantile is that of sorted values, interpolated as PromQL's quantile does.
func quantile(sorted []float64, share float64) float64 {
	rank := share * float64(len(sorted)-1)
	below := int(rank)
	above := min(below+1, len(sorted)-1)
	weight := rank - float64(below)
	return sorted[below]*(1-weight) + sorted[above]*weight
}
