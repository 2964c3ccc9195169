// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

func TestTimes(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	in := func(after time.Duration) time.Time { return now.Add(after) }
	justNow := in(-time.Millisecond)
	cases := map[string]struct {
		change       func(history.State) history.State
		before, want history.State
	}{
		"the past stays": {
			change: func(s history.State) history.State { return s.NotAfter(now) },
			before: history.State{Records: []history.Record{{Planned: in(-time.Hour), Deleted: in(-time.Minute)}}, Breaker: history.Breaker{Opened: in(-time.Minute), Until: in(time.Hour)}},
			want:   history.State{Records: []history.Record{{Planned: in(-time.Hour), Deleted: in(-time.Minute)}}, Breaker: history.Breaker{Opened: in(-time.Minute), Until: in(time.Hour)}},
		},
		"clocks of two leaders are apart": {
			change: func(s history.State) history.State { return s.NotAfter(now) },
			before: history.State{Records: []history.Record{{Planned: in(time.Second)}}},
			want:   history.State{Records: []history.Record{{Planned: in(time.Second)}}},
		},
		"the future is now": {
			change: func(s history.State) history.State { return s.NotAfter(now) },
			before: history.State{
				Records: []history.Record{{Planned: in(-time.Minute), Deleted: in(time.Hour)}, {Planned: in(time.Hour)}},
				Breaker: history.Breaker{Opened: in(time.Hour), Until: in(2 * time.Hour)},
			},
			want: history.State{
				Records: []history.Record{{Planned: in(-time.Minute), Deleted: justNow}, {Planned: justNow}},
				Breaker: history.Breaker{Opened: now, Until: in(time.Hour)},
			},
		},
		"a person has stopped evictions for a day": {
			change: func(s history.State) history.State { return s.NotAfter(now) },
			before: history.State{Breaker: history.Breaker{Until: in(24 * time.Hour)}},
			want:   history.State{Breaker: history.Breaker{Until: in(24 * time.Hour)}},
		},
		"later": {
			change: func(s history.State) history.State { return s.Later(time.Hour) },
			before: history.State{
				Records: []history.Record{{Planned: in(-time.Minute), Evicted: in(-time.Minute), Deleted: in(-time.Second)}, {Planned: now}},
				Breaker: history.Breaker{Opened: now, Until: in(time.Minute)},
			},
			want: history.State{
				Records: []history.Record{{Planned: in(59 * time.Minute), Evicted: in(-time.Minute), Deleted: in(time.Hour - time.Second)}, {Planned: in(time.Hour)}},
				Breaker: history.Breaker{Opened: now, Until: in(61 * time.Minute)},
			},
		},
		"later, with nothing to remember": {
			change: func(s history.State) history.State { return s.Later(time.Hour) },
			want:   history.State{Records: []history.Record{}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			given := append([]history.Record{}, tc.before.Records...)
			got := tc.change(tc.before)
			if got.Records == nil {
				got.Records = []history.Record{}
			}
			if tc.want.Records == nil {
				tc.want.Records = []history.Record{}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(given, append([]history.Record{}, tc.before.Records...)); diff != "" {
				t.Errorf("it has changed what it was given (-before +after):\n%s", diff)
			}
		})
	}
}
