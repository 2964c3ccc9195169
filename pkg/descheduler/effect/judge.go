// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package effect

import (
	"math"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// leastOfShare and leastOfValue are how much less the node must measure for an
	// eviction to have had an effect: a part of what the pods that left it were
	// expected to take along, and a part of what it measured, which is below any
	// metric's noise.
	leastOfShare = 0.1
	leastOfValue = 0.001
	// The node's metric is waited for this long, from when it should show the effect
	// on, or this many windows if those are longer.
	waitFor     = 10 * time.Minute
	waitWindows = 10
)

// judge finds out whether the node measures less, once it can.
func (u *update) judge(r *history.Record) {
	visible := r.Deleted.Add(r.Window.Duration)
	switch {
	case r.Deleted.IsZero():
		return
	case !r.DryRun && u.cluster.Node(r.Node) == nil:
		r.Effect = history.EffectUnknown
		return
	case u.now.Before(visible):
		return
	case r.DryRun:
		r.Effect = history.EffectUnknown
		return
	}
	reading := verdict.Reading{}
	set, rule := u.snapshot.Rule(r.Rule)
	if set != nil {
		reading = set.Reading(r.Before.Metric, u.snapshot.Index(r.Node))
	}
	if !reading.Known || reading.Time.Before(visible) {
		if u.now.After(visible.Add(max(waitFor, waitWindows*r.Window.Duration))) {
			r.Effect = history.EffectUnknown
		}
		return
	}
	after := reading.Value
	r.After = &after
	r.Effect = u.effect(r, rule, reading)
}

// effect compares what the node measures with what it measured before.
func (u *update) effect(r *history.Record, rule *verdict.RuleVerdict, reading verdict.Reading) history.Effect {
	group := u.together(r, reading.Time)
	switch {
	case rule.State(u.snapshot.Index(r.Node)) == verdict.OK || cleared(&r.Before, reading.Value):
		return history.EffectLowered
	case improvement(&group.before, reading.Value) > math.Max(leastOfShare*group.share, leastOfValue*math.Abs(group.before.Value)):
		return history.EffectLowered
	case group.saturated || rule.Eviction() != nil && rule.Eviction().All:
		return history.EffectUnknown // it need not get better by pods leaving
	}
	return history.EffectNone
}

// group are pods that left a node together. What the node measures tells of all of
// them, not of each.
type group struct {
	// before is of the first of them.
	before history.Before
	// share is what they were in all.
	share     float64
	saturated bool
}

// together are the pods that left the node by the same plan and rule as one, and
// that were gone for long enough for a measurement to show it.
func (u *update) together(of *history.Record, measured time.Time) group {
	var together group
	first := true
	for i := range u.records {
		r := &u.records[i]
		if r.Failed != "" || r.DryRun || r.Node != of.Node || r.Rule != of.Rule || !r.Planned.Equal(of.Planned) ||
			r.Before.Metric != of.Before.Metric {
			continue
		}
		if first {
			together.before, first = r.Before, false
		}
		together.saturated = together.saturated || r.Saturated
		if !r.Deleted.IsZero() && !measured.Before(r.Deleted.Add(r.Window.Duration)) {
			together.share += r.Before.Share
		}
	}
	return together
}

// The sides of its threshold on which a metric may be over the line.
const (
	over = iota
	under
	at // the line is one value alone
)

// side is on which side the metric was over the line.
func side(before *history.Before) int {
	switch {
	case before.Clear < before.Threshold:
		return over
	case before.Clear > before.Threshold:
		return under
	case before.Value > before.Threshold:
		return over
	case before.Value < before.Threshold:
		return under
	}
	return at
}

// improvement is by how much a value is nearer to the good side of the line than
// the one before.
func improvement(before *history.Before, value float64) float64 {
	switch side(before) {
	case over:
		return before.Value - value
	case under:
		return value - before.Value
	}
	return 0
}

// cleared tells whether a value is past clear.
func cleared(before *history.Before, value float64) bool {
	band := before.Clear != before.Threshold
	switch side(before) {
	case over:
		return value < before.Clear || !band && value == before.Clear
	case under:
		return value > before.Clear || !band && value == before.Clear
	}
	return value != before.Threshold
}
