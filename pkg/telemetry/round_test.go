// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	"github.com/loadline-dev/loadline/pkg/telemetry"
)

const (
	// patience is how long rounds wait for queries.
	patience = 3 * time.Second
	rounds   = 8
)

// server answers each query with the number of the round about node a, after the
// time that the query takes in the round. It never answers those that take for
// ever.
type server struct {
	takes   func(expression string, round int) time.Duration
	running atomic.Int32
}

const forEver = time.Duration(1<<63 - 1)

func (s *server) query(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
	s.running.Add(1)
	defer s.running.Add(-1)
	round := int(at.Sub(start) / interval)
	value := float64(round)
	if strings.Contains(expression, "timestamp(") {
		value = float64(at.Unix())
	} else if err := sleep(ctx, s.takes(expression, round)); err != nil {
		return nil, err
	}
	return promql.Vector{{Metric: labels.FromStrings("node", "a"), T: at.UnixMilli(), F: value}}, nil
}

func sleep(ctx context.Context, duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hangs has queries by such a name take for ever, and others no time.
func hangs(expression string, _ int) time.Duration {
	if strings.HasPrefix(expression, "hangs") {
		return forEver
	}
	return 0
}

func queriesFor(expressions ...string) []telemetry.Query {
	var queries []telemetry.Query
	for _, expression := range expressions {
		queries = append(queries, telemetry.Query{Expression: expression, MaxAge: time.Hour})
	}
	return queries
}

// play goes through rounds an interval apart, in a bubble whose time is not that
// of the wall.
func play(t *testing.T, s *server, queries []telemetry.Query, look func(round int, took time.Duration, got map[telemetry.Query]float64, failures map[telemetry.Query]error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		measurer := telemetry.NewMeasurer(s.query, timeout)
		measurer.SetPatience(patience)
		defer measurer.Wait()
		defer cancel()
		for round := range rounds {
			began := time.Now()
			samples, failures := measurer.Measure(ctx, queries, nodesNamed("a"), after(round))
			got := map[telemetry.Query]float64{}
			for query := range samples {
				if sample, ok := samples[query]["a"]; ok {
					got[query] = sample.Value
					if want := after(int(sample.Value)); !sample.Time.Equal(want) {
						t.Errorf("round %d: the sample of %s is of %v, want %v", round, query.Expression, sample.Time, want)
					}
				}
			}
			took := time.Since(began)
			look(round, took, got, failures)
			time.Sleep(interval - took) // until the next round
		}
	})
}

// Whatever some of the queries do, the others are answered in every round, and
// no round takes longer than it may.
func TestQueriesThatAreNeverAnswered(t *testing.T) {
	for _, hanging := range []int{1, 4, 10} {
		t.Run(fmt.Sprintf("%d queries", hanging), func(t *testing.T) {
			s := &server{takes: hangs}
			var names []string
			for i := range hanging {
				names = append(names, fmt.Sprintf("hangs_%d", i))
			}
			hang, quick := queriesFor(names...), queriesFor("quick_0", "quick_1", "quick_2")
			play(t, s, slices.Concat(hang, quick), func(round int, took time.Duration, got map[telemetry.Query]float64, failures map[telemetry.Query]error) {
				for _, query := range quick {
					if got[query] != float64(round) || failures[query] != nil {
						t.Errorf("round %d: %s: got the answer of round %v and error %v, want a fresh answer", round, query.Expression, got[query], failures[query])
					}
				}
				for _, query := range hang {
					if failures[query] == nil {
						t.Errorf("round %d: %s counts as answered", round, query.Expression)
					}
				}
				limit := time.Duration(0) // nobody waits for those that are known to be slow
				if round == 0 {
					limit = timeout
				}
				if took > limit {
					t.Errorf("round %d took %v, want at most %v", round, took, limit)
				}
			})
			if left := s.running.Load(); left != 0 {
				t.Errorf("%d queries still run", left)
			}
		})
	}
}

// New queries that are never answered keep the others waiting for no longer than
// patience, once.
func TestNewQueryThatIsNeverAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &server{takes: hangs}
		measurer := telemetry.NewMeasurer(s.query, timeout)
		measurer.SetPatience(patience)
		defer measurer.Wait()
		defer cancel()
		quick, all := queriesFor("quick"), queriesFor("quick", "hangs")
		measurer.Measure(ctx, quick, nodesNamed("a"), start)
		for round, want := range []time.Duration{patience, 0, 0} {
			began := time.Now()
			samples, _ := measurer.Measure(ctx, all, nodesNamed("a"), after(round+1))
			if took := time.Since(began); took != want {
				t.Errorf("round %d took %v, want %v", round+1, took, want)
			}
			if got := samples[quick[0]]["a"].Value; got != float64(round+1) {
				t.Errorf("round %d: the other query has the answer of round %v", round+1, got)
			}
			time.Sleep(interval)
		}
		measurer.Measure(ctx, quick, nodesNamed("a"), after(4))
		synctest.Wait()
		if left := s.running.Load(); left != 0 {
			t.Errorf("%d queries that nobody asks any more still run", left)
		}
	})
}

// A query that is slow delays nothing but itself: its answers count one round
// later, and are as old as they are. It is no failure.
func TestSlowQueryIsLate(t *testing.T) {
	const recovers = 5 // the round
	s := &server{takes: func(expression string, round int) time.Duration {
		if expression == "slow" && round < recovers {
			return patience + time.Second
		}
		return 0
	}}
	slow, quick := queriesFor("slow")[0], queriesFor("quick")[0]
	play(t, s, []telemetry.Query{slow, quick}, func(round int, took time.Duration, got map[telemetry.Query]float64, failures map[telemetry.Query]error) {
		want := round
		if round > 0 && round <= recovers { // the first round waits, and that a query is quick again shows afterwards
			want = round - 1
		}
		if got[slow] != float64(want) || got[quick] != float64(round) || len(failures) > 0 {
			t.Errorf("round %d: got answers of round %v and %v, want %v and %d; failures: %v", round, got[slow], got[quick], want, round, failures)
		}
		if round > 0 && took > 0 {
			t.Errorf("round %d took %v", round, took)
		}
	})
}

// An error that comes at once is no reason not to wait for the next answer.
func TestQueryThatFailsAtOnceIsAskedAgain(t *testing.T) {
	s, fails := &server{takes: hangs}, true
	measurer := telemetry.NewMeasurer(func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		if fails {
			return nil, errors.New("down")
		}
		return s.query(ctx, expression, at)
	}, timeout)
	measurer.SetPatience(patience)
	query := queriesFor("quick")[0]
	if _, failures := measurer.Measure(t.Context(), []telemetry.Query{query}, nodesNamed("a"), after(1)); failures[query] == nil {
		t.Error("no failure")
	}
	fails = false
	if got := measure(t, measurer, query, nodesNamed("a"), after(2)); got["a"].Value != 2 {
		t.Errorf("got %v, want the answer of the same round", got)
	}
}
