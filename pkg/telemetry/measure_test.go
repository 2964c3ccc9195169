// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	interval = telemetrytest.Interval
	timeout  = 10 * time.Second
)

var (
	load  = telemetrytest.Load
	after = telemetrytest.After
	start = after(0)
)

func nodesNamed(names ...string) *telemetry.Nodes {
	return telemetry.NewNodes(telemetrytest.Nodes(names...))
}

// measure runs one query and fails the test where the query fails.
func measure(t *testing.T, measurer *telemetry.Measurer, query telemetry.Query, nodes *telemetry.Nodes, at time.Time) verdict.Samples {
	t.Helper()
	samples, failures := measurer.Measure(t.Context(), []telemetry.Query{query}, nodes, at)
	if err := failures[query]; err != nil {
		t.Fatal(err)
	}
	return samples[query]
}

func TestAgeIsThatOfTheData(t *testing.T) {
	cases := map[string]struct {
		series    []string
		query     string
		nodeLabel string
		// at is in intervals after the start.
		at int
		// want is the age of each node's sample in intervals.
		want map[string]int
	}{
		"instant selector": {
			series: []string{`m{node="a"} 1x2`, `m{node="b"} 1x6`},
			query:  `m`, at: 6,
			want: map[string]int{"a": 4, "b": 0},
		},
		"aggregation over a dead and a live series takes the latest": {
			series: []string{`m{node="a",device="0"} 1x2`, `m{node="a",device="1"} 1x5`},
			query:  `max by (node) (m)`, at: 6,
			want: map[string]int{"a": 1},
		},
		"range of a series without further samples": {
			series: []string{`c{node="a"} 0+15x4`},
			query:  `rate(c[2m])`, at: 9,
			want: map[string]int{"a": 5},
		},
		"range of a series that has ended": {
			series: []string{`c{node="a"} 0+15x4 stale`},
			query:  `rate(c[2m])`, at: 9,
			want: map[string]int{"a": 5},
		},
		"subquery of a series that has ended": {
			series: []string{`c{node="a"} 0+15x4 stale`},
			query:  `avg_over_time(irate(c[1m])[2m:15s])`, at: 10,
			want: map[string]int{"a": 6},
		},
		"offset compares with the past": {
			series: []string{`m{node="a"} 1x40`, `m{node="b"} 1x38`},
			query:  `m - m offset 5m`, at: 40,
			want: map[string]int{"a": 0, "b": 2},
		},
		"fixed time": {
			series: []string{`m{node="a"} 1x20`},
			query:  `m @ 1772366400`, at: 22,
			want: map[string]int{"a": 2},
		},
		"past of a series that is gone": {
			series: []string{`m{node="a"} 1x4 stale`, `m{node="b"} 1x40`},
			query:  `m offset 5m`, at: 24,
			want: map[string]int{"b": 0},
		},
		"absence": {
			series: []string{`m{node="b"} 1x40`},
			query:  `absent(m{node="a"})`, at: 24,
			want: map[string]int{"a": 0},
		},
		"no selector": {
			query: `label_replace(vector(1), "node", "a", "", "")`, at: 3,
			want: map[string]int{"a": 0},
		},
		"series that does not tell the node stands for all": {
			series: []string{`m{node="a"} 1x6`, `m{node="b"} 1x3`, `limit{} 2x5`},
			query:  `m / on () group_left () limit`, at: 6,
			want: map[string]int{"a": 1, "b": 3},
		},
		"series of which only some tell the node": {
			series: []string{`m{host="a"} 1x2`, `m{host="b"} 1x4`, `m{host="c",node="c"} 1x6`},
			query:  `label_replace(m, "node", "$1", "host", "(.*)")`, at: 6,
			want: map[string]int{"a": 2, "b": 2, "c": 0},
		},
		"node label that the query makes": {
			series:    []string{`m{instance="a"} 1x2`, `m{instance="b"} 1x6`},
			query:     `label_replace(m, "host", "$1", "instance", "(.*)")`,
			nodeLabel: "host", at: 6,
			want: map[string]int{"a": 4, "b": 0},
		},
		"either selector": {
			series: []string{`m{node="a"} 1x4`, `n{node="b"} 1x5`},
			query:  `m or n`, at: 6,
			want: map[string]int{"a": 2, "b": 1},
		},
		"join is as old as its older side": {
			series: []string{`m{node="a"} 1x6`, `kube_node_status_capacity{node="a",resource="memory"} 2x3`},
			query:  `m / on (node) max by (node) (kube_node_status_capacity{resource="memory"})`, at: 6,
			want: map[string]int{"a": 3},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			database := load(t, tc.series...)
			each, summarized := telemetry.NewMeasurer(database.Query, timeout), telemetry.NewMeasurer(database.Query, timeout)
			summarized.SummarizeTimes()
			// One that was there before need not search a range.
			before := telemetry.NewMeasurer(database.Query, timeout)
			query := telemetry.Query{Expression: tc.query, NodeLabel: tc.nodeLabel, MaxAge: time.Hour}
			for i := range tc.at {
				before.Measure(t.Context(), []telemetry.Query{query}, nodesNamed("a", "b", "d"), after(i))
			}
			for _, measurer := range []*telemetry.Measurer{each, summarized, before} {
				samples := measure(t, measurer, query, nodesNamed("a", "b", "c"), after(tc.at))
				got := map[string]int{}
				for node, sample := range samples {
					// A range is searched in steps, which costs a part of an interval.
					got[node] = int((after(tc.at).Sub(sample.Time) + interval/2) / interval)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("ages in intervals (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestSamplesWithTheirOwnTimestampKeepIt(t *testing.T) {
	database := load(t)
	measuredAt := start.Add(-40 * time.Second)
	err := database.Append(t.Context(), embedded.Scrape{Source: "kubelet", Time: start, Samples: []embedded.Sample{
		{Series: labelsOf(t, `m{node="a"}`), Value: 1, Time: measuredAt},
	}})
	if err != nil {
		t.Fatal(err)
	}
	query := telemetry.Query{Expression: `max by (node) (m)`, MaxAge: time.Hour}
	got := measure(t, telemetry.NewMeasurer(database.Query, timeout), query, nodesNamed("a"), start)
	if want := (verdict.Samples{"a": {Value: 1, Time: measuredAt}}); !cmp.Equal(want, got) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// step is one measurement of a series of them.
type step struct {
	at int
	// fails has the query fail.
	fails bool
	// refused tells that the answer to the query is of no use.
	refused bool
	// nodes are those of the cluster, "a" and "b" if not given.
	nodes []string
	// want are the values by node.
	want map[string]float64
}

func TestSamplesAreKeptUntilTheyAreTooOld(t *testing.T) {
	const maxAge = 6 // intervals
	cases := map[string]struct {
		series []string
		steps  []step
	}{
		"query that fails": {
			series: []string{`m{node="a"} 1x3`},
			steps: []step{
				{at: 3, want: map[string]float64{"a": 1}},
				{at: 4, fails: true, want: map[string]float64{"a": 1}},
				{at: 9, fails: true, want: map[string]float64{"a": 1}},
				{at: 10, fails: true, want: map[string]float64{}},
			},
		},
		"node that is missing from the answer": {
			series: []string{`m{node="a"} 1x3 stale`, `m{node="b"} 2x20`},
			steps: []step{
				{at: 3, want: map[string]float64{"a": 1, "b": 2}},
				{at: 4, want: map[string]float64{"a": 1, "b": 2}},
				{at: 9, want: map[string]float64{"a": 1, "b": 2}},
				{at: 10, want: map[string]float64{"b": 2}},
			},
		},
		"node that comes back": {
			series: []string{`m{node="a"} 1 stale _ 3`},
			steps: []step{
				{at: 0, want: map[string]float64{"a": 1}},
				{at: 1, want: map[string]float64{"a": 1}},
				{at: 3, want: map[string]float64{"a": 3}},
			},
		},
		"node that is deleted": {
			series: []string{`m{node="a"} 1x20`, `m{node="b"} 2x20`},
			steps: []step{
				{at: 1, want: map[string]float64{"a": 1, "b": 2}},
				{at: 2, nodes: []string{"b"}, want: map[string]float64{"b": 2}},
				{at: 3, fails: true, want: map[string]float64{"b": 2}},
			},
		},
		"not a number": {
			series: []string{`m{node="a"} 1 NaN`, `m{node="b"} 2 2`},
			steps: []step{
				{at: 0, want: map[string]float64{"a": 1, "b": 2}},
				{at: 1, want: map[string]float64{"b": 2}},
				{at: 2, fails: true, want: map[string]float64{"b": 2}},
			},
		},
		"infinite": {
			series: []string{`m{node="a"} 1 Inf`, `m{node="b"} 2 -Inf`},
			steps: []step{
				{at: 0, want: map[string]float64{"a": 1, "b": 2}},
				{at: 1, want: map[string]float64{}},
			},
		},
		"two samples for one node keep the earlier one": {
			series: []string{`m{node="a",device="0"} 1x5`, `m{node="a",device="1"} _ 2x5`},
			steps: []step{
				{at: 0, want: map[string]float64{"a": 1}},
				{at: 1, refused: true, want: map[string]float64{"a": 1}},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			database, fails := load(t, tc.series...), false
			measurer := telemetry.NewMeasurer(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
				if fails {
					return nil, errors.New("no answer")
				}
				return database.Query(ctx, expression, at)
			}, timeout)
			query := telemetry.Query{Expression: `m`, MaxAge: maxAge * interval}
			for _, step := range tc.steps {
				fails = step.fails
				if step.nodes == nil {
					step.nodes = []string{"a", "b"}
				}
				samples, failures := measurer.Measure(t.Context(), []telemetry.Query{query}, nodesNamed(step.nodes...), after(step.at))
				if wantErr := step.fails || step.refused; wantErr != (failures[query] != nil) {
					t.Errorf("after %d intervals: got error %v", step.at, failures[query])
				}
				if diff := cmp.Diff(step.want, values(samples[query])); diff != "" {
					t.Errorf("after %d intervals (-want +got):\n%s", step.at, diff)
				}
			}
		})
	}
}

func TestQueryThatIsNoLongerAskedIsForgotten(t *testing.T) {
	measurer := telemetry.NewMeasurer(load(t, `m{node="a"} 1 stale`).Query, timeout)
	query := telemetry.Query{Expression: `m`, MaxAge: time.Hour}
	measure(t, measurer, query, nodesNamed("a"), start)
	measurer.Measure(t.Context(), nil, nodesNamed("a"), after(1))
	if got := measure(t, measurer, query, nodesNamed("a"), after(2)); len(got) != 0 {
		t.Errorf("got %v from before the query was withdrawn, want nothing", got)
	}
}

func TestEqualQueriesRunOnce(t *testing.T) {
	database := load(t, `m{node="a"} 1x5`)
	var mu sync.Mutex
	asked := map[string]int{}
	measurer := telemetry.NewMeasurer(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[expression]++
		return database.Query(ctx, expression, at)
	}, timeout)
	queries := []telemetry.Query{
		{Expression: `m`, MaxAge: time.Minute},
		{Expression: `m`, MaxAge: time.Minute},
		{Expression: `m`, MaxAge: time.Hour},      // the same question
		{Expression: `m * m`, MaxAge: time.Hour},  // of data of the same age
		{Expression: `m / m`, NodeLabel: "nodes"}, // told by another label
	}
	measurer.Measure(t.Context(), queries, nodesNamed("a"), start)
	want := map[string]int{`m`: 1, `m * m`: 1, `m / m`: 1, `timestamp(m)`: 1}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	measurer.Measure(t.Context(), queries[:1], nodesNamed("a"), after(1))
	if asked[`m`] != 2 {
		t.Errorf("asked %d times in two rounds, want once in each", asked[`m`])
	}
}

func TestSummarizedTimes(t *testing.T) {
	database, asked := load(t, `m{host="a",device="0"} 1x2`, `m{host="a",device="1"} 1`), []string{}
	measurer := telemetry.NewMeasurer(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		asked = append(asked, expression)
		return database.Query(ctx, expression, at)
	}, timeout)
	measurer.SummarizeTimes()
	query := telemetry.Query{Expression: `max by (host) (m)`, NodeLabel: "host", MaxAge: time.Hour}
	want := verdict.Samples{"a": {Value: 1, Time: after(2)}}
	if diff := cmp.Diff(want, measure(t, measurer, query, nodesNamed("a"), after(4))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`max by (host) (m)`, `max by (node, instance, host) (timestamp(m))`}, asked); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

func TestSlowQueryHarmsNoOther(t *testing.T) {
	database := load(t, `m{node="a"} 1x5`, `slow{node="a"} 1x5`)
	measurer := telemetry.NewMeasurer(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		if expression == `slow` {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return database.Query(ctx, expression, at)
	}, 50*time.Millisecond)
	slow, quick := telemetry.Query{Expression: `slow`, MaxAge: time.Hour}, telemetry.Query{Expression: `m`, MaxAge: time.Hour}
	samples, failures := measurer.Measure(t.Context(), []telemetry.Query{slow, quick}, nodesNamed("a"), start)
	if err := failures[slow]; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slow query: got error %v, want that its time is over", err)
	}
	if err := failures[quick]; err != nil {
		t.Errorf("quick query: %v", err)
	}
	if diff := cmp.Diff(map[string]float64{"a": 1}, values(samples[quick])); diff != "" {
		t.Errorf("quick query (-want +got):\n%s", diff)
	}
}

func TestQueryFailsWhereItsAgeCannotBeTold(t *testing.T) {
	database := load(t, `m{node="a"} 1x5`)
	measurer := telemetry.NewMeasurer(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		if expression == `timestamp(m)` {
			return nil, errors.New("no answer")
		}
		return database.Query(ctx, expression, at)
	}, timeout)
	query := telemetry.Query{Expression: `m`, MaxAge: time.Hour}
	samples, failures := measurer.Measure(t.Context(), []telemetry.Query{query}, nodesNamed("a"), start)
	if failures[query] == nil || len(samples[query]) != 0 {
		t.Errorf("got %v and error %v, want no samples and an error", samples[query], failures[query])
	}
}

func values(samples verdict.Samples) map[string]float64 {
	values := map[string]float64{}
	for node, sample := range samples {
		values[node] = sample.Value
	}
	return values
}
