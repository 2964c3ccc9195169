// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loadline-dev/loadline/pkg/load"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const askedServer = "{interval: 15s, prometheus: {url: %q, timeout: 1s}, builtins: {memory: %s}}"

// Whoever looks back sees what the rules went by, out of the source that is in use.
func TestLoads(t *testing.T) {
	running, clock := follow(t, argsOf(t, askedServer, serve(t, `x{node="a"} 0.1 0.2 0.3 0.4 _x20`), "x"))
	for range 3 {
		step(t, clock, running, 15*time.Second)
	}
	unknown := math.NaN()
	look := func(node string) *load.Load {
		t.Helper()
		loads, err := running.Loads(t.Context(), load.Axis{End: telemetrytest.After(3), Step: 15 * time.Second, Steps: 5}, node)
		if err != nil {
			t.Fatal(err)
		}
		return loads[verdict.MetricKey{Set: "below-the-line", Metric: "m"}]
	}
	want := []float64{unknown, 0.1, 0.2, 0.3, 0.4}
	for node, values := range map[string][]float64{"": nil, "a": want} {
		wanted := &load.Load{Max: want, P90: want, Median: want, Min: want, Nodes: []int{0, 1, 1, 1, 1}, Values: values}
		if diff := cmp.Diff(wanted, look(node), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("node %q (-want +got):\n%s", node, diff)
		}
	}
	if got := running.Interval(); got != 15*time.Second {
		t.Errorf("got an interval of %s", got)
	}

	reload(t, clock, running, argsOf(t, askedServer, serve(t, `other{node="a"} 0.7x20`), "other"))
	step(t, clock, running, 15*time.Second)
	if got := look("").Max[4]; got != 0.7 {
		t.Errorf("got %v, want what another source says", got)
	}
}

// Where a source fails, that is said once for all of its metrics.
func TestLoadsOfASourceThatFails(t *testing.T) {
	cases := map[string]struct{ server, want string }{
		"down":   {"http://127.0.0.1:1", "below-the-line/m: running the query: asking http://127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused (is the server running"},
		"closed": {serveStatus(t, http.StatusUnauthorized), "401 Unauthorized (telemetry.prometheus.httpConfig must hold credentials"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			running, _ := follow(t, argsOf(t, askedServer, tc.server, "x"))
			loads, err := running.Loads(t.Context(), load.NewAxis(5*time.Minute, running.Interval(), telemetrytest.After(0)), "")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
			if len(loads) != 1 {
				t.Errorf("got %v, want a load of which nothing is known", loads)
			}
		})
	}
}

func serveStatus(t *testing.T, status int) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	return server.URL
}

// Those who look while the source changes hold up nothing, and hear of it at most.
func TestLoadsWhileTheSourceChanges(t *testing.T) {
	embedded := func() string { return "{interval: 15s, embedded: {dataDirectory: " + t.TempDir() + "}}" }
	running, clock := follow(t, argsOf(t, embedded()))
	ended := make(chan struct{})
	var viewers sync.WaitGroup
	for viewer := range 4 {
		viewers.Go(func() {
			for at := 0; ; at++ {
				select {
				case <-ended:
					return
				default:
				}
				// Each time at other instants, so that something is to be asked.
				axis := load.Axis{End: telemetrytest.After(0).Add(time.Duration(viewer*1000+at) * time.Second), Step: time.Second, Steps: 100}
				if _, err := running.Loads(t.Context(), axis, ""); err != nil && !strings.Contains(err.Error(), "has just been changed") {
					t.Error(err)
				}
				running.Edits()
			}
		})
	}
	url := serve(t, `x{node="a"} 0.7x40`)
	for range 5 {
		reload(t, clock, running, argsOf(t, askedServer, url, "x"))
		reload(t, clock, running, argsOf(t, embedded()))
		step(t, clock, running, 15*time.Second)
	}
	close(ended)
	viewers.Wait()
}
