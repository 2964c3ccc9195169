// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package eviction

import (
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
)

const (
	// firstWait is how long a pod is let be whose eviction was refused. It doubles
	// with each further refusal, up to lastWait.
	firstWait = 10 * time.Second
	lastWait  = 5 * time.Minute
	// memory is how long a refusal counts.
	memory = time.Hour
)

// backoff remembers the pods that could not be evicted. Only one process evicts,
// and it takes turns, so that nothing is won by adding chance to the waits.
type backoff struct {
	clock clock.PassiveClock

	mu       sync.Mutex
	refusals map[types.UID]refusal
}

// refusal is the last one of a pod.
type refusal struct {
	why BlockedError
	// wait is how long the pod is let be, from at on.
	at   time.Time
	wait time.Duration
}

func newBackoff(clock clock.PassiveClock) *backoff {
	return &backoff{clock: clock, refusals: map[types.UID]refusal{}}
}

// blocked is why a pod is let be, or nil.
func (b *backoff) blocked(pod types.UID) *BlockedError {
	b.mu.Lock()
	defer b.mu.Unlock()
	last, found := b.refusals[pod]
	left := last.at.Add(last.wait).Sub(b.clock.Now())
	if !found || left <= 0 {
		return nil
	}
	why := last.why
	why.RetryAfter = left
	return &why
}

// note takes down how an attempt has ended, and gives that back with the time for
// which the pod is let be now.
func (b *backoff) note(pod types.UID, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.forget(now)
	if err == nil || errors.Is(err, ErrGone) {
		delete(b.refusals, pod)
		return err
	}
	next := refusal{at: now, wait: firstWait, why: BlockedError{Code: Failed, Message: err.Error()}}
	if last, found := b.refusals[pod]; found {
		next.wait = min(2*last.wait, lastWait)
	}
	if blocked := (*BlockedError)(nil); errors.As(err, &blocked) {
		next.wait = max(next.wait, min(blocked.RetryAfter, lastWait)) // the API server knows better
		blocked.RetryAfter = next.wait
		next.why = *blocked
	}
	b.refusals[pod] = next
	return err
}

// forget drops the refusals that do not count any more.
func (b *backoff) forget(now time.Time) {
	for pod, last := range b.refusals {
		if now.Sub(last.at) > memory {
			delete(b.refusals, pod)
		}
	}
}
