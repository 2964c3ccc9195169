// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// tail is for how long the nodes are watched once all pods run in full.
const tail = 2 * time.Minute

// row is what one contender made of all seeds.
type row struct {
	contender
	results []result
}

// measureAll has every contender place the pods of every seed. The runs of one
// seed are neighbours, so that they have the same from the machine.
func measureAll(ctx context.Context, options options, progress io.Writer) ([]row, error) {
	rows := make([]row, len(options.contenders))
	for i, contender := range options.contenders {
		rows[i] = row{contender: contender, results: make([]result, options.seeds)}
	}
	running, ctx := errgroup.WithContext(ctx)
	running.SetLimit(options.parallel)
	var printing sync.Mutex
	for seed := range options.seeds {
		for i, contender := range options.contenders {
			running.Go(func() error {
				s := scenario.New(kind, seed)
				measured, err := measure(ctx, options, contender, s, s.Pods[len(s.Pods)-1].Arrival+scenario.Settled+tail)
				if err != nil {
					return fmt.Errorf("seed %d, %s: %w", seed, contender.name, err)
				}
				rows[i].results[seed] = measured
				printing.Lock()
				defer printing.Unlock()
				fmt.Fprintf(progress, "seed %d, %s: %+v; %v\n", seed, contender.name, measured.outcome, measured.lateness)
				return nil
			})
		}
	}
	if err := running.Wait(); err != nil {
		return nil, err
	}
	return rows, nil
}

// result is what came of one run.
type result struct {
	outcome  scenario.Outcome
	lateness lateness
}

// measure has one contender place the pods of a scenario in a cluster of its own,
// until a time of the scenario.
func measure(ctx context.Context, options options, contender contender, s *scenario.Scenario, end time.Duration) (measured result, err error) {
	b, err := startBox(ctx, options, contender, s)
	if err != nil {
		return result{}, err
	}
	defer func() { err = errors.Join(err, b.stop()) }()
	if err := b.prepare(); err != nil {
		return result{}, b.cause(err)
	}
	d, err := b.drive(end)
	if err != nil {
		return result{}, b.cause(err)
	}
	return result{outcome: replay(s, d.fates(), d.end), lateness: d.lateness()}, nil
}

// punctual is an error that names the runs whose figures tell of a machine that
// was too busy.
func punctual(rows []row, pace pace) error {
	var errs []error
	for _, row := range rows {
		for seed, result := range row.results {
			if err := result.lateness.check(pace); err != nil {
				errs = append(errs, fmt.Errorf("seed %d, %s: %w", seed, row.name, err))
			}
		}
	}
	return errors.Join(errs...)
}
