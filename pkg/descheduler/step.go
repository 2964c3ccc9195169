// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package descheduler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/breaker"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/effect"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Step is one turn of the loop, to be taken once for each snapshot by the leader
// alone. An error leaves everything for the next turn: what was evicted has been
// written down before.
func (d *Descheduler) Step(ctx context.Context) error {
	why, err := d.step(ctx)
	switch {
	case err != nil && ctx.Err() != nil: // it is the end of the process
		return err
	case err != nil:
		why = reason.New(Failed, "the latest turn failed: %v", err)
	}
	d.Report.Stopped(ctx, why) // once for each turn, or each would be news
	return err
}

// step tells why nothing is evicted at all. Zero: something may be.
func (d *Descheduler) step(ctx context.Context) (why reason.Reason, err error) {
	turn, err := d.observe(ctx)
	if err != nil {
		return why, err
	}
	d.judge(ctx, turn)
	if why = d.stopped(turn); !why.IsZero() {
		return why, d.save(ctx, turn)
	}
	made, err := d.plan(ctx, turn)
	if err != nil {
		return why, errors.Join(err, d.save(ctx, turn))
	}
	if len(made.Evictions) == 0 {
		return why, d.save(ctx, turn)
	}
	return why, d.carryOut(ctx, turn, made)
}

// turn is what one turn goes by.
type turn struct {
	now      time.Time
	snapshot *verdict.Snapshot
	cluster  *cluster.Cluster
	state    history.State
	// changed tells that the state is no longer what was stored.
	changed bool
	// planned is how many of the records are of this turn.
	planned int
}

// observe takes down what is known at this instant.
func (d *Descheduler) observe(ctx context.Context) (*turn, error) {
	// A person may close an open breaker by hand.
	if !d.loaded || !d.state.Breaker.Until.IsZero() && d.Clock.Now().Before(d.state.Breaker.Until) {
		state, err := d.Store.Load(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading what was evicted before: %w", err)
		}
		d.state, d.loaded = state, true
	}
	observed, err := d.Cluster()
	if err != nil {
		return nil, fmt.Errorf("observing the cluster: %w", err)
	}
	now := d.Clock.Now()
	state := d.inTime(now)
	return &turn{now: now, snapshot: d.Snapshot(), cluster: observed, state: state, changed: !equal(state, d.state)}, nil
}

// judge finds what came of earlier evictions, and whether to go on.
func (d *Descheduler) judge(ctx context.Context, t *turn) {
	updated, judged := effect.Update(t.now, d.Config, t.snapshot, t.cluster, t.state.Records)
	state := history.State{Records: updated, Breaker: t.state.Breaker}
	state.Breaker = breaker.Judge(t.now, &d.Config.Breaker, state)
	t.change(state)
	for _, i := range judged {
		d.Report.Judged(ctx, updated[i])
	}
}

// stopped tells why nothing is evicted at all.
func (d *Descheduler) stopped(t *turn) reason.Reason {
	if why := d.notMeasured(t.now, t.snapshot); !why.IsZero() {
		return why
	}
	if why := d.Paused(); !why.IsZero() {
		return why
	}
	window := t.snapshot.EvictionWindow()
	if ready := d.Started.Add(window); t.now.Before(ready) {
		return reason.New(WarmingUp, "watching for %s, the time that a change takes to show in full, until %s",
			window, ready.UTC().Format(time.RFC3339))
	}
	if why := breaker.Open(t.now, t.state.Breaker); !why.IsZero() {
		return why
	}
	return breaker.Capacity(t.now, &d.Config.Breaker, t.snapshot, t.cluster)
}

// notMeasured tells that there is no snapshot, or none that is new enough.
func (d *Descheduler) notMeasured(now time.Time, snapshot *verdict.Snapshot) reason.Reason {
	if snapshot == nil {
		return reason.New(NotMeasured, "nothing has been measured yet")
	}
	limit := maxTicks * d.Config.Telemetry.Interval.Value()
	switch age := now.Sub(snapshot.Time); {
	case age > limit:
		return reason.New(NotMeasured, "the latest measurement is %s old", age.Round(time.Second))
	case -age > limit:
		return reason.New(NotMeasured, "the latest measurement is from %s, before the clock was set back", snapshot.Time.UTC().Format(time.RFC3339))
	}
	return reason.Reason{}
}

// plan decides what is to be done.
func (d *Descheduler) plan(ctx context.Context, t *turn) (*plan.Plan, error) {
	began := d.Clock.Now()
	fit, err := d.Fit(ctx, t.snapshot, t.cluster)
	if err != nil {
		return nil, fmt.Errorf("preparing to look for other nodes: %w", err)
	}
	made, err := plan.Make(ctx, plan.Input{
		Now: t.now, Snapshot: t.snapshot, Cluster: t.cluster, History: t.state.Records, Config: d.Config, Fit: fit, Blocked: d.Blocked,
	})
	if err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	d.Report.Planned(ctx, made, d.Clock.Since(began))
	return made, nil
}

// carryOut evicts what was planned. All of it is written down before the first
// pod goes, so that whoever leads next knows of it: a budget may be found used in
// vain, and is never exceeded.
func (d *Descheduler) carryOut(ctx context.Context, t *turn, made *plan.Plan) error {
	records := slices.Clone(t.state.Records)
	t.planned = len(made.Evictions)
	for _, eviction := range made.Evictions {
		records = append(records, eviction.Record)
	}
	t.state.Records, t.changed = records, true
	if err := d.save(ctx, t); err != nil {
		return err
	}
	written := d.Clock.Now()
	gone := map[projection.Workload]bool{}
	records = t.state.Records[len(t.state.Records)-t.planned:] // older ones may have made room
	for i := range made.Evictions {
		eviction, record := &made.Evictions[i], &records[i]
		if !record.DryRun {
			d.evict(ctx, t, eviction, record, written, gone)
		}
		d.Report.Evicted(ctx, eviction.Pod, *record)
	}
	t.changed = true
	return d.save(ctx, t)
}

// evict evicts one pod if it still should be, and takes down what became of it.
func (d *Descheduler) evict(ctx context.Context, t *turn, eviction *plan.Eviction, record *history.Record, written time.Time, gone map[projection.Workload]bool) {
	err := d.revalidate(ctx, t, eviction, written, gone)
	if err == nil {
		err = d.Evict(ctx, eviction.Pod)
	}
	if err != nil {
		record.Failed = err.Error()
		record.Effect = history.EffectUnknown
		return
	}
	record.Evicted = d.Clock.Now()
	gone[record.Workload] = true
}

func (t *turn) change(state history.State) {
	t.changed = t.changed || !equal(t.state, state)
	t.state = state
}

// save stores the state of a turn if it has changed. Where somebody else has
// written it meanwhile, the next turn reads it anew.
func (d *Descheduler) save(ctx context.Context, t *turn) error {
	if !t.changed {
		return nil
	}
	t.state = t.state.Bounded()
	if err := d.Store.Save(ctx, t.state); err != nil {
		d.loaded = false
		return fmt.Errorf("writing down what is evicted: %w", err)
	}
	d.state, t.changed = t.state, false
	return nil
}

// find is a pod as it is now, or nil if it is gone from its node.
func find(observed *cluster.Cluster, pod *corev1.Pod) *corev1.Pod {
	now := observed.Pod(pod.UID)
	if now == nil || now.Spec.NodeName != pod.Spec.NodeName {
		return nil
	}
	return now
}
