// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// queryTimeout bounds one query.
const queryTimeout = 30 * time.Second

// start is the time of the first values: the beginning of Unix time, as in
// promtool. It is a whole multiple of every interval.
var start = time.Unix(0, 0)

// Result is what has come of one test.
type Result struct {
	Name string
	// Failures are what was not as expected, in the order of time. Empty where
	// the test passed.
	Failures []Failure
}

// Failure is what was not as expected at one time.
type Failure struct {
	// At is since the first values.
	At time.Duration
	// Query tells of a query that failed, and Differences of expectations that
	// were not met.
	Query       string
	Differences []Difference
}

// Difference is what one node was expected to be and what it was. Empty stands
// for nothing.
type Difference struct {
	// Aspect is the field in the expectation.
	Aspect, Node string
	Want, Got    []string
	// Measured are the metrics on the node, as "name=value".
	Measured []string
}

// Run runs all tests, each over an empty database of its own. An error means that
// a test could not be run.
func (s *Suite) Run(ctx context.Context) ([]Result, error) {
	var results []Result
	for i := range s.cases {
		result, err := s.run(ctx, &s.cases[i])
		if err != nil {
			return results, fmt.Errorf("running test %q: %w", s.cases[i].name, err)
		}
		results = append(results, result)
	}
	return results, nil
}

func (s *Suite) run(ctx context.Context, test *testCase) (result Result, err error) {
	directory, err := os.MkdirTemp("", "loadline-test-")
	if err != nil {
		return Result{}, fmt.Errorf("making a directory for the measurements: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	database, err := embedded.Open(ctx, directory, queryTimeout)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	r := &run{Suite: s, testCase: test, database: database, measurer: telemetry.NewMeasurer(database.Query, queryTimeout), failing: map[telemetry.Query]bool{}}
	return r.play(ctx)
}

// run is a test while it runs.
type run struct {
	*Suite
	*testCase
	database *embedded.Database
	measurer *telemetry.Measurer
	snapshot *verdict.Snapshot
	samples  map[verdict.MetricKey]verdict.Samples
	// failing are the queries that have failed so far.
	failing  map[telemetry.Query]bool
	failures []Failure
}

// play goes through the ticks up to the last one that is looked at.
func (r *run) play(ctx context.Context) (Result, error) {
	last := 0
	for _, expected := range r.expect {
		last = max(last, expected.tick)
	}
	for tick := 0; tick <= last; tick++ {
		if err := r.tick(ctx, tick); err != nil {
			return Result{}, err
		}
		for _, expected := range r.expect {
			if expected.tick == tick {
				r.compare(expected)
			}
		}
	}
	return Result{Name: r.name, Failures: r.failures}, nil
}

// tick is one round of the scheduler's engine.
func (r *run) tick(ctx context.Context, tick int) error {
	now := start.Add(time.Duration(tick) * r.interval)
	scrapes := []embedded.Scrape{nodefacts.Scrape(r.nodes, now)}
	for i := range r.series {
		if scrape, ok := r.series[i].scrape(tick, now); ok {
			scrapes = append(scrapes, scrape)
		}
	}
	if err := r.database.Append(ctx, scrapes...); err != nil {
		return err
	}
	queries := telemetry.Queries(r.rules, r.interval, r.staleAfter, r.builtins)
	samples, failures := r.measurer.MeasureMetrics(ctx, queries, telemetry.NewNodes(r.nodes), now)
	if err := ctx.Err(); err != nil {
		return err
	}
	r.reportFailures(tick, failures)
	r.samples = samples
	r.snapshot = verdict.Evaluate(verdict.Input{
		Now: now, Nodes: verdict.NewNodes(r.nodes), Sets: r.sets, Samples: samples, Previous: r.snapshot,
	})
	return nil
}

// reportFailures has the test fail where a query does: whatever was expected, the
// rules were not tested. Each query is reported once.
func (r *run) reportFailures(tick int, failures map[telemetry.Query]error) {
	var texts []string
	for query, err := range failures {
		if !r.failing[query] {
			r.failing[query] = true
			texts = append(texts, fmt.Sprintf("%s: %s", query.Expression, err))
		}
	}
	for _, text := range slices.Sorted(slices.Values(texts)) {
		r.failures = append(r.failures, Failure{At: r.since(tick), Query: text})
	}
}

func (r *run) since(tick int) time.Duration { return time.Duration(tick) * r.interval }

func (r *run) compare(expected wanted) {
	seen := r.names.observe(r.snapshot, r.nodes, r.pod)
	var differences []Difference
	for _, a := range slices.Sorted(maps.Keys(expected.aspects)) {
		for _, node := range r.nodes {
			want, got := expected.aspects[a][node.Name], seen[a][node.Name]
			if !slices.Equal(want, got) {
				differences = append(differences, Difference{Aspect: a.String(), Node: node.Name, Want: want, Got: got, Measured: r.measured(node.Name)})
			}
		}
	}
	if len(differences) > 0 {
		r.failures = append(r.failures, Failure{At: r.since(expected.tick), Differences: differences})
	}
}

// measured are the metrics of a node as they are now, with the age of those that
// are old.
func (r *run) measured(node string) []string {
	var texts []string
	for key, samples := range r.samples {
		name := key.Metric
		if len(r.rules) > 1 {
			name = key.Set + "/" + name
		}
		sample, ok := samples[node]
		if !ok {
			texts = append(texts, name+"=missing")
			continue
		}
		text := name + "=" + strconv.FormatFloat(sample.Value, 'g', 6, 64)
		if age := r.snapshot.Time.Sub(sample.Time); age > 0 {
			text += fmt.Sprintf(" (%s old)", age)
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}
