// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errNoTurn is that of a query which was not asked in its round.
var errNoTurn = errors.New("not asked: other queries take too long")

// turns bound the queries that run at the same time.
type turns chan struct{}

// take waits for a turn until the context ends.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errNoTurn
	}
}

func (t turns) giveBack() { <-t }

// run is one query under way. What came of it may be read once it is done.
type run struct {
	done   chan struct{}
	cancel context.CancelFunc

	measured measurement
	err      error
	// slow tells that the answer took longer than rounds wait for one.
	slow bool
}

// ask runs a query, now that it is its turn. slow is called when it has taken
// longer than patience, if that is limited.
func (r *run) ask(ctx context.Context, patience time.Duration, slow func(), measure func(context.Context) (measurement, error)) {
	if patience == unlimited {
		r.measured, r.err = measure(ctx)
		return
	}
	inTime, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer context.AfterFunc(inTime, slow)()
	r.measured, r.err = measure(ctx)
	r.slow = inTime.Err() != nil || ctx.Err() != nil
}

func (r *run) isDone() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// start runs a query that is expected to be answered in time. It waits for its
// turn while the round lasts, and gives it back early if it is slow after all, so
// that it keeps no other from being asked.
func (m *Measurer) start(ctx, ending context.Context, round *round, query Query) *run {
	return m.run(ctx, func(ctx context.Context, r *run) {
		if r.err = m.turns.take(ending); r.err != nil {
			return
		}
		giveBack := sync.OnceFunc(m.turns.giveBack)
		defer giveBack()
		r.ask(ctx, m.patience, giveBack, func(ctx context.Context) (measurement, error) { return round.measure(ctx, query) })
	})
}

// startSlow runs a query that was slow the last time.
func (m *Measurer) startSlow(ctx context.Context, round *round, query Query) *run {
	return m.run(ctx, func(ctx context.Context, r *run) {
		r.slow = true
		if r.err = m.slowTurns.take(ctx); r.err != nil {
			return
		}
		defer m.slowTurns.giveBack()
		r.ask(ctx, m.patience, func() {}, func(ctx context.Context) (measurement, error) { return round.measure(ctx, query) })
	})
}

func (m *Measurer) run(ctx context.Context, do func(ctx context.Context, r *run)) *run {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	r := &run{done: make(chan struct{}), cancel: cancel}
	m.running.Go(func() {
		defer close(r.done)
		defer cancel()
		do(ctx, r)
	})
	return r
}
