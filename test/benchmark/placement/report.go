// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// heading says what was simulated.
func heading(ctx context.Context, seeds uint64, age time.Duration) string {
	return fmt.Sprintf("%s: %d nodes, %d pods of %d workloads, samples %v old under a mean over %v. "+
		"Medians of %d runs, with the lowest and the highest.\n",
		record.Source(ctx), scenario.NodeCount, scenario.PodCount, scenario.WorkloadCount, age, scenario.Window, seeds)
}

// table is what the contenders made of one kind of scenario, as Markdown.
func table(kind scenario.Kind, contenders []contender, seeds uint64, age time.Duration) string {
	var rows []scenario.Row
	for _, contender := range contenders {
		row := scenario.Row{PlacedBy: contender.name}
		for seed := range seeds {
			row.Outcomes = append(row.Outcomes, simulate(scenario.New(kind, seed), contender, age, seed))
		}
		rows = append(rows, row)
	}
	return fmt.Sprintf("\n**%s**\n\n%s", kind.Title, scenario.Table(rows))
}
