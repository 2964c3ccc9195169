// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// A server that never answers some of the queries harms no rule on the others:
// these have their past, and are measured in every tick.
func TestServerThatNeverAnswersSomeQueries(t *testing.T) {
	const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: m, query: m}, {name: h1, query: hangs + 1}, {name: h2, query: hangs + 2}]
  rules:
  - {name: line, when: [{metric: m, above: 0.9, clear: 0.2}], reject: {}}
  - {name: one, when: [{metric: h1, above: 0}], reject: {}}
  - {name: two, when: [{metric: h2, above: 0}], reject: {}}
`
	database := telemetrytest.Serve(telemetrytest.Load(t, `m{node="a"} 0.95x2 0.5+0.01x20`, `hangs{node="a"} 1x20`))
	var asked, left atomic.Int32
	args := argsFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.FormValue("query"), "hangs") {
			database.ServeHTTP(w, r)
			return
		}
		asked.Add(1)
		_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not seen
		<-r.Context().Done()
		left.Add(1)
	}))
	const first = 10
	started, clock, logged := start(t, args, telemetrytest.After(first), clusterOf(rules, "a"))
	for i := first; i < first+4; i++ {
		if i > first {
			tick(t, clock, started)
		}
		snapshot := started.Snapshot()
		if got, want := snapshot.Sets[0].Reading("m", 0), telemetrytest.After(i); !got.Known || !got.Time.Equal(want) {
			t.Errorf("tick %d: got %v, want what was measured at %v", i, got, want)
		}
		for rule, want := range []verdict.State{verdict.InForce, verdict.Unknown, verdict.Unknown} {
			if got := snapshot.Sets[0].Rules[rule].State(0); got != want {
				t.Errorf("tick %d: rule %d: got %v, want %v", i, rule, got, want)
			}
		}
	}
	if got := strings.Count(logged(), "Unable to measure"); got != 1 {
		t.Errorf("got %d lines about the queries that hang, want one:\n%s", got, logged())
	}
	await(t, "the server to be rid of what it was asked", func() bool { return asked.Load() == left.Load() })
}
