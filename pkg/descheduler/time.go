// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package descheduler

import (
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// maxPause is the least time between two turns that is taken for one in which this
// process did not run, or in which its clock was set. Only the API server keeps a
// turn for that long.
const maxPause = 2 * time.Minute

// inTime is the state at the beginning of a turn. Where time has gone on without this
// process, it begins to watch anew, and what is remembered is no older than it was: of
// the time in between nobody knows whether it has passed at all, or whether somebody
// has put the clock ahead. What is remembered of the future was written before a clock
// was set back.
func (d *Descheduler) inTime(now time.Time) history.State {
	wall := now.Round(0) // as others see it: without what passes whatever the clock is set to
	passed, first := wall.Sub(d.turned), d.turned.IsZero()
	d.turned = wall
	state := d.state.NotAfter(wall)
	if first || passed.Abs() <= d.maxPause() {
		return state
	}
	d.Started = now
	if passed > 0 {
		return state.Later(passed)
	}
	return state
}

func (d *Descheduler) maxPause() time.Duration {
	return max(maxPause, 2*maxTicks*d.Config.Telemetry.Interval.Value())
}
