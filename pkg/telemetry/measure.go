// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package telemetry turns PromQL queries into samples by node, with the age of
// the data rather than of the query.
package telemetry

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"
	"golang.org/x/sync/errgroup"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// concurrency bounds the queries that run at the same time.
const concurrency = 4

// InstantQuery answers a PromQL instant query that yields a vector.
type InstantQuery func(ctx context.Context, expression string, at time.Time) (promql.Vector, error)

// Query is a metric as it is asked for. Queries that are equal run once.
type Query struct {
	// Expression is PromQL that yields one sample per node.
	Expression string
	// NodeLabel names the label that tells the node. Empty: "node", else
	// "instance" with its port left out.
	NodeLabel string
	// MaxAge is the age past which samples are of no use to anyone. A node
	// that is missing from an answer keeps its earlier sample until then.
	MaxAge time.Duration
}

// Measurer runs queries and remembers their samples. It is not safe for
// concurrent use.
type Measurer struct {
	query   InstantQuery
	timeout time.Duration
	last    map[Query]verdict.Samples
}

// NewMeasurer makes a measurer. timeout bounds each query.
func NewMeasurer(query InstantQuery, timeout time.Duration) *Measurer {
	return &Measurer{query: query, timeout: timeout, last: map[Query]verdict.Samples{}}
}

// Measure runs the queries for a time, a few at once, and returns the latest
// samples of each and the errors of those that failed. A query that failed
// keeps its earlier samples, as does a node that is missing from an answer: a
// sample counts until it is too old, and its age goes on growing.
func (m *Measurer) Measure(ctx context.Context, queries []Query, nodes *Nodes, at time.Time) (map[Query]verdict.Samples, map[Query]error) {
	var mu sync.Mutex
	samples, failures := map[Query]verdict.Samples{}, map[Query]error{}
	answers := newAnswers(m.query, m.timeout, at)
	var group errgroup.Group
	group.SetLimit(concurrency)
	for _, query := range distinct(queries) {
		group.Go(func() error {
			measured, err := measure(ctx, answers, query, nodes)
			mu.Lock()
			defer mu.Unlock()
			samples[query] = carryOver(m.last[query], measured, nodes, at.Add(-query.MaxAge))
			if err != nil {
				failures[query] = err
			}
			return nil
		})
	}
	_ = group.Wait() // errors are by query
	m.last = samples
	return samples, failures
}

func distinct(queries []Query) []Query {
	seen := map[Query]bool{}
	var kept []Query
	for _, query := range queries {
		if !seen[query] {
			seen[query] = true
			kept = append(kept, query)
		}
	}
	return kept
}

// measurement is a query's answer by node. A nil sample is one that the answer
// has, and that is not a number.
type measurement map[string]*verdict.Sample

func measure(ctx context.Context, answers *answers, query Query, nodes *Nodes) (measurement, error) {
	vector, err := answers.get(ctx, query.Expression)
	if err != nil {
		return nil, fmt.Errorf("running the query: %w", err)
	}
	measuredAt, err := dataTimes(ctx, answers, query, nodes)
	if err != nil {
		return nil, fmt.Errorf("finding the age of the data: %w", err)
	}
	return byNode(vector, query, nodes, measuredAt)
}

// carryOver adds to a measurement the earlier samples of the nodes that it lacks.
func carryOver(before verdict.Samples, measured measurement, nodes *Nodes, oldest time.Time) verdict.Samples {
	after := maps.Clone(before)
	if after == nil {
		after = verdict.Samples{}
	}
	maps.DeleteFunc(after, func(node string, sample verdict.Sample) bool {
		return sample.Time.Before(oldest) || !nodes.Has(node)
	})
	for node, sample := range measured {
		if sample == nil {
			delete(after, node)
			continue
		}
		after[node] = *sample
	}
	return after
}
