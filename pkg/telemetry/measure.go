// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package telemetry turns PromQL queries into samples by node, with the age of
// the data rather than of the query.
package telemetry

import (
	"context"
	"errors"
	"maps"
	"math"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// concurrency bounds the queries that run at the same time, and apart from them
// those that were slow the last time.
const concurrency = 4

// unlimited is the patience of rounds that wait for all queries.
const unlimited time.Duration = 0

// errNoAnswer is that of a query which has never been answered.
var errNoAnswer = errors.New("no answer yet: it counts as soon as it comes")

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
	query             InstantQuery
	timeout, patience time.Duration
	summarize         bool

	metrics map[Query]*metric
	seen    *sightings
	begun   bool // it has measured before

	// turns are for queries that rounds wait for, slowTurns for the others.
	turns, slowTurns turns
	running          sync.WaitGroup
}

// metric is what is known of a query.
type metric struct {
	samples verdict.Samples
	// fresh tells that the samples have been brought up to date in this round.
	fresh bool
	// match is that of the latest answer. err is why there is no newer one.
	match Match
	err   error
	// run is under way. Nil: none is.
	run *run
	// slow tells that rounds do not wait for the query.
	slow bool
}

// NewMeasurer makes a measurer. timeout bounds each query, from the beginning of
// its round.
func NewMeasurer(query InstantQuery, timeout time.Duration) *Measurer {
	return &Measurer{
		query: query, timeout: timeout, patience: unlimited,
		metrics: map[Query]*metric{}, seen: &sightings{known: map[selector]sighting{}},
		turns: make(turns, concurrency), slowTurns: make(turns, concurrency),
	}
}

// Continue makes a measurer that asks elsewhere, and goes on from what this one
// knows, which must not be running any more.
func (m *Measurer) Continue(query InstantQuery, timeout time.Duration) *Measurer {
	next := NewMeasurer(query, timeout)
	for query, known := range m.metrics {
		next.metrics[query] = &metric{samples: known.samples, match: known.match, err: known.err}
	}
	next.seen, next.summarize = m.seen, m.summarize
	return next
}

// Switch makes a measurer for another source in the midst of measuring, and goes on
// from what this one knows, which must not be running any more. before and after are
// how metrics were asked for and are from now on: one that is asked for otherwise keeps
// its samples, until those are too old or there are others.
func (m *Measurer) Switch(query InstantQuery, timeout time.Duration, before, after map[verdict.MetricKey]Query) *Measurer {
	next := NewMeasurer(query, timeout)
	next.seen, next.begun = m.seen, m.begun
	for key, query := range after {
		known := m.metrics[query]
		if known == nil {
			known = m.metrics[before[key]]
		}
		if known != nil {
			next.metrics[query] = &metric{samples: known.samples, err: errNoAnswer}
		}
	}
	return next
}

// SetPatience bounds the time that each round but the first waits for its
// queries. One that takes longer is not waited for again before it has been
// answered in time; what it answers counts in the round after that. Without
// patience set, each round waits for all of its queries.
func (m *Measurer) SetPatience(patience time.Duration) { m.patience = patience }

// SummarizeTimes has the times of data aggregated by whoever answers: one for
// each node in place of one for each series. That makes a server's answers small,
// but is slower where the queries run in this process.
func (m *Measurer) SummarizeTimes() { m.summarize = true }

// Wait waits until no query is running, which is soon after the contexts of all
// rounds have ended.
func (m *Measurer) Wait() { m.running.Wait() }

// Measure runs the queries for a time, a few at once, and returns the latest
// samples of each and the errors of those that failed. A query that failed
// keeps its earlier samples, as does a node that is missing from an answer: a
// sample counts until it is too old, and its age goes on growing.
//
// The round may end before the slowest of its queries, so the context must not
// end with it.
func (m *Measurer) Measure(ctx context.Context, queries []Query, nodes *Nodes, at time.Time) (map[Query]verdict.Samples, map[Query]error) {
	m.track(queries)
	m.seen.forget(at)
	round := &round{query: m.query, nodes: nodes, at: at, seen: m.seen, summarize: m.summarize}
	m.takeAnswers(round) // those that came after the last round
	prompt, slow := m.idle()
	m.runPrompt(ctx, round, prompt)
	m.takeAnswers(round)
	m.runSlow(ctx, round, slow)
	return m.results(round)
}

// track begins with queries that are new, and forgets those that are not asked
// any more.
func (m *Measurer) track(queries []Query) {
	asked := make(map[Query]bool, len(queries))
	for _, query := range queries {
		asked[query] = true
		if m.metrics[query] == nil {
			m.metrics[query] = &metric{err: errNoAnswer}
		}
	}
	maps.DeleteFunc(m.metrics, func(query Query, metric *metric) bool {
		if !asked[query] && metric.run != nil {
			metric.run.cancel()
		}
		return !asked[query]
	})
}

// idle are the queries that are not under way: those that are expected to be
// answered in time, and those that were slow the last time.
func (m *Measurer) idle() (prompt, slow []Query) {
	for query, metric := range m.metrics {
		switch {
		case metric.run != nil:
		case metric.slow:
			slow = append(slow, query)
		default:
			prompt = append(prompt, query)
		}
	}
	return prompt, slow
}

// runPrompt runs queries and waits for them.
func (m *Measurer) runPrompt(ctx context.Context, round *round, queries []Query) {
	ending, end := context.WithCancel(ctx)
	defer end()
	if m.begun && m.patience != unlimited {
		var stop context.CancelFunc
		ending, stop = context.WithTimeout(ending, m.patience)
		defer stop()
	}
	m.begun = true
	for _, query := range queries {
		m.metrics[query].run = m.start(ctx, ending, round, query)
	}
	for _, query := range queries {
		select {
		case <-m.metrics[query].run.done:
		case <-ending.Done():
		}
	}
}

// runSlow starts queries that nobody waits for, after the others: what they share
// with these has been answered by then.
func (m *Measurer) runSlow(ctx context.Context, round *round, queries []Query) {
	for _, query := range queries {
		m.metrics[query].run = m.startSlow(ctx, round, query)
	}
}

// takeAnswers takes what has come of the queries that are done.
func (m *Measurer) takeAnswers(round *round) {
	for query, metric := range m.metrics {
		run := metric.run
		if run == nil || !run.isDone() {
			continue
		}
		metric.run, metric.slow, metric.err = nil, run.slow, run.err
		if run.err == nil {
			metric.match = run.measured.match
			metric.samples = carryOver(metric.samples, run.measured.samples, round.nodes, round.at.Add(-query.MaxAge))
			metric.fresh = true
		}
	}
}

// results are all that is known at the end of a round.
func (m *Measurer) results(round *round) (map[Query]verdict.Samples, map[Query]error) {
	samples, failures := make(map[Query]verdict.Samples, len(m.metrics)), map[Query]error{}
	for query, metric := range m.metrics {
		if !metric.fresh {
			metric.samples = carryOver(metric.samples, verdict.Samples{}, round.nodes, round.at.Add(-query.MaxAge))
		}
		metric.fresh = false
		samples[query] = metric.samples
		if metric.err != nil {
			failures[query] = metric.err
		}
	}
	return samples, failures
}

// carryOver adds to what was measured the earlier samples of the nodes that it
// lacks, and takes out what is not a number, and nodes that are gone.
func carryOver(before, measured verdict.Samples, nodes *Nodes, oldest time.Time) verdict.Samples {
	maps.DeleteFunc(measured, func(node string, _ verdict.Sample) bool { return !nodes.Has(node) })
	if len(measured) < len(nodes.names) { // else it lacks none, as it mostly does
		for node, sample := range before {
			if _, ok := measured[node]; !ok && nodes.Has(node) && !sample.Time.Before(oldest) {
				measured[node] = sample
			}
		}
	}
	maps.DeleteFunc(measured, func(_ string, sample verdict.Sample) bool { return math.IsNaN(sample.Value) })
	return measured
}

// Match is how the series of a query's latest answer fit the nodes.
func (m *Measurer) Match(query Query) Match {
	if metric := m.metrics[query]; metric != nil {
		return metric.match
	}
	return Match{}
}
