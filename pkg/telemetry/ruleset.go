// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Queries are how the metrics of rule sets are asked for. The further
// parameters are as for QueryFor.
func Queries(sets []*v1alpha1.RuleSet, interval, staleAfter time.Duration, overrides map[v1alpha1.Builtin]string) map[verdict.MetricKey]Query {
	queries := map[verdict.MetricKey]Query{}
	for _, set := range sets {
		for _, metric := range set.Spec.Metrics {
			queries[verdict.MetricKey{Set: set.Name, Metric: metric.Name}] = QueryFor(metric, interval, staleAfter, overrides)
		}
	}
	return queries
}

// MeasureMetrics runs the queries of metrics as Measure does, equal ones once,
// and returns the latest samples of each metric.
func (m *Measurer) MeasureMetrics(ctx context.Context, queries map[verdict.MetricKey]Query, nodes *Nodes, at time.Time) (map[verdict.MetricKey]verdict.Samples, map[Query]error) {
	measured, failures := m.Measure(ctx, slices.Collect(maps.Values(queries)), nodes, at)
	samples := make(map[verdict.MetricKey]verdict.Samples, len(queries))
	for key, query := range queries {
		samples[key] = measured[query]
	}
	return samples, failures
}
