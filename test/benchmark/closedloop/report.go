// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// report says what was measured, as Markdown.
func report(ctx context.Context, options options, rows []row) string {
	var table []scenario.Row
	var worst lateness
	for _, row := range rows {
		compared := scenario.Row{PlacedBy: row.name}
		for _, result := range row.results {
			compared.Outcomes = append(compared.Outcomes, result.outcome)
			worst = worst.worse(result.lateness)
		}
		table = append(table, compared)
	}
	pace := options.pace
	return fmt.Sprintf("%s: %d nodes, %d pods of %d workloads; ten minutes of the scenario take %v, the interval is %v and the window %v. "+
		"In real time, %v. Medians of %d runs, with the lowest and the highest.\n\n%s",
		record.Source(ctx), scenario.NodeCount, scenario.PodCount, scenario.WorkloadCount,
		pace.real(scenario.ArrivalSpan), pace.real(scenario.Interval), pace.real(scenario.Window),
		worst, options.seeds, scenario.Table(table))
}
