// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
)

// suite is what was measured of one, in the order of the runs.
type suite struct {
	name          string
	podsPerSecond map[string][]float64
}

// report is what was measured, as Markdown.
func report(source string, options options, suites []suite) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s. %d nodes. Medians of %d runs, with the lowest and the highest.\n\n", source, options.nodes, options.pairs)
	text.WriteString("| suite of scheduler_perf | stock, pods/s | with Loadline, pods/s | × stock |\n|---|---:|---:|---:|\n")
	for _, s := range suites {
		var ratios []float64
		for i, rate := range s.podsPerSecond[loadline] {
			ratios = append(ratios, rate/s.podsPerSecond[stock][i])
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", s.name, summary("%.0f", s.podsPerSecond[stock]), summary("%.0f", s.podsPerSecond[loadline]), summary("%.2f", ratios))
	}
	return text.String()
}

// summary is the median, with the lowest and the highest.
func summary(format string, values []float64) string {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := (sorted[middle] + sorted[(len(sorted)-1)/2]) / 2
	return fmt.Sprintf(format+" ("+format+" to "+format+")", median, sorted[0], sorted[len(sorted)-1])
}
