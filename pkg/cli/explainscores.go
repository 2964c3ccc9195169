// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/loadline-dev/loadline/pkg/cli/explained"
	"github.com/loadline-dev/loadline/pkg/explain"
)

// printScores prints how the best nodes were ranked.
func printScores(out io.Writer, decision *explained.Decision, wide bool) error {
	scores := decision.Scores
	if decision.Outcome != explain.Placed || decision.Note != "" {
		return nil
	}
	if len(scores) == 0 {
		fmt.Fprintln(out, "\nThe nodes were not ranked: no preference is for the pod, or only one node was left.")
		return nil
	}
	title := "The best of the nodes that were left, by the preferences (100 is best):"
	if slices.ContainsFunc(decision.Refusals, func(refusal explain.Refusal) bool { return refusal.GivenUp }) {
		title = "The best of the nodes, by how little they are over the lines that were given up (100 is best):"
	}
	fmt.Fprintf(out, "\n%s\n\n", title)
	if err := printTable(out, scoreRows(decision, wide)); err != nil {
		return err
	}
	for _, score := range scores {
		if score.Node == decision.Node && score.Score < scores[0].Score {
			fmt.Fprintln(out, "Other plugins of the scheduler score nodes, too: the chosen one was the best by the sum.")
		}
	}
	return nil
}

func scoreRows(decision *explained.Decision, wide bool) [][]string {
	columns := scoreColumns(decision.Scores)
	header := []string{"CHOSEN", "NODE", "SCORE"}
	for _, column := range columns {
		header = append(header, strings.ToUpper(column.metric))
		if column.projected {
			header = append(header, "WITH POD")
		}
		if wide {
			header = append(header, "AGE")
		}
	}
	rows := [][]string{header}
	for _, score := range decision.Scores {
		chosen := ""
		if score.Node == decision.Node {
			chosen = "*"
		}
		row := []string{chosen, score.Node, strconv.FormatInt(score.Score, 10)}
		for _, column := range columns {
			reading := shownReading{&score.Readings[column.at]}
			row = append(row, reading.measured())
			if column.projected {
				row = append(row, reading.projected())
			}
			if wide {
				row = append(row, reading.age())
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// scoreColumn is a metric of the preferences.
type scoreColumn struct {
	metric string
	// at is its place among the readings of each node.
	at        int
	projected bool
}

// scoreColumns are the metrics, each once, though several preferences may be for
// it.
func scoreColumns(scores []explain.Score) []scoreColumn {
	places := len(scores[0].Readings)
	for _, score := range scores {
		places = min(places, len(score.Readings))
	}
	var columns []scoreColumn
	for at := range places {
		column := scoreColumn{metric: scores[0].Readings[at].Metric, at: at}
		isShown := func(shown scoreColumn) bool {
			return !slices.ContainsFunc(scores, func(score explain.Score) bool { return !sameReading(&score.Readings[at], &score.Readings[shown.at]) })
		}
		if slices.ContainsFunc(columns, isShown) {
			continue
		}
		column.projected = slices.ContainsFunc(scores, func(score explain.Score) bool { return score.Readings[at].Projected != nil })
		columns = append(columns, column)
	}
	return columns
}

func sameReading(a, b *explain.Reading) bool {
	same := func(a, b *float64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	return a.Metric == b.Metric && same(a.Value, b.Value) && same(a.Projected, b.Projected)
}
