// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package timekeeper

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	const second = time.Second
	// step is what goes by between two looks, by the clock and otherwise.
	type step struct{ clock, passed time.Duration }
	even := step{second, second}
	cases := map[string]struct {
		stopped time.Duration
		steps   []step
		want    string // part of the error; empty: none
	}{
		"time passes":                       {stopped: 10 * second, steps: []step{even, even, even}},
		"the clock is slewed":               {stopped: 10 * second, steps: []step{{second / 2, second}, {2 * second, second}}},
		"stopped for long enough":           {stopped: 10 * second, steps: []step{even, {11 * second, 11 * second}}, want: "was stopped for 11s"},
		"stopped for a little":              {stopped: 10 * second, steps: []step{even, {10 * second, 10 * second}}},
		"stopped, where nobody is elected":  {steps: []step{even, {time.Hour, time.Hour}}},
		"suspended with the machine":        {stopped: 10 * second, steps: []step{even, {time.Minute, second}}, want: "was stopped for 1m0s"},
		"set ahead":                         {stopped: 10 * second, steps: []step{even, {time.Hour, second}}, want: "or the clock was set"},
		"set ahead, where nobody is chosen": {steps: []step{even, {time.Hour, second}}},
		"set back":                          {stopped: 10 * second, steps: []step{even, {second - time.Hour, second}}, want: "set back by 1h0m0s"},
		"set back, where nobody is elected": {steps: []step{even, {second - time.Hour, second}}, want: "set back by 1h0m0s"},
		"set back a little":                 {stopped: 10 * second, steps: []step{even, {second - time.Minute, second}, even}},
		"stopped and set back":              {stopped: 10 * second, steps: []step{{-time.Hour, 20 * second}}, want: "set back by 1h0m20s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			beat := make(chan time.Time, len(tc.steps)+1)
			for range tc.steps {
				beat <- time.Time{}
			}
			now, taken := instant{clock: time.Unix(1_800_000_000, 0)}, 0
			err := Limits{Stopped: tc.stopped}.watch(ctx, beat, func() instant {
				if taken > 0 {
					now.clock, now.passed = now.clock.Add(tc.steps[taken-1].clock), now.passed+tc.steps[taken-1].passed
				}
				if taken++; taken > len(tc.steps) {
					cancel()
				}
				return now
			})
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got error %v, want %q", err, tc.want)
			}
		})
	}
}

// With the real time nothing is noticed, and the watch ends with its context.
func TestWatchEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*Limits{Stopped: time.Second}.beat())
	defer cancel()
	if err := Watch(ctx, Limits{Stopped: time.Minute}); err != nil {
		t.Error(err)
	}
}
