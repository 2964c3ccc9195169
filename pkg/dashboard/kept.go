// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"context"
	"time"

	"k8s.io/utils/clock"
)

const (
	// keptFor is how long what the API server has said is good for all who look.
	keptFor = 3 * time.Second
	// readTimeout bounds each question to the API server.
	readTimeout = 5 * time.Second
)

// kept is an answer of the API server, and is asked for again when it is old and
// somebody looks. Whoever looks at the same time waits for the same answer. It is safe
// for concurrent use.
type kept[T any] struct {
	read  func(ctx context.Context) (T, error)
	clock clock.PassiveClock

	// turn guards what is below.
	turn   chan struct{}
	answer T
	known  bool // there is an answer, which may be an earlier one
	err    error
	at     time.Time
}

func newKept[T any](clock clock.PassiveClock, read func(ctx context.Context) (T, error)) *kept[T] {
	return &kept[T]{read: read, clock: clock, turn: make(chan struct{}, 1)}
}

// get is the latest answer. With an error it is an earlier one, if it is known.
func (k *kept[T]) get(ctx context.Context) (answer T, known bool, err error) {
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return answer, false, ctx.Err()
	}
	if k.at.IsZero() || k.clock.Since(k.at) >= keptFor {
		reading, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		answer, err := k.read(reading)
		if ctx.Err() != nil { // whoever has asked is gone, which is no fault of the API server
			return answer, false, ctx.Err()
		}
		k.at, k.err = k.clock.Now(), err
		if err == nil {
			k.answer, k.known = answer, true
		}
	}
	return k.answer, k.known, k.err
}
