// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"slices"
	"time"
)

const (
	// maxSkew is how far the clocks of two leaders may be apart.
	maxSkew = time.Minute
	// moment tells what was before now from what is planned now.
	moment = time.Millisecond
)

// NotAfter is the state without times in the future, but for what clocks may be
// apart: such a record counts from now on, and a breaker stays open for as long as it
// was to. Else budgets, cooldowns and breakers would last until the future comes, for
// a leader whose clock was ahead.
func (s State) NotAfter(now time.Time) State {
	latest := now.Add(maxSkew)
	if !slices.ContainsFunc(s.Records, func(r Record) bool { return r.Planned.After(latest) || r.Deleted.After(latest) }) &&
		!s.Breaker.Opened.After(latest) {
		return s
	}
	s.Records = slices.Clone(s.Records)
	for i := range s.Records {
		for _, at := range s.Records[i].counted() {
			if at.After(latest) {
				*at = now.Add(-moment)
			}
		}
	}
	if ahead := s.Breaker.Opened.Sub(now); s.Breaker.Opened.After(latest) {
		s.Breaker.Opened, s.Breaker.Until = now, s.Breaker.Until.Add(-ahead)
	}
	return s
}

// Later is the state with all that is counted from later by some time, as if that
// had not passed.
func (s State) Later(by time.Duration) State {
	s.Records = slices.Clone(s.Records)
	for i := range s.Records {
		for _, at := range s.Records[i].counted() {
			*at = at.Add(by)
		}
	}
	if !s.Breaker.Until.IsZero() {
		s.Breaker.Until = s.Breaker.Until.Add(by)
	}
	return s
}

// counted are the times of a record that budgets, cooldowns and windows count from.
func (r *Record) counted() []*time.Time {
	times := []*time.Time{&r.Planned}
	if !r.Deleted.IsZero() {
		times = append(times, &r.Deleted)
	}
	return times
}
