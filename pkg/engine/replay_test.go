// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Timers, bands, conditions that combine, and samples that are kept.
const rulesWithAPast = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics:
  - {name: m, query: m}
  - {name: k, query: max by (node) (k), staleAfter: 45s}
  - {name: rate, query: 'rate(c[1m])'}
  rules:
  - {name: band, when: [{metric: m, above: 0.9, clear: 0.2}], reject: {}, evict: {for: 2m}}
  - {name: wait, when: [{metric: m, above: 0.3}], for: 45s, reject: {maxNodes: 50%}}
  - {name: both, when: [{metric: m, above: 0.7, clear: 0.3}, {metric: k, below: 0.3, clear: 0.7}], for: 30s, reject: {}, labels: {hot: both}}
  - {name: rate, when: [{metric: rate, above: 0.8, clear: 0.4}], onMissing: Reject, reject: {}}
`

// sameVerdicts compares all that snapshots hold, but for their numbers.
var sameVerdicts = cmp.Options{
	cmp.Exporter(func(reflect.Type) bool { return true }),
	cmp.FilterPath(func(path cmp.Path) bool { return path.String() == "Generation" }, cmp.Ignore()),
}

// A process that starts anew comes to what one has come to that was there all
// along: states, the times since when, and the sides of bands.
func TestRestartGoesOnAsBefore(t *testing.T) {
	const ticks = 50
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 2))
			args := argsFor(t, telemetrytest.Serve(telemetrytest.Load(t, randomSeries(random, ticks)...)))
			client := clusterOf(rulesWithAPast, "a", "b", "c")
			live, clock, _ := start(t, args, telemetrytest.After(0), client)
			for range ticks {
				tick(t, clock, live)
			}
			// It starts between two ticks, and is compared from the next one on.
			restarted, clock, logged := start(t, args, telemetrytest.After(ticks-1).Add(interval/3), client)
			if !strings.Contains(logged(), "Replayed the time before the start") {
				t.Errorf("the log does not tell of the replay:\n%s", logged())
			}
			settle(t, clock)
			clock.SetTime(telemetrytest.After(ticks - 1))
			tick(t, clock, restarted)
			if diff := cmp.Diff(live.Snapshot(), restarted.Snapshot(), sameVerdicts); diff != "" {
				t.Errorf("(-live +restarted):\n%s", diff)
			}
		})
	}
}

// randomSeries move slowly, so that they are often in a band, and have gaps.
func randomSeries(random *rand.Rand, ticks int) []string {
	var series []string
	for _, node := range []string{"a", "b", "c"} {
		for _, name := range []string{"m", "k", "c"} {
			var values strings.Builder
			value, total, gap := random.Float64(), 0.0, 0
			for range ticks + 1 {
				value = min(1, max(0, value+random.Float64()/2-0.25))
				total += value * interval.Seconds()
				switch gap--; {
				case gap > 0:
					values.WriteString(" _")
				case random.IntN(20) == 0:
					gap = random.IntN(12)
					values.WriteString(" stale")
				case name == "c":
					fmt.Fprintf(&values, " %.2f", total)
				default:
					fmt.Fprintf(&values, " %.2f", value)
				}
			}
			series = append(series, fmt.Sprintf("%s{node=%q}%s", name, node, &values))
		}
	}
	return series
}

const lineWith = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: m, query: m, staleAfter: 60s}]
  rules: [{name: line, when: [{metric: m, above: 0.9, clear: 0.8}], for: 60s, onMissing: Reject, reject: {}}]
`

// Each case is what is stored of node a when a process starts at its end.
func TestStart(t *testing.T) {
	cases := map[string]struct {
		values string
		want   verdict.State
	}{
		"hot for long":                   {"0.95x8", verdict.InForce},
		"hot for a while":                {"0.5x8 0.95x2", verdict.Pending},
		"in the band, from above":        {"0.95x4 0.85x4", verdict.InForce},
		"in the band, just from above":   {"0.5x4 0.95 0.85x2", verdict.Pending},
		"in the band, from below":        {"0.5x4 0.85x4", verdict.OK},
		"in the band for ever":           {"0.85x8", verdict.Undecided},
		"no data":                        {"0.95 stale _x20", verdict.Unknown},
		"down for a moment":              {"0.95x8 _x3 0.95", verdict.InForce},
		"down for long":                  {"0.95x8 _x20 0.95", verdict.Pending},
		"down for long, in the band":     {"0.95x8 _x20 0.85x3", verdict.Pending},
		"down for long, and hot since":   {"0.95x8 _x20 0.95x4", verdict.InForce},
		"the node's last scrape failed":  {"0.95x8 stale", verdict.InForce},
		"the node's last scrapes failed": {"0.95x8 stale _x4", verdict.Unknown},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			args := argsFor(t, telemetrytest.Serve(telemetrytest.Load(t, `m{node="a"} `+tc.values)))
			started, _, logged := start(t, args, telemetrytest.After(lastOf(t, tc.values)), clusterOf(lineWith, "a"))
			if got := stateOf(started.Snapshot()); got != tc.want {
				t.Errorf("got %v, want %v\n%s", got, tc.want, logged())
			}
			refuses := tc.want == verdict.InForce || tc.want == verdict.Unknown // it rejects what is missing
			if got := started.Snapshot().Sets[0].Rules[0].Refusing; (got > 0) != refuses {
				t.Errorf("it refuses %d nodes in state %v", got, tc.want)
			}
			if told := strings.Contains(logged(), "refuses new pods"); told != refuses {
				t.Errorf("what is refused at the start is logged: got %v, want %v\n%s", told, refuses, logged())
			}
		})
	}
}

// lastOf is the number of the last value.
func lastOf(t *testing.T, values string) int {
	t.Helper()
	count := 0
	for _, value := range strings.Fields(values) {
		repeated := 1 // "0.9x3" is one and three more, "_x3" is three
		if base, times, ok := strings.Cut(value, "x"); ok {
			if _, err := fmt.Sscan(times, &repeated); err != nil {
				t.Fatal(err)
			}
			if base != "_" {
				repeated++
			}
		}
		count += repeated
	}
	return count - 1
}

// A server that is down is not asked about every tick of the past, and one that
// never answers keeps no scheduler from starting.
func TestStartWithoutAPast(t *testing.T) {
	var asked atomic.Int32
	args := argsFor(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	started, _, logged := start(t, args, time.Unix(1_800_000_000, 0), clusterOf(lineWith, "a"))
	if got := stateOf(started.Snapshot()); got != verdict.Unknown {
		t.Errorf("got %v, want %v", got, verdict.Unknown)
	}
	if got := strings.Count(logged(), "Unable to replay the time before the start"); got != 1 {
		t.Errorf("got %d lines that tell of it, want one:\n%s", got, logged())
	}
	if asked.Load() > 10 {
		t.Errorf("asked %d times", asked.Load())
	}
}
