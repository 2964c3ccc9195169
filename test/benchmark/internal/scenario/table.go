// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"fmt"
	"slices"
	"strings"
)

// Row is what one policy made of the same kind of scenario, run by run.
type Row struct {
	PlacedBy string
	Outcomes []Outcome
}

// columns are those of a table.
var columns = []struct {
	name   string
	value  func(Outcome) float64
	format string
}{
	{"node-minutes above the line", func(o Outcome) float64 { return o.Minutes }, "%.1f"},
	{"highest node", func(o Outcome) float64 { return 100 * o.Highest }, "%.0f%%"},
	{"nodes ever above", func(o Outcome) float64 { return float64(o.Over) }, "%.0f"},
	{"spread", func(o Outcome) float64 { return 100 * o.Spread }, "%.0f%%"},
	{"pods refused wrongly", func(o Outcome) float64 { return float64(o.WronglyRefused) }, "%.0f"},
	{"longest wait, min", func(o Outcome) float64 { return o.Longest.Minutes() }, "%.1f"},
	{"pods pending at the end", func(o Outcome) float64 { return float64(o.Pending) }, "%.0f"},
}

// Table compares policies, as Markdown.
func Table(rows []Row) string {
	var text strings.Builder
	text.WriteString("| placed by |")
	for _, column := range columns {
		fmt.Fprintf(&text, " %s |", column.name)
	}
	text.WriteString(" runs with no node above |\n|---|" + strings.Repeat("---:|", len(columns)+1) + "\n")
	for _, row := range rows {
		fmt.Fprintf(&text, "| %s |", row.PlacedBy)
		for _, column := range columns {
			fmt.Fprintf(&text, " %s |", summary(row.Outcomes, column.value, column.format))
		}
		clean := len(slices.DeleteFunc(slices.Clone(row.Outcomes), func(o Outcome) bool { return o.Over > 0 }))
		fmt.Fprintf(&text, " %d of %d |\n", clean, len(row.Outcomes))
	}
	return text.String()
}

// summary is the median of a figure, with the lowest and the highest.
func summary(outcomes []Outcome, value func(Outcome) float64, format string) string {
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
