// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"maps"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// MetricNames are the names of the metrics that queries select, so that what
// feeds them can leave the others out.
func MetricNames[Key comparable](queries map[Key]Query) map[string]bool {
	names, seen := map[string]bool{}, map[string]bool{}
	for query := range maps.Values(queries) {
		if seen[query.Expression] {
			continue
		}
		seen[query.Expression] = true
		collectNames(query.Expression, names)
	}
	return names
}

// collectNames adds nothing for an expression that does not parse, which
// validation has refused.
func collectNames(expression string, names map[string]bool) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name == model.MetricNameLabel && matcher.Type == labels.MatchEqual {
				names[matcher.Value] = true
			}
		}
		return nil
	})
}
