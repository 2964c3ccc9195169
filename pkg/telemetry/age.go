// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// steps is the number of points at which a range is searched for the end of a
// series.
const steps = 10

// dataTimes finds, by node, when the data behind a query was measured.
//
// The samples of an instant query carry the time of the query, even where the
// data behind them is minutes old. timestamp() tells the data's own time, so
// it is asked of every selector in the query. A selector's data on a node is
// as old as its latest series there; the query's is as old as its oldest
// selector's. Where a selector's series do not tell the node, the latest of
// these stands for all nodes.
//
// The time is not known where no selector finds data any more. An expression
// without selectors is as fresh as the query.
func dataTimes(ctx context.Context, answers *answers, query Query, nodes *Nodes) (func(node string) (at time.Time, known bool), error) {
	expressions, err := timestampQueries(query.Expression)
	if err != nil {
		return nil, err
	}
	var selectors []selectorTimes
	for _, expression := range expressions {
		times, err := timesOf(ctx, answers, expression, query.NodeLabel, nodes)
		if err != nil {
			return nil, err
		}
		selectors = append(selectors, times)
	}
	return func(node string) (time.Time, bool) {
		oldest, known := answers.at, len(selectors) == 0
		for _, selector := range selectors {
			at, found := selector.on(node)
			if found && at.Before(oldest) {
				oldest = at
			}
			known = known || found
		}
		return oldest, known
	}, nil
}

// selectorTimes are the times of the latest data that a selector found.
type selectorTimes struct {
	byNode map[string]time.Time
	// elsewhere is of the series that do not tell the node.
	elsewhere time.Time
}

func (s selectorTimes) on(node string) (time.Time, bool) {
	if at, ok := s.byNode[node]; ok {
		return at, true
	}
	return s.elsewhere, !s.elsewhere.IsZero()
}

func timesOf(ctx context.Context, answers *answers, expression, nodeLabel string, nodes *Nodes) (selectorTimes, error) {
	times := selectorTimes{byNode: map[string]time.Time{}}
	vector, err := answers.get(ctx, expression)
	if err != nil {
		return times, err
	}
	for _, sample := range vector {
		at := time.UnixMilli(int64(sample.F * 1000)) // timestamp() is in seconds
		node, ok := nodes.of(sample.Metric, nodeLabel)
		if !ok {
			// The query may make the label itself, out of these.
			node, ok = nodes.of(sample.Metric, "")
		}
		switch {
		case !ok && at.After(times.elsewhere):
			times.elsewhere = at
		case ok && at.After(times.byNode[node]):
			times.byNode[node] = at
		}
	}
	return times, nil
}

// timestampQueries are the queries for the times of the data of each selector
// in an expression, but for those of absent(), which is about there being none.
func timestampQueries(expression string) ([]string, error) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return nil, err
	}
	var queries []string
	parser.Inspect(parsed, func(node parser.Node, ancestors []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok && !slices.ContainsFunc(ancestors, isAbsent) {
			queries = append(queries, timestampQuery(selector, reach(ancestors)))
		}
		return nil
	})
	return queries, nil
}

func isAbsent(node parser.Node) bool {
	call, ok := node.(*parser.Call)
	return ok && strings.HasPrefix(call.Func.Name, "absent")
}

// reach is how far back the expressions around a selector look from their own
// time: zero for an instant selector.
func reach(ancestors []parser.Node) time.Duration {
	var total time.Duration
	for _, node := range ancestors {
		switch expression := node.(type) {
		case *parser.MatrixSelector:
			total += expression.Range
		case *parser.SubqueryExpr:
			total += expression.Range
		}
	}
	return total
}

// timestampQuery asks for the time of a selector's latest data. It leaves out
// the selector's offset and @: a query that compares with yesterday is as fresh
// as what it compares.
//
// A range still holds the data of a series that has ended, which an instant
// selector does not see any more, so there the question looks back as far.
func timestampQuery(selector *parser.VectorSelector, reach time.Duration) string {
	plain := &parser.VectorSelector{Name: selector.Name, LabelMatchers: selector.LabelMatchers}
	if reach == 0 {
		return fmt.Sprintf("timestamp(%s)", plain)
	}
	step := max(reach/steps, time.Second).Round(time.Second)
	return fmt.Sprintf("timestamp(%[1]s) or max_over_time(timestamp(%[1]s)[%[2]s:%[3]s])", plain, model.Duration(reach), model.Duration(step))
}
