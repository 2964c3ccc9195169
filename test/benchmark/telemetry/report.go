// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// report is what was measured, as Markdown.
func report(ctx context.Context, options options, all []figures) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s. Interval %v; CPU time and ticks over %v after a warm-up of %v.\n\n",
		record.Source(ctx), options.interval, options.duration, options.warmUp)
	columns := []string{"nodes"}
	for _, f := range all {
		columns = append(columns, fmt.Sprint(f.nodes))
	}
	writeRow(&text, columns)
	text.WriteString("|---|" + strings.Repeat("---:|", len(all)) + "\n")
	for _, row := range rows {
		cells := []string{row.name}
		for _, f := range all {
			cells = append(cells, row.cell(f))
		}
		writeRow(&text, cells)
	}
	return text.String()
}

func writeRow(text *strings.Builder, cells []string) {
	text.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// rows are those of the table.
var rows = []struct {
	name string
	cell func(figures) string
}{
	{"CPU, share of one core", func(f figures) string { return fmt.Sprintf("%.3f", f.cpu) }},
	{"resident memory, most", func(f figures) string { return megabytes(f.maxResident) }},
	{"resident memory, at the end", func(f figures) string { return megabytes(f.resident) }},
	{"heap in use, at the end", func(f figures) string { return megabytes(f.heap) }},
	{"tick, median", func(f figures) string { return milliseconds(percentile(f.ticks, 50)) }},
	{"tick, 99th percentile", func(f figures) string { return milliseconds(percentile(f.ticks, 99)) }},
	{"ticks counted", func(f figures) string { return fmt.Sprint(len(f.ticks)) }},
	{"load average of the machine meanwhile", func(f figures) string { return f.load }},
	{"all nodes known after", func(f figures) string { return fmt.Sprintf("%.1f s", f.known.Seconds()) }},
	{"for comparison, idle kube-scheduler: CPU", func(f figures) string { return fmt.Sprintf("%.3f", f.stockCPU) }},
	{"for comparison, idle kube-scheduler: resident memory", func(f figures) string { return megabytes(f.stockResident) }},
}

// megabytes are of a million bytes.
func megabytes(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}

// percentile is the smallest duration that so many percent of them do not exceed.
func percentile(durations []time.Duration, percent float64) time.Duration {
	if len(durations) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(durations))
	rank := int(math.Ceil(percent / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
