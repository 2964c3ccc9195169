// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"

	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// Watch is the same store, whose records the reporter counts by the budgets. It is
// for the goroutine of the reporter.
func (r *Reporter) Watch(store descheduler.Store) descheduler.Store {
	return watched{Store: store, reporter: r}
}

type watched struct {
	descheduler.Store
	reporter *Reporter
}

func (w watched) Load(ctx context.Context) (history.State, error) {
	state, err := w.Store.Load(ctx)
	if err == nil {
		w.reporter.records = state.Records
	}
	return state, err
}

func (w watched) Save(ctx context.Context, state history.State) error {
	err := w.Store.Save(ctx, state)
	if err == nil {
		w.reporter.records = state.Records
	}
	return err
}
