// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// instants is more than a history asks for at a time.
const instants = 80

// replayed are expressions of every kind that behaves in its own way over time.
var replayed = []string{
	`m`,
	`max by (node) (m)`,
	`m offset 1m`,
	`m / on (node) limit`,
	`rate(c[2m])`,
	`avg_over_time(irate(c[1m])[2m:15s])`,
	`m @ start()`,
	`max_over_time(m[1m] @ end())`,
	`avg_over_time(m[1m:15s] @ end())`,
	`absent(m{node="a"})`,
	`m > 0.5`,
	`topk(1, m)`,
	`label_replace(vector(time() % 7), "node", "a", "", "")`,
	`sum by (node) (d)`,
	`d`,               // at times two samples for a node
	`d * on (node) d`, // at times refused by the engine
	`nothing`,
}

// A measurer that is led through a history comes to the same, at every instant,
// as one that was there.
func TestHistoryIsAsItWas(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			database := load(t, randomSeries(rand.New(rand.NewPCG(seed, 1)))...)
			var queries []telemetry.Query
			for _, expression := range replayed {
				queries = append(queries, telemetry.Query{Expression: expression, MaxAge: 6 * interval})
			}
			history := telemetry.NewHistory(database.Query, database.QueryRange, interval, after(instants))
			live, later := telemetry.NewMeasurer(database.Query, timeout), telemetry.NewMeasurer(history.Query, timeout)
			nodes := nodesNamed("a", "b", "c")
			for i := 0; i <= instants; i++ {
				want, wantFailures := live.Measure(t.Context(), queries, nodes, after(i))
				got, failures := later.Measure(t.Context(), queries, nodes, after(i))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("after %d intervals (-live +history):\n%s", i, diff)
				}
				if diff := cmp.Diff(texts(wantFailures), texts(failures)); diff != "" {
					t.Fatalf("failures after %d intervals (-live +history):\n%s", i, diff)
				}
			}
		})
	}
}

// randomSeries have gaps, ends, values that are not numbers and series that are
// there for a part of the time.
func randomSeries(random *rand.Rand) []string {
	series := []string{`limit{node="a"} 2x90`, `limit{node="b"} 3x40 stale`}
	for _, node := range []string{"a", "b", "c"} {
		var gauge, counter strings.Builder
		total := 0
		for range instants + 1 {
			total += random.IntN(20)
			switch random.IntN(12) {
			case 0:
				gauge.WriteString(" stale")
				counter.WriteString(" stale")
			case 1, 2:
				gauge.WriteString(" _")
				counter.WriteString(" _")
			case 3:
				gauge.WriteString(" NaN")
				counter.WriteString(" 0")
				total = 0
			default:
				fmt.Fprintf(&gauge, " %.2f", random.Float64())
				fmt.Fprintf(&counter, " %d", total)
			}
		}
		series = append(series,
			fmt.Sprintf(`m{node=%q}%s`, node, &gauge),
			fmt.Sprintf(`c{node=%q}%s`, node, &counter),
			fmt.Sprintf(`d{node=%q,device="0"} 1x90`, node),
			fmt.Sprintf(`d{node=%q,device="1"} _x%d 2x5 stale`, node, random.IntN(70)),
		)
	}
	return series
}

func texts(failures map[telemetry.Query]error) map[string]string {
	texts := map[string]string{}
	for query, err := range failures {
		texts[query.Expression] = err.Error()
	}
	return texts
}

func TestHistoryIsAskedInRanges(t *testing.T) {
	database := load(t, `m{node="a"} 1x90`)
	var single, ranges atomic.Int32
	history := telemetry.NewHistory(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		single.Add(1)
		return database.Query(ctx, expression, at)
	}, func(ctx context.Context, expression string, start, end time.Time, step time.Duration) (promql.Matrix, error) {
		ranges.Add(1)
		if end.After(after(instants)) {
			t.Errorf("asked for %v, which is past the last instant", end)
		}
		return database.QueryRange(ctx, expression, start, end, step)
	}, interval, after(instants))
	for i := 0; i <= instants; i++ {
		if vector, err := history.Query(t.Context(), `m`, after(i)); err != nil || len(vector) != 1 {
			t.Fatalf("after %d intervals: got %v, %v", i, vector, err)
		}
	}
	if single.Load() > 1 || ranges.Load() > 5 {
		t.Errorf("asked %d times for an instant and %d times for a range, want a few ranges alone", single.Load(), ranges.Load())
	}
}

// A server that refuses ranges still answers for each instant.
func TestHistoryWithoutRanges(t *testing.T) {
	database := load(t, `m{node="a"} 1+1x90`)
	refuse := func(context.Context, string, time.Time, time.Time, time.Duration) (promql.Matrix, error) {
		return nil, errors.New("too many samples")
	}
	history := telemetry.NewHistory(database.Query, refuse, interval, after(instants))
	measurer, query := telemetry.NewMeasurer(history.Query, timeout), telemetry.Query{Expression: `m`, MaxAge: time.Hour}
	for i := range 3 {
		want := verdict.Samples{"a": {Value: float64(i + 1), Time: after(i)}}
		if diff := cmp.Diff(want, measure(t, measurer, query, nodesNamed("a"), after(i))); diff != "" {
			t.Errorf("after %d intervals (-want +got):\n%s", i, diff)
		}
	}
}
