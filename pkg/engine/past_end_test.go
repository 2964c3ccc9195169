// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/load"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Once the loop has ended to measure, nobody asks the source any more, which is then
// closed: neither those who were asking, nor those who come later.
func TestNobodyAsksASourceThatHasEnded(t *testing.T) {
	var asking, questions atomic.Int32
	begun := make(chan struct{})
	slow := func(ctx context.Context, _ string, _, _ time.Time, _ time.Duration) (promql.Matrix, error) {
		asking.Add(1)
		defer asking.Add(-1)
		if questions.Add(1) == 1 {
			close(begun)
		}
		<-ctx.Done()
		for range 10_000 { // it takes a while to end
			runtime.Gosched()
		}
		return nil, ctx.Err()
	}
	e := New(clock.RealClock{})
	e.source, e.interval, e.queryTimeout = &source{ranges: slow}, time.Second, time.Minute
	e.measurer = telemetry.NewMeasurer(nil, time.Second)
	e.asked.Store(&asked{
		queries: map[verdict.MetricKey]telemetry.Query{{Set: "s", Metric: "m"}: {Expression: "m"}}, nodes: telemetry.NewNodes(telemetrytest.Nodes("a")), interval: time.Second,
	})
	_, end := e.begin(t.Context())
	looked := make(chan error)
	look := func() error {
		_, err := e.Loads(t.Context(), load.NewAxis(time.Hour, time.Second, time.Now()), "")
		return err
	}
	go func() { looked <- look() }()
	<-begun
	end()
	if got := asking.Load(); got != 0 {
		t.Errorf("%d still ask", got)
	}
	want := "s/m: " + errChanged.Error()
	for who, err := range map[string]error{"who was asking": <-looked, "who comes later": look()} {
		if err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", who, err, want)
		}
	}
	if got := questions.Load(); got != 1 {
		t.Errorf("asked %d times, want once", got)
	}
}

// Equal queries of several rule sets are asked once.
func TestEqualQueriesAreAskedOnce(t *testing.T) {
	questions := map[string]int{}
	refused := errors.New("no")
	e := New(clock.RealClock{})
	e.interval, e.queryTimeout = time.Second, time.Minute
	e.source = &source{ranges: func(_ context.Context, expression string, _, _ time.Time, _ time.Duration) (promql.Matrix, error) {
		questions[expression]++
		if expression == "bad" {
			return nil, refused
		}
		return nil, nil
	}}
	e.measurer = telemetry.NewMeasurer(nil, time.Second)
	of := func(expression string) telemetry.Query { return telemetry.Query{Expression: expression} }
	e.asked.Store(&asked{
		queries: map[verdict.MetricKey]telemetry.Query{
			{Set: "s", Metric: "m"}: of("good"), {Set: "t", Metric: "n"}: of("good"), {Set: "t", Metric: "o"}: of("bad"), {Set: "u", Metric: "p"}: of("bad"),
			{Set: "v", Metric: "q"}: of("lost"),
		},
		failures: map[telemetry.Query]error{of("lost"): errors.New("the metrics API has only cpu and memory")},
		nodes:    telemetry.NewNodes(telemetrytest.Nodes("a")), interval: time.Second,
	})
	_, end := e.begin(t.Context())
	defer end()
	loads, err := e.Loads(t.Context(), load.Axis{End: time.Now(), Step: time.Second, Steps: 10}, "")
	want := "t/o, u/p: running the query: no; v/q: the metrics API has only cpu and memory"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	if len(loads) != 5 || questions["good"] != 1 || questions["bad"] != 1 {
		t.Errorf("got %d loads, and asked %v, want five, each query once", len(loads), questions)
	}
}
