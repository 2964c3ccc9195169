// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"fmt"
	"slices"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// Ledger is the object that keeps the state, as the API server has it.
type Ledger struct {
	State history.State
	// Writes is how often it was written.
	Writes int
}

// store is what one process knows of the ledger.
type store struct {
	ledger *Ledger
	// read is the version that was read last.
	read int
	// dead tells that the process no longer reaches anybody.
	dead *bool
}

func (s *store) Load(context.Context) (history.State, error) {
	if *s.dead {
		return history.State{}, context.Canceled
	}
	s.read = s.ledger.Writes
	return clone(s.ledger.State), nil
}

func (s *store) Save(_ context.Context, state history.State) error {
	switch {
	case *s.dead:
		return context.Canceled
	case s.read != s.ledger.Writes:
		return fmt.Errorf("version %d is not the latest, %d: %w", s.read, s.ledger.Writes, history.ErrConflict)
	}
	s.ledger.Writes++
	s.ledger.State, s.read = clone(state), s.ledger.Writes
	s.ledger.State.Records = s.ledger.State.Bounded().Records
	return nil
}

func clone(state history.State) history.State {
	state.Records = slices.Clone(state.Records)
	return state
}
