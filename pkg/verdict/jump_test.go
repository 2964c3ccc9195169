// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Each case is a series of ticks on one node that is over its line, and whether pods
// are to be moved off it after the last.
func TestJumpsOfTheClock(t *testing.T) {
	const rule = "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 90}], for: 2m, reject: {}, evict: {for: 5m}}]}"
	type tick struct {
		now time.Duration // since the start
		// age is that of the sample.
		age  time.Duration
		want verdict.State
	}
	cases := map[string]struct {
		ticks []tick
		due   bool
	}{
		"time passes": {ticks: []tick{{0, 0, verdict.Pending}, {2 * time.Minute, 0, verdict.InForce}, {4 * time.Minute, 0, verdict.InForce}, {5 * time.Minute, 0, verdict.InForce}}, due: true},
		"set ahead, and the data is old": {
			ticks: []tick{{0, 0, verdict.Pending}, {time.Hour, time.Hour, verdict.Unknown}},
		},
		"set ahead, and the data is new: what has lasted begins anew": {
			ticks: []tick{{0, 0, verdict.Pending}, {time.Hour, 0, verdict.Pending}, {time.Hour + 2*time.Minute, 0, verdict.InForce}},
		},
		"and goes on from there": {
			ticks: []tick{{0, 0, verdict.Pending}, {time.Hour, 0, verdict.Pending}, {time.Hour + 2*time.Minute, 0, verdict.InForce}, {time.Hour + 5*time.Minute, 0, verdict.InForce}},
			due:   true,
		},
		"set back: what has lasted begins anew": {
			ticks: []tick{{0, 0, verdict.Pending}, {2 * time.Minute, 0, verdict.InForce}, {-time.Hour, 0, verdict.Pending}, {-58 * time.Minute, 0, verdict.InForce}},
		},
		"and does not wait for the time of before": {
			ticks: []tick{{0, 0, verdict.Pending}, {-time.Hour, 0, verdict.Pending}, {-58 * time.Minute, 0, verdict.InForce}, {-55 * time.Minute, 0, verdict.InForce}},
			due:   true,
		},
		"a sample from before the clock was set back": {
			ticks: []tick{{0, 0, verdict.Pending}, {-time.Hour, -time.Hour, verdict.Unknown}, {-59 * time.Minute, -59 * time.Minute, verdict.Unknown}},
		},
		"set back a little": {
			ticks: []tick{{0, 0, verdict.Pending}, {2 * time.Minute, 0, verdict.InForce}, {2*time.Minute - time.Second, -time.Second, verdict.Pending}, {2 * time.Minute, 0, verdict.InForce}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			sets := []*verdict.Set{set(t, rule)}
			var snapshot *verdict.Snapshot
			for i, tick := range tc.ticks {
				now := start.Add(tick.now)
				snapshot = verdict.Evaluate(verdict.Input{
					Now: now, Nodes: nodesNamed([]string{"a"}), Sets: sets, Previous: snapshot, MaxGap: 3 * time.Minute,
					Samples: map[verdict.MetricKey]verdict.Samples{{Set: "set", Metric: "m"}: at(now.Add(-tick.age), 95)},
				})
				if got := snapshot.Sets[0].Rules[0].State(0); got != tick.want {
					t.Errorf("tick %d: got %v, want %v", i, got, tick.want)
				}
			}
			if got := snapshot.Sets[0].Rules[0].EvictionDue(0); got != tc.due {
				t.Errorf("eviction due: %v, want %v", got, tc.due)
			}
		})
	}
}
