// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics:
  - {name: memory, builtin: memory}
  - {name: cpu, builtin: cpu}
  rules:
  - {name: hot, when: [{metric: memory, above: 90%}], reject: {}}
`

// A server that is down keeps no scheduler from starting, and is believed when
// it is back.
func TestPrometheusServer(t *testing.T) {
	var up atomic.Bool
	server := httptest.NewServer(answerWith(&up, "max by (node) (mine)", 0.95))
	t.Cleanup(server.Close)
	args, err := v1alpha1.DecodeLoadlineArgs(fmt.Appendf(nil, `
apiVersion: loadline.dev/v1alpha1
kind: LoadlineArgs
telemetry:
  prometheus: {url: %q}
  builtins: {memory: max by (node) (mine)}
`, server.URL))
	if err != nil {
		t.Fatal(err)
	}

	started, clock, logged := start(t, args, time.Unix(1_800_000_000, 0), clusterOf(rules, "a"))
	if got := stateOf(started.Snapshot()); got != verdict.Unknown {
		t.Errorf("while the server is down: got %v, want %v", got, verdict.Unknown)
	}

	tick(t, clock, started)
	if got := strings.Count(logged(), "Unable to measure"); got != 1 {
		t.Errorf("got %d lines about the server that is down, want one for both queries and both rounds:\n%s", got, logged())
	}

	up.Store(true)
	tick(t, clock, started)
	if got := stateOf(started.Snapshot()); got != verdict.InForce {
		t.Errorf("with the server: got %v, want %v\n%s", got, verdict.InForce, logged())
	}
	if !strings.Contains(logged(), "Queries work again") {
		t.Errorf("the log does not say that the server is back:\n%s", logged())
	}
}

// answerWith serves one value of node a for one query, and the time of the
// query for its age.
func answerWith(up *atomic.Bool, query string, value float64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		result, at := "", r.FormValue("time")
		switch {
		case !up.Load():
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		case r.FormValue("query") == query:
			result = fmt.Sprintf(`{"metric":{"node":"a"},"value":[%s,"%v"]}`, at, value)
		case strings.Contains(r.FormValue("query"), "timestamp("):
			result = fmt.Sprintf(`{"metric":{"node":"a"},"value":[%s,%q]}`, at, at)
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[%s]}}`, result)
	}
}

func stateOf(snapshot *verdict.Snapshot) verdict.State {
	return snapshot.Sets[0].Rules[0].State(snapshot.Index("a"))
}
