// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// tallied is how many seconds are remembered one by one: two hours, and as much as the
// steps that somebody sums them up in may begin before.
const tallied = 2*60*60 + 10*60

// Tally counts the outcomes of scheduling cycles by the second. It is safe for
// concurrent use.
type Tally struct {
	clock clock.PassiveClock
	since time.Time

	mu sync.Mutex
	// seconds are a ring: each is that of the latest instant that falls on it.
	seconds [tallied]second
}

// second is what was counted in one second of Unix time.
type second struct {
	at              int64
	placed, refused uint32
}

// NewTally makes a tally that begins now.
func NewTally(clock clock.PassiveClock) *Tally { return &Tally{clock: clock, since: clock.Now()} }

// Since is when the tally was begun. What was before is not known.
func (t *Tally) Since() time.Time { return t.since }

func (t *Tally) add(outcome Outcome) {
	now := t.clock.Now().Unix()
	t.mu.Lock()
	defer t.mu.Unlock()
	counted := &t.seconds[now%tallied]
	if counted.at != now {
		*counted = second{at: now}
	}
	switch outcome {
	case Placed:
		counted.placed++
	case Refused:
		counted.refused++
	}
}

// Between counts the outcomes from one instant on and before another, both in whole
// seconds, and no more than two hours ago.
func (t *Tally) Between(from, until time.Time) (placed, refused int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for at := max(from.Unix(), until.Unix()-tallied); at < until.Unix(); at++ {
		if counted := t.seconds[at%tallied]; counted.at == at {
			placed, refused = placed+int(counted.placed), refused+int(counted.refused)
		}
	}
	return placed, refused
}
