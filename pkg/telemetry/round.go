// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"
)

// round is one measurement of all metrics, in which each expression is asked
// once. It is safe for concurrent use.
type round struct {
	query InstantQuery
	nodes *Nodes
	at    time.Time
	seen  *sightings
	// summarize has the times of data aggregated where they are asked for.
	summarize bool

	vectors memo[string, promql.Vector]
	times   memo[selector, *selectorTimes]
}

// ask answers an expression.
func (r *round) ask(ctx context.Context, expression string) (promql.Vector, error) {
	return r.vectors.get(ctx, expression, func() (promql.Vector, error) { return r.query(ctx, expression, r.at) })
}

// measure answers a query.
func (r *round) measure(ctx context.Context, query Query) (measurement, error) {
	vector, err := r.ask(ctx, query.Expression)
	if err != nil {
		return measurement{}, fmt.Errorf("running the query: %w", err)
	}
	measuredAt, err := r.dataTimes(ctx, query)
	if err != nil {
		return measurement{}, fmt.Errorf("finding the age of the data: %w", err)
	}
	return byNode(vector, query, r.nodes, measuredAt)
}
