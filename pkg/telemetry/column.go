// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql"
)

// Names are those of the nodes, by position. They are not to be changed.
func (n *Nodes) Names() []string { return n.names }

// Columns answers a query at several instants, from a first one on and a step apart:
// for each, what the nodes measured by position, NaN where that is not known. Samples
// are given to nodes as in Measure, and two for one node are an error. A sample counts
// as long as the source gives it, whatever its age.
func (n *Nodes) Columns(ctx context.Context, ranges RangeQuery, query Query, first time.Time, step time.Duration, steps int) ([][]float64, error) {
	columns := newColumns(steps, len(n.names))
	span := steps
	if dependsOnRange(query.Expression) {
		span = 1 // the start and the end are the instant itself
	}
	for done := 0; done < steps; done += span {
		start := first.Add(time.Duration(done) * step)
		matrix, err := ranges(ctx, query.Expression, start, start.Add(time.Duration(span-1)*step), step)
		if err != nil {
			return nil, fmt.Errorf("running the query: %w", err)
		}
		if err := n.fill(columns[done:done+span], matrix, query, start, step); err != nil {
			return nil, err
		}
	}
	return columns, nil
}

func newColumns(steps, nodes int) [][]float64 {
	columns := make([][]float64, steps)
	for i := range columns {
		columns[i] = make([]float64, nodes)
		for node := range columns[i] {
			columns[i][node] = math.NaN()
		}
	}
	return columns
}

// fill gives the samples of an answer to their nodes.
func (n *Nodes) fill(columns [][]float64, matrix promql.Matrix, query Query, start time.Time, step time.Duration) error {
	taken := make([]bool, len(columns)*len(n.names))
	for _, series := range matrix {
		node, ok := n.of(series.Metric, query.NodeLabel)
		if !ok {
			continue
		}
		take := func(milliseconds int64, value float64) (free bool) {
			i := int((milliseconds - start.UnixMilli()) / step.Milliseconds())
			if i < 0 || i >= len(columns) {
				return true
			}
			at := i*len(n.names) + node
			free, taken[at] = !taken[at], true
			if !math.IsInf(value, 0) {
				columns[i][node] = value
			}
			return free
		}
		for _, point := range series.Floats {
			if !take(point.T, point.F) {
				return ambiguous(answerAt(matrix, point.T), node, query, n)
			}
		}
		for _, point := range series.Histograms { // which are no node's value
			if !take(point.T, math.NaN()) {
				return ambiguous(answerAt(matrix, point.T), node, query, n)
			}
		}
	}
	return nil
}

// answerAt is the answer at one instant.
func answerAt(matrix promql.Matrix, milliseconds int64) promql.Vector {
	answers := chunk{series: slices.Clone(matrix)} // since a chunk lets go of what is before
	return answers.at(time.UnixMilli(milliseconds))
}
