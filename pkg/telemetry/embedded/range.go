// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql"
)

// QueryRange answers an expression at several instants: from start to no later
// than end, a step apart.
func (d *Database) QueryRange(ctx context.Context, expression string, start, end time.Time, step time.Duration) (promql.Matrix, error) {
	query, err := d.engine.Load().NewRangeQuery(ctx, d.storage, nil, expression, start, end, step)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	found, err := query.Exec(ctx).Matrix()
	if err != nil {
		return nil, err
	}
	// The engine takes its memory back when the query is closed.
	matrix := make(promql.Matrix, 0, len(found))
	for _, series := range found {
		series.Floats, series.Histograms = slices.Clone(series.Floats), slices.Clone(series.Histograms)
		matrix = append(matrix, series)
	}
	return matrix, nil
}
