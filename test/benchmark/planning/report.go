// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// report is what was measured, as Markdown.
func report(source string, options options, lines []*line, memory int64) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s. %d nodes, %d pods. Medians of %d rounds.\n", source, options.nodes, options.pods, options.rounds)

	writeRow(&text, "\n", "one turn", "evictions", "scheduler asked", "observe, CPU", "begin, CPU", "plan, CPU", "elapsed, all three")
	text.WriteString("|---|---:|---:|---:|---:|---:|---:|\n")
	for _, l := range lines {
		writeRow(&text, "", l.name,
			fmt.Sprint(l.median(func(t turn) float64 { return float64(t.evictions) })),
			fmt.Sprint(l.median(func(t turn) float64 { return float64(t.places) })),
			milliseconds(l.median(func(t turn) float64 { return float64(t.observe.cpu) })),
			milliseconds(l.median(func(t turn) float64 { return float64(t.begin.cpu) })),
			seconds(l.median(func(t turn) float64 { return float64(t.plan.cpu) })),
			seconds(l.median(func(t turn) float64 { return float64(t.observe.plus(t.begin).plus(t.plan).wall) })))
	}

	writeRow(&text, "\n", "one plan", "CPU per eviction", "CPU per question to the scheduler", "elapsed per question", "the plan's own CPU, without questions", "allocated")
	text.WriteString("|---|---:|---:|---:|---:|---:|\n")
	for _, l := range lines {
		perEviction := "-"
		if l.median(func(t turn) float64 { return float64(t.evictions) }) > 0 {
			perEviction = milliseconds(l.median(turn.perEviction))
		}
		writeRow(&text, "", l.name, perEviction,
			milliseconds(l.median(turn.perPlace)),
			milliseconds(l.median(func(t turn) float64 { return float64(t.place.wall) / float64(t.places) })),
			milliseconds(l.median(func(t turn) float64 { return float64(t.plan.cpu - t.place.cpu) })),
			megabytes(l.median(func(t turn) float64 { return float64(t.allocated) })))
	}
	writeGrowth(&text, lines)

	live := 0.0
	for _, l := range lines {
		live = max(live, l.median(func(t turn) float64 { return float64(t.live) }))
	}
	fmt.Fprintf(&text, "\nThe process had %s of memory resident at the most, and %s of its heap were live after a turn.\n", megabytes(float64(memory)), megabytes(live))
	return text.String()
}

// writeGrowth compares lines that differ in size.
func writeGrowth(text *strings.Builder, lines []*line) {
	var rows []string
	for _, pair := range [][2]crowd{
		{{10, 30}, {50, 30}}, {{10, 30}, {100, 30}}, {{50, 30}, {50, 60}}, {{50, 30}, {50, 110}},
	} {
		small, large := find(lines, pair[0]), find(lines, pair[1])
		if small == nil || large == nil {
			continue
		}
		of := func(figure func(turn) float64) string {
			return fmt.Sprintf("%.2f", large.median(figure)/small.median(figure))
		}
		factor := float64(pair[1].nodes*pair[1].pods) / float64(pair[0].nodes*pair[0].pods)
		rows = append(rows, strings.Join([]string{
			fmt.Sprintf("from %d to %d hot nodes, from %d to %d pods on each", pair[0].nodes, pair[1].nodes, pair[0].pods, pair[1].pods),
			fmt.Sprintf("%.2f", factor),
			of(func(t turn) float64 { return float64(t.evictions) }),
			of(func(t turn) float64 { return float64(t.plan.cpu) }),
			of(turn.perEviction), of(turn.perPlace),
		}, " | "))
	}
	if len(rows) == 0 {
		return
	}
	writeRow(text, "\n", "growth, with large budgets", "pods on hot nodes ×", "evictions ×", "plan, CPU ×", "CPU per eviction ×", "CPU per question ×")
	text.WriteString("|---|---:|---:|---:|---:|---:|\n")
	for _, row := range rows {
		writeRow(text, "", row)
	}
}

// find is the line of a size with large budgets, and room elsewhere.
func find(lines []*line, size crowd) *line {
	for _, l := range lines {
		if l.large && l.elsewhere == 0 && l.hot == size.nodes && l.podsPerNode == size.pods {
			return l
		}
	}
	return nil
}

func (t turn) perEviction() float64 { return float64(t.plan.cpu) / float64(t.evictions) }

func (t turn) perPlace() float64 { return float64(t.place.cpu) / float64(t.places) }

// median is that of a figure over all rounds: one that was measured, and not a mean
// of two.
func (l *line) median(figure func(turn) float64) float64 {
	var figures []float64
	for _, t := range l.turns {
		figures = append(figures, figure(t))
	}
	slices.Sort(figures)
	return figures[(len(figures)-1)/2]
}

func milliseconds(nanoseconds float64) string {
	return fmt.Sprintf("%.1f ms", nanoseconds/float64(time.Millisecond))
}

func seconds(nanoseconds float64) string {
	return fmt.Sprintf("%.2f s", nanoseconds/float64(time.Second))
}

func megabytes(bytes float64) string { return fmt.Sprintf("%.0f MB", bytes/1e6) }

func writeRow(text *strings.Builder, before string, cells ...string) {
	text.WriteString(before + "| " + strings.Join(cells, " | ") + " |\n")
}
