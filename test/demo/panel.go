// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

const (
	// barScale is the memory that a bar of full width stands for.
	barScale = 1.25
	// oldAge is the age of a measurement from which on it is told.
	oldAge = 2 * time.Second
	// comfortable is up to where a bar is green.
	comfortable = 0.75
	// nodeColumns, valueColumns and killsColumns are the widths beside a bar.
	nodeColumns, valueColumns, killsColumns = 8, 5, 8
)

// blocks are a cell filled from the left by so many eighths.
var blocks = []rune(" ▏▎▍▌▋▊▉█")

// styleOf is the style of a bar that is this long.
func styleOf(memory float64) screen.Style {
	switch {
	case memory > 1:
		return screen.Past
	case memory > loadLine:
		return screen.Over
	case memory > comfortable:
		return screen.High
	}
	return screen.Low
}

// lineCell is the cell of a bar of this width in which the line is drawn.
func lineCell(width int) int { return int(loadLine / barScale * float64(width)) }

// bar draws memory as a bar with the line across it.
func bar(memory float64, width int) screen.Row {
	eighths := int(memory / barScale * float64(8*width))
	cells := make([]rune, width)
	for i := range cells {
		cells[i] = blocks[min(8, max(0, eighths-8*i))]
	}
	at, style, ground := lineCell(width), styleOf(memory), screen.Plain
	if eighths >= 8*(at+1) {
		ground = style
	}
	return screen.Row{
		{Style: style, Text: string(cells[:at])},
		{Style: screen.Mark, Text: "│", Ground: ground},
		{Style: style, Text: string(cells[at+1:])},
	}
}

// bars are one row per node, and above them the scale, with what they show at
// its left.
func bars(what string, nodes []string, m moment, width int) []screen.Row {
	barWidth := width - nodeColumns - valueColumns - killsColumns
	label := fmt.Sprintf("%.0f%%", 100*loadLine)
	scale := screen.Row{screen.Text(screen.Dim, "%-*s%s", nodeColumns+lineCell(barWidth)-len(label)/2, what, label)}
	rows := []screen.Row{screen.Between(scale, screen.Row{{Style: screen.Dim, Text: "killed"}}, width)}
	for i, node := range nodes {
		value := 0.0
		if i < len(m.memory) {
			value = m.memory[i]
		}
		row := screen.Row{screen.Text(screen.Dim, "%-*s", nodeColumns, node)}
		row = append(row, bar(value, barWidth)...)
		row = append(row, screen.Text(styleOf(value), "%*.0f%%", valueColumns-1, 100*value))
		if killed := m.pods.killedOn[node]; killed > 0 {
			row = append(row, screen.Text(screen.Past, "%*d", killsColumns, killed))
		}
		rows = append(rows, row)
	}
	return rows
}

// panel is a column with the state of the cluster.
func panel(title, when string, nodes []string, m moment, width int) []screen.Row {
	killed := screen.Low
	if m.pods.killed > 0 {
		killed = screen.Past
	}
	rows := []screen.Row{screen.Between(
		screen.Row{{Style: screen.Bold, Text: title}},
		screen.Row{{Style: screen.Bold, Text: "pods killed "}, screen.Text(killed, "%3d", m.pods.killed)}, width)}
	rows = append(rows, bars(when, nodes, m, width)...)
	return append(append(rows, nil), footer(m, width)...)
}

// footer is what is below the bars.
func footer(m moment, width int) []screen.Row {
	rows := []screen.Row{screen.Row{
		screen.Text(screen.Plain, "%d running, %d pending, ", m.pods.running, len(m.pods.pending)),
		measured(m),
	}.Fit(width)}
	if len(m.pods.pending) == 0 {
		return append(rows, nil)
	}
	first := m.pods.pending[0]
	if first.reason == "" {
		first.reason = "not tried yet"
	}
	return append(rows, screen.Row{
		{Style: screen.High, Text: first.name}, {Style: screen.Dim, Text: ": " + first.reason},
	}.Fit(width))
}

// measured tells when the memory was.
func measured(m moment) screen.Span {
	if m.measuredAt.IsZero() {
		return screen.Text(screen.Dim, "not measured yet")
	}
	if m.age() < oldAge {
		return screen.Text(screen.Dim, "measured %s", m.measuredAt.Format(time.TimeOnly))
	}
	return screen.Text(screen.High, "measured %.0f s ago", m.age().Seconds())
}

// runPanel is a run as it was some time after its start.
func (d *demo) runPanel(r *run, elapsed time.Duration, width int) []screen.Row {
	elapsed = min(max(0, elapsed), runTime)
	m, ok := r.after(elapsed)
	if !ok {
		m = moment{}
	}
	return panel(r.title, fmt.Sprintf("%.0f s", elapsed.Seconds()), d.nodes, m, width)
}

// workloadRows tell which pods have come, and which will.
func workloadRows(elapsed time.Duration, width int) []screen.Row {
	rows := []screen.Row{
		{{Style: screen.Bold, Text: "the pods, the same in both runs"}},
		{screen.Text(screen.Dim, "  %4s  %-8s%4s %8s %7s", "at", "name", "pods", "request", "use")},
	}
	for _, w := range workloads {
		sign, style := " ", screen.Dim
		if elapsed >= w.after {
			sign, style = "+", screen.Plain
		}
		rows = append(rows, screen.Row{
			{Style: screen.Low, Text: sign + " "},
			screen.Text(style, "%3.0fs  %-8s%4d %8s %7s", w.after.Seconds(), w.name, w.replicas, w.request, w.use),
		})
	}
	for _, text := range []string{
		"reports reserves six times what it uses; the others use about fifteen times what they reserve.",
		"A node past 100% has no memory left: the kernel kills a pod, its kubelet starts it again, it grows again.",
	} {
		rows = append(rows, nil)
		for _, line := range screen.Wrap(text, width) {
			rows = append(rows, screen.Row{{Style: screen.Dim, Text: line}})
		}
	}
	return rows
}

// stepRows are the steps of the act, with what came of them.
func stepRows(steps []step, width int) []screen.Row {
	const indent = "  "
	var rows []screen.Row
	for _, step := range steps {
		sign, style := screen.Span{Style: screen.High, Text: "› "}, screen.Bold
		if step.done {
			sign, style = screen.Span{Style: screen.Low, Text: "✓ "}, screen.Plain
		}
		for i, line := range screen.Wrap(step.text, width-len(indent)) {
			start := sign
			if i > 0 {
				start = screen.Span{Text: indent}
			}
			rows = append(rows, screen.Row{start, {Style: style, Text: line}})
		}
		for _, line := range screen.Wrap(step.outcome, width-len(indent)) {
			rows = append(rows, screen.Row{{Text: indent}, {Style: screen.Dim, Text: line}})
		}
	}
	return rows
}

// stepRowsLimit is how many rows steps may take: a terminal that is narrow is
// mostly low, too.
func stepRowsLimit(width int) int {
	if width < recordedColumns {
		return 15
	}
	return 21
}

// latestSteps leaves out the first steps if there is no room for all.
func latestSteps(steps []step, width, limit int) []screen.Row {
	rows := stepRows(steps, width)
	for len(rows) > limit && len(steps) > 1 {
		steps = steps[1:]
		rows = stepRows(steps, width)
	}
	return rows
}

// setUpBody shows the steps, with the time that each took.
func (d *demo) setUpBody(now time.Time, width int) []screen.Row {
	var rows []screen.Row
	for _, current := range d.show.steps {
		took := current.took
		if !current.done {
			took = now.Sub(current.since)
		}
		row := stepRows([]step{current}, width)[0]
		rows = append(rows, screen.Between(row, screen.Row{screen.Text(screen.Dim, "%.1f s", took.Seconds())}, width))
	}
	return rows
}

// storyBody is the state of the cluster, and beside it the steps of the act.
func (d *demo) storyBody(_ time.Time, width int) []screen.Row {
	column := screen.ColumnWidth(width)
	now := panel("Loadline, now", "", d.nodes, d.show.latest, column)
	if d.show.alert != "" {
		now = append(now, screen.Row{{Style: screen.Past, Text: d.show.alert}})
	}
	return screen.Beside(now, latestSteps(d.show.steps, column, stepRowsLimit(width)), width)
}
