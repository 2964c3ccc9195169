// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/prometheus/promql"
)

// answers runs each expression of one tick once, whoever asks for it. It is
// safe for concurrent use.
type answers struct {
	query   InstantQuery
	timeout time.Duration
	at      time.Time

	mu    sync.Mutex
	known map[string]*answer
}

type answer struct {
	once   sync.Once
	vector promql.Vector
	err    error
}

func newAnswers(query InstantQuery, timeout time.Duration, at time.Time) *answers {
	return &answers{query: query, timeout: timeout, at: at, known: map[string]*answer{}}
}

func (a *answers) get(ctx context.Context, expression string) (promql.Vector, error) {
	a.mu.Lock()
	found, ok := a.known[expression]
	if !ok {
		found = &answer{}
		a.known[expression] = found
	}
	a.mu.Unlock()
	found.once.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		found.vector, found.err = a.query(ctx, expression, a.at)
	})
	return found.vector, found.err
}
