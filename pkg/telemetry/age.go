// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql"
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
func (r *round) dataTimes(ctx context.Context, query Query) (func(node int) (at time.Time, known bool), error) {
	selectors, err := selectorsOf(query, r.summarize)
	if err != nil {
		return nil, err
	}
	var found []*selectorTimes
	for _, selector := range selectors {
		times, err := r.timesOf(ctx, selector)
		if err != nil {
			return nil, err
		}
		found = append(found, times)
	}
	return func(node int) (time.Time, bool) {
		oldest, known := r.at.UnixMilli(), len(found) == 0
		for _, times := range found {
			data := times.on(node)
			if data != noData {
				oldest, known = min(oldest, data.measured), true
			}
		}
		return time.UnixMilli(oldest), known
	}, nil
}

// timesOf asks for the times of a selector's data once in a round.
//
// A range still holds the data of a series that has ended, which an instant
// selector does not find any more. When such a selector is new its whole range is
// searched; from then on it is enough to remember what was found.
func (r *round) timesOf(ctx context.Context, selector selector) (*selectorTimes, error) {
	return r.times.get(ctx, selector, func() (*selectorTimes, error) {
		vector, err := r.ask(ctx, selector.now)
		if err != nil {
			return nil, err
		}
		times := r.readTimes(vector, selector.nodeLabel, r.at.UnixMilli())
		if selector.reach == 0 {
			return times, nil
		}
		earlier := r.seen.find(selector, r.at)
		if earlier == nil {
			if vector, err = r.ask(ctx, selector.earlier); err != nil {
				return nil, err
			}
			earlier = r.readTimes(vector, selector.nodeLabel, math.MinInt64)
		}
		times.addFound(earlier, r.at.Add(-selector.reach).UnixMilli())
		r.seen.keep(selector, r.at, times)
		return times, nil
	})
}

// readTimes reads the answer to a question for times. found is when the data was
// found, or long ago where nothing more is known of it than when it was measured.
func (r *round) readTimes(vector promql.Vector, nodeLabel string, found int64) *selectorTimes {
	times := newSelectorTimes(r.nodes)
	for _, sample := range vector {
		at := int64(math.Round(sample.F * 1000)) // timestamp() is in seconds
		node, ok := r.nodes.of(sample.Metric, nodeLabel)
		if !ok && nodeLabel != "" {
			// The query may make the label itself, out of these.
			node, ok = r.nodes.of(sample.Metric, "")
		}
		data := dataTime{measured: at, found: max(at, found)}
		if ok {
			times.byNode[node] = later(times.byNode[node], data)
		} else {
			times.elsewhere = later(times.elsewhere, data)
		}
	}
	return times
}

// selector is one selector of a query, with the questions for the times of its
// data: of what it finds now, and of what it would have found within its reach.
type selector struct {
	nodeLabel    string
	now, earlier string
	// reach is how far back the expressions around the selector look from their
	// own time: zero for an instant selector.
	reach time.Duration
}

// selectorsOf are the selectors in a query, but for those of absent(), which is
// about there being none.
func selectorsOf(query Query, summarize bool) ([]selector, error) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(query.Expression)
	if err != nil {
		return nil, err
	}
	tells := func(expression parser.Expr) parser.Expr { return expression }
	if summarize {
		tells = func(expression parser.Expr) parser.Expr { return latest(expression, query.NodeLabel) }
	}
	var selectors []selector
	parser.Inspect(parsed, func(node parser.Node, ancestors []parser.Node) error {
		if found, ok := node.(*parser.VectorSelector); ok && !slices.ContainsFunc(ancestors, isAbsent) {
			timestamps, reach := timestampsOf(found), reach(ancestors)
			selectors = append(selectors, selector{
				nodeLabel: query.NodeLabel,
				now:       tells(timestamps).String(),
				earlier:   tells(latestIn(timestamps, reach)).String(),
				reach:     reach,
			})
		}
		return nil
	})
	return selectors, nil
}

func isAbsent(node parser.Node) bool {
	call, ok := node.(*parser.Call)
	return ok && strings.HasPrefix(call.Func.Name, "absent")
}

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

// timestampsOf asks for the times of what a selector finds. It leaves out the
// offset and @: a query that compares with yesterday is as fresh as what it
// compares.
func timestampsOf(selector *parser.VectorSelector) parser.Expr {
	return call("timestamp", &parser.VectorSelector{Name: selector.Name, LabelMatchers: selector.LabelMatchers})
}

func latestIn(timestamps parser.Expr, reach time.Duration) parser.Expr {
	step := max(reach/steps, time.Second).Round(time.Second)
	return call("max_over_time", &parser.SubqueryExpr{Expr: timestamps, Range: reach, Step: step})
}

func call(function string, argument parser.Expr) parser.Expr {
	return &parser.Call{Func: parser.Functions[function], Args: parser.Expressions{argument}}
}

// latest is the greatest value by the labels that can tell a node.
func latest(expression parser.Expr, nodeLabel string) parser.Expr {
	tell := []string{"node", "instance"}
	if nodeLabel != "" && !slices.Contains(tell, nodeLabel) {
		tell = append(tell, nodeLabel)
	}
	return &parser.AggregateExpr{Op: parser.MAX, Expr: expression, Grouping: tell}
}
