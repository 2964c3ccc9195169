// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package timekeeper notices that a process has lost its place in time: it was
// stopped, or its clock was set. Nobody can go on from what was true before that, so
// such a process ends, and the next one begins with what is true now.
package timekeeper

import (
	"context"
	"fmt"
	"time"
)

const (
	// maxBack is how far the clock may be set back without anything coming of it but a
	// round of measurements that counts for nothing.
	maxBack = time.Minute
	// beats is how often a process looks at the time within the shortest interval that
	// matters.
	beats = 20
)

// Limits are what a process can bear.
type Limits struct {
	// Stopped is how long the process may be stopped, as by SIGSTOP, by a freezer of
	// containers, or together with its machine. A leader that is stopped for longer
	// is not sure to lead any more, and client-go would have it go on for as long
	// again before it ends it. Zero: for ever.
	Stopped time.Duration
}

// instant is a time by the clock, and by what has passed since some start, which
// nobody can set.
type instant struct {
	clock  time.Time
	passed time.Duration
}

// Watch returns an error once time has gone on in a way that the process cannot
// bear, and nil when the context ends.
func Watch(ctx context.Context, limits Limits) error {
	start := time.Now()
	ticker := time.NewTicker(limits.beat())
	defer ticker.Stop()
	return limits.watch(ctx, ticker.C, func() instant {
		now := time.Now()
		return instant{clock: now.Round(0), passed: now.Sub(start)} // Round takes out what cannot be set
	})
}

// beat is the time between two looks.
func (l Limits) beat() time.Duration {
	if l.Stopped > 0 {
		return min(l.Stopped, maxBack) / beats
	}
	return maxBack / beats
}

func (l Limits) watch(ctx context.Context, beat <-chan time.Time, now func() instant) error {
	for last := now(); ; {
		select {
		case <-beat:
		case <-ctx.Done():
			return nil
		}
		next := now()
		if err := l.check(last, next); err != nil {
			return err
		}
		last = next
	}
}

// check compares two looks that follow each other. While the machine is suspended,
// the clock goes on and what has passed does not.
func (l Limits) check(last, next instant) error {
	byClock, passed := next.clock.Sub(last.clock), next.passed-last.passed
	if back := passed - byClock; back > maxBack {
		return fmt.Errorf("the clock was set back by %s", back.Round(time.Second))
	}
	if gone := max(byClock, passed); l.Stopped > 0 && gone > l.Stopped {
		return fmt.Errorf("the process was stopped for %s, or the clock was set, and no more than %s are allowed for (the renew deadline of leader election)",
			gone.Round(time.Second), l.Stopped)
	}
	return nil
}
