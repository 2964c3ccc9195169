// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// heading says what was simulated.
func heading(ctx context.Context, seeds uint64, age time.Duration) string {
	return fmt.Sprintf("%s: %d nodes, %d pods of %d workloads, samples %v old under a mean over %v. "+
		"Medians of %d runs, with the lowest and the highest.\n",
		record.Source(ctx), nodeCount, podCount, workloadCount, age, window, seeds)
}

// columns are those of the tables.
var columns = []struct {
	name   string
	value  func(outcome) float64
	format string
}{
	{"node-minutes above the line", func(o outcome) float64 { return o.minutes }, "%.1f"},
	{"highest node", func(o outcome) float64 { return 100 * o.highest }, "%.0f%%"},
	{"nodes ever above", func(o outcome) float64 { return float64(o.over) }, "%.0f"},
	{"spread", func(o outcome) float64 { return 100 * o.spread }, "%.0f%%"},
	{"pods refused wrongly", func(o outcome) float64 { return float64(o.wronglyRefused) }, "%.0f"},
	{"longest wait, min", func(o outcome) float64 { return o.longest.Minutes() }, "%.1f"},
	{"pods pending at the end", func(o outcome) float64 { return float64(o.pending) }, "%.0f"},
}

// table is what the contenders made of one kind of scenario, as Markdown.
func table(kind kind, contenders []contender, seeds uint64, age time.Duration) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n**%s**\n\n| placed by |", kind.title)
	for _, column := range columns {
		fmt.Fprintf(&text, " %s |", column.name)
	}
	text.WriteString(" runs with no node above |\n|---|" + strings.Repeat("---:|", len(columns)+1) + "\n")
	for _, contender := range contenders {
		outcomes, clean := make([]outcome, 0, seeds), 0
		for seed := range seeds {
			o := simulate(newScenario(kind, seed), contender, age, seed)
			if o.over == 0 {
				clean++
			}
			outcomes = append(outcomes, o)
		}
		fmt.Fprintf(&text, "| %s |", contender.name)
		for _, column := range columns {
			fmt.Fprintf(&text, " %s |", summary(outcomes, column.value, column.format))
		}
		fmt.Fprintf(&text, " %d of %d |\n", clean, seeds)
	}
	return text.String()
}

// summary is the median of a figure, with the lowest and the highest.
func summary(outcomes []outcome, value func(outcome) float64, format string) string {
	var values []float64
	for _, o := range outcomes {
		values = append(values, value(o))
	}
	slices.Sort(values)
	n := len(values)
	median := (values[(n-1)/2] + values[n/2]) / 2
	if values[0] == values[n-1] {
		return fmt.Sprintf(format, median)
	}
	return fmt.Sprintf(format+" ("+format+" to "+format+")", median, values[0], values[n-1])
}
