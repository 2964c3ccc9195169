// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// chunkSteps is the number of instants that are asked for at a time: few enough
// to keep what is held in memory small, many enough to be quick.
const chunkSteps = 32

// RangeQuery answers a PromQL expression that yields a vector at several
// instants: from start to no later than end, a step apart.
type RangeQuery func(ctx context.Context, expression string, start, end time.Time, step time.Duration) (promql.Matrix, error)

// History answers instant queries at the instants of a past one after the other,
// each exactly as it would have been answered then, from a few range queries. It
// is safe for concurrent use.
type History struct {
	query  InstantQuery
	ranges RangeQuery
	step   time.Duration
	last   time.Time

	mu       sync.Mutex
	chunks   map[string]*chunk // by expression
	answered bool
}

// NewHistory makes a history of the instants up to the last one, a step apart.
func NewHistory(query InstantQuery, ranges RangeQuery, step time.Duration, last time.Time) *History {
	return &History{query: query, ranges: ranges, step: step, last: last, chunks: map[string]*chunk{}}
}

// Answered tells whether any question has been answered.
func (h *History) Answered() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answered
}

// Query answers an instant query. Instants must not go back.
func (h *History) Query(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	vector, err := h.answer(ctx, expression, at)
	if err == nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.answered = true
	}
	return vector, err
}

func (h *History) answer(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	if dependsOnRange(expression) || h.step%time.Millisecond != 0 { // in which instants are counted
		return h.query(ctx, expression, at)
	}
	c := h.chunkOf(expression)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost != nil {
		return nil, c.lost
	}
	vector, err := c.answer(ctx, h, expression, at)
	if err != nil && ctx.Err() != nil {
		c.lost = fmt.Errorf("not asked again: %w", err)
	}
	return vector, err
}

func (h *History) chunkOf(expression string) *chunk {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chunks[expression] == nil {
		h.chunks[expression] = &chunk{}
	}
	return h.chunks[expression]
}

// dependsOnRange tells whether an expression speaks of the start or the end of
// the query, which are others in a range query.
func dependsOnRange(expression string) bool {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return true // the answer is the error
	}
	depends := false
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch expression := node.(type) {
		case *parser.VectorSelector:
			depends = depends || expression.StartOrEnd != 0
		case *parser.SubqueryExpr:
			depends = depends || expression.StartOrEnd != 0
		}
		return nil
	})
	return depends
}

// chunk are the answers to an expression at a number of instants.
type chunk struct {
	mu     sync.Mutex
	asked  bool
	end    time.Time
	series promql.Matrix
	err    error
	// lost is why the expression is not asked any more: it was not answered in
	// time, and would keep the others waiting at every instant.
	lost error
}

func (c *chunk) answer(ctx context.Context, h *History, expression string, at time.Time) (promql.Vector, error) {
	switch {
	case !c.asked: // which may be the only time
		c.asked, c.end = true, at
		return h.query(ctx, expression, at)
	case at.After(c.end):
		c.fetch(ctx, h, expression, at)
	}
	if c.err != nil {
		// A server may refuse a range that is too large for it, and an expression
		// may fail at some of the instants only.
		return h.query(ctx, expression, at)
	}
	return c.at(at), nil
}

func (c *chunk) fetch(ctx context.Context, h *History, expression string, start time.Time) {
	c.end = start.Add((chunkSteps - 1) * h.step)
	if c.end.After(h.last) {
		c.end = h.last
	}
	c.series = nil // before there is more
	c.series, c.err = h.ranges(ctx, expression, start, c.end, h.step)
}

// at gives the answer at an instant, and lets go of what is before it.
func (c *chunk) at(at time.Time) promql.Vector {
	now := at.UnixMilli()
	vector := make(promql.Vector, 0, len(c.series))
	for i := range c.series {
		series := &c.series[i]
		for len(series.Floats) > 0 && series.Floats[0].T < now {
			series.Floats = series.Floats[1:]
		}
		for len(series.Histograms) > 0 && series.Histograms[0].T < now {
			series.Histograms = series.Histograms[1:]
		}
		switch {
		case len(series.Floats) > 0 && series.Floats[0].T == now:
			vector = append(vector, promql.Sample{Metric: series.Metric, T: now, F: series.Floats[0].F})
		case len(series.Histograms) > 0 && series.Histograms[0].T == now:
			vector = append(vector, promql.Sample{Metric: series.Metric, T: now, H: series.Histograms[0].H})
		}
	}
	return vector
}
