// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"context"
	"sync"
)

// memo makes each value once, whoever asks for it first. It is safe for
// concurrent use.
type memo[K comparable, V any] struct {
	mu    sync.Mutex
	known map[K]*memoized[V]
}

type memoized[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func (m *memo[K, V]) get(ctx context.Context, key K, newValue func() (V, error)) (V, error) {
	found, isNew := m.entry(key)
	if isNew {
		defer close(found.done)
		found.value, found.err = newValue()
		return found.value, found.err
	}
	select {
	case <-found.done:
		return found.value, found.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

func (m *memo[K, V]) entry(key K) (entry *memoized[V], isNew bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if found, ok := m.known[key]; ok {
		return found, false
	}
	if m.known == nil {
		m.known = map[K]*memoized[V]{}
	}
	m.known[key] = &memoized[V]{done: make(chan struct{})}
	return m.known[key], true
}
