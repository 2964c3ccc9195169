// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package load_test

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/load"
)

// now is no whole multiple of anything.
var now = time.Date(2026, 11, 22, 8, 31, 47, 123_456_789, time.UTC)

func TestAxis(t *testing.T) {
	cases := map[string]struct {
		length, interval time.Duration
		wantStep         time.Duration
		wantSteps        int
	}{
		"an hour":                        {time.Hour, 15 * time.Second, time.Minute, 60},
		"the longest":                    {2 * time.Hour, 15 * time.Second, 2 * time.Minute, 60},
		"the shortest":                   {5 * time.Minute, 15 * time.Second, 15 * time.Second, 20},
		"every second":                   {5 * time.Minute, time.Second, 5 * time.Second, 60},
		"between steps":                  {7 * time.Minute, 15 * time.Second, 15 * time.Second, 28},
		"an interval that divides badly": {time.Hour, 7 * time.Second, 63 * time.Second, 58},
		"not in whole seconds":           {time.Hour, 1500 * time.Millisecond, time.Minute, 60},
		"never in whole seconds":         {time.Hour, 10001 * time.Millisecond, time.Minute, 60},
		"the longest interval":           {5 * time.Minute, 5 * time.Minute, 5 * time.Minute, 2},
		"no interval":                    {time.Hour, 0, time.Minute, 60},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			axis := load.NewAxis(tc.length, tc.interval, now)
			if axis.Step != tc.wantStep || axis.Steps != tc.wantSteps {
				t.Errorf("got %d steps of %s, want %d of %s", axis.Steps, axis.Step, tc.wantSteps, tc.wantStep)
			}
			if axis.End.After(now) || now.Sub(axis.End) >= axis.Step || axis.End.UnixNano()%int64(axis.Step) != 0 {
				t.Errorf("it ends at %s", axis.End)
			}
			if got := axis.At(axis.Steps - 1); !got.Equal(axis.End) {
				t.Errorf("its last instant is %s, want %s", got, axis.End)
			}
			if got := axis.At(0).Sub(axis.Start()); got != axis.Step {
				t.Errorf("its first step has %s, want %s", got, axis.Step)
			}
		})
	}
}

// Whatever the settings, an axis is not too long, its step is in whole seconds, and it
// goes back as far as was asked.
func TestAnyAxis(t *testing.T) {
	for minutes := 5; minutes <= 120; minutes++ {
		for interval := time.Second; interval <= 5*time.Minute; interval += 500 * time.Millisecond {
			length := time.Duration(minutes) * time.Minute
			axis := load.NewAxis(length, interval, now)
			if axis.Steps < 2 || axis.Steps > 120 || axis.Step%time.Second != 0 || axis.Step < time.Second || now.Sub(axis.Start()) < length {
				t.Fatalf("%s every %s: got %+v", length, interval, axis)
			}
		}
	}
}
