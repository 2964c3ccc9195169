// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package metricsapi

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
)

// Restrict has queries fail that select a metric which neither the metrics API
// nor the API server can tell. They would find nothing, and nobody would know
// why.
func Restrict(query telemetry.InstantQuery) telemetry.InstantQuery {
	known := map[string]bool{cpuCores: true, memoryBytes: true, windowSeconds: true}
	for _, name := range nodefacts.Names() {
		known[name] = true
	}
	return func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		if err := check(expression, known); err != nil {
			return nil, err
		}
		return query(ctx, expression, at)
	}
}

func check(expression string, known map[string]bool) error {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return err
	}
	for _, selector := range parser.ExtractSelectors(parsed) {
		for _, matcher := range selector {
			if matcher.Name == model.MetricNameLabel && matcher.Type == labels.MatchEqual && !known[matcher.Value] {
				return fmt.Errorf("the metrics API has only cpu and memory, and not %s: use telemetry.embedded or telemetry.prometheus for it", matcher.Value)
			}
		}
	}
	return nil
}
