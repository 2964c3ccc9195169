// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// print prints nodes for whoever asked for them.
func (t *top) print(out io.Writer, nodes *inspect.Nodes) error {
	if t.output == "json" || t.output == "yaml" {
		return printObject(out, nodes, t.output)
	}
	lines, err := t.lines(nodes)
	if err != nil {
		return err
	}
	colours := coloured(out)
	for _, line := range lines {
		fmt.Fprintln(out, line.in(colours))
	}
	t.note(nodes)
	return nil
}

// note says what an empty table would not.
func (t *top) note(nodes *inspect.Nodes) {
	switch {
	case len(nodes.Nodes) == 0 && len(t.names) == 0:
		fmt.Fprintln(t.streams.ErrOut, "No nodes found")
	case len(nodes.RuleSets) == 0 && len(t.ruleSets) == 0:
		fmt.Fprintln(t.streams.ErrOut, "No rule set is in force: \"kubectl loadline rules\" tells why, if there is any")
	}
}

// lines are those of the table, with those of the header first, unless there are to be
// none.
func (t *top) lines(nodes *inspect.Nodes) ([]tinted, error) {
	table := newNodeTable(nodes, t.output == "wide")
	if len(nodes.Nodes) == 0 {
		return nil, nil
	}
	var rows [][]string
	if !t.noHeaders {
		rows = append(rows, table.header())
	}
	headers := len(rows)
	for i := range nodes.Nodes {
		rows = append(rows, table.row(&nodes.Nodes[i]))
	}
	var text bytes.Buffer
	if err := printTable(&text, rows); err != nil {
		return nil, err
	}
	lines := make([]tinted, 0, len(rows))
	for i, line := range strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n") {
		line := tinted{text: line}
		if i >= headers {
			line.tint = tintOf(nodes.Nodes[i-headers].State)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// nodeTable shows nodes by what they measure.
type nodeTable struct {
	nodes *inspect.Nodes
	wide  bool
	// columns are those of the metrics.
	columns []topColumn
}

// topColumn is a metric as it is shown, once for all rule sets in which nodes have
// the same values of that name.
type topColumn struct {
	title string
	// metrics are by rule set.
	metrics map[string]string
}

func newNodeTable(nodes *inspect.Nodes, wide bool) *nodeTable {
	table := &nodeTable{nodes: nodes, wide: wide}
	for i := range nodes.RuleSets {
		set := &nodes.RuleSets[i]
		for k := range set.Metrics {
			table.add(set.Name, set.Metrics[k].Name)
		}
	}
	return table
}

// add finds a column for a metric.
func (t *nodeTable) add(set, metric string) {
	title := strings.ToUpper(metric)
	for i := range t.columns {
		column := &t.columns[i]
		if column.title == title && t.same(column, set, metric) {
			column.metrics[set] = metric
			return
		}
		if column.title == title {
			title = strings.ToUpper(set + "/" + metric)
		}
	}
	t.columns = append(t.columns, topColumn{title: title, metrics: map[string]string{set: metric}})
}

// same tells whether the metric of a rule set is that of a column, on all nodes of
// which both are known. The query is not served: what counts is what was measured.
func (t *nodeTable) same(column *topColumn, set, metric string) bool {
	for i := range t.nodes.Nodes {
		node := &t.nodes.Nodes[i]
		one := readingOf(node, set, metric)
		for otherSet, otherMetric := range column.metrics {
			other := readingOf(node, otherSet, otherMetric)
			if one != nil && other != nil && one.Value != nil && other.Value != nil && *one.Value != *other.Value {
				return false
			}
		}
	}
	return true
}

// readingOf is a metric of a node. Nil where the rule set is not about the node.
func readingOf(node *inspect.Node, set, metric string) *inspect.Reading {
	for i := range node.RuleSets {
		if node.RuleSets[i].Name != set {
			continue
		}
		for k := range node.RuleSets[i].Readings {
			if reading := &node.RuleSets[i].Readings[k]; reading.Metric == metric {
				return reading
			}
		}
	}
	return nil
}

func (t *nodeTable) header() []string {
	header := []string{"NODE"}
	for _, column := range t.columns {
		header = append(header, column.title)
	}
	header = append(header, "HEADROOM", "AGE", "STATE")
	if t.wide {
		header = append(header, "EFFECTS")
	}
	return header
}

func (t *nodeTable) row(node *inspect.Node) []string {
	row := []string{node.Name}
	for i := range t.columns {
		row = append(row, t.cell(&t.columns[i], node))
	}
	row = append(row, headroomText(node.Headroom), t.age(node), t.state(node))
	if t.wide {
		row = append(row, cmp.Or(strings.Join(effectsOn(node), ", "), "-"))
	}
	return row
}

// cell is a value, and the nearest line that it is compared with.
func (t *nodeTable) cell(column *topColumn, node *inspect.Node) string {
	var nearest *explain.Reading
	distance := math.Inf(1)
	for i := range t.nodes.RuleSets {
		set := &t.nodes.RuleSets[i]
		metric, in := column.metrics[set.Name]
		reading := readingOf(node, set.Name, metric)
		if !in || reading == nil || reading.Value == nil && reading.Projected == nil {
			continue
		}
		found := &explain.Reading{Metric: metric, Fraction: fraction(set, metric), Value: reading.Value, Projected: reading.Projected}
		if nearest == nil {
			nearest = found
		}
		for _, line := range linesOn(set, node, metric) {
			if apart := lineDistance(line, reading); apart < distance {
				compared := *found
				compared.Above, compared.Below, compared.Equals = line.Above, line.Below, line.Equals
				nearest, distance = &compared, apart
			}
		}
	}
	if nearest == nil {
		return "-"
	}
	return t.cellText(shownReading{nearest})
}

func (t *nodeTable) cellText(reading shownReading) string {
	text := reading.measured()
	switch {
	case reading.Above != nil:
		text += " of " + reading.threshold(*reading.Above)
	case reading.Below != nil:
		text += " (min " + reading.threshold(*reading.Below) + ")"
	case reading.Equals != nil:
		text += " (not " + reading.threshold(*reading.Equals) + ")"
	}
	if expected := reading.projected(); t.wide && reading.Projected != nil && expected != reading.measured() {
		text += ", " + expected + " expected"
	}
	return text
}

func fraction(set *inspect.RuleSet, metric string) bool {
	return slices.ContainsFunc(set.Metrics, func(m inspect.Metric) bool { return m.Name == metric && m.Fraction })
}

// linesOn are the lines of a rule set for a metric, of the rules that are about a
// node.
func linesOn(set *inspect.RuleSet, node *inspect.Node, metric string) []inspect.Line {
	var lines []inspect.Line
	for i := range set.Rules {
		if !isAbout(node, set.Name, set.Rules[i].Name) {
			continue
		}
		for _, line := range set.Rules[i].Lines {
			if line.Metric == metric {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// notGoverned is the state of a rule on a node that it is not about.
const notGoverned = "NotGoverned"

func isAbout(node *inspect.Node, set, rule string) bool {
	for i := range node.RuleSets {
		if node.RuleSets[i].Name == set {
			return slices.ContainsFunc(node.RuleSets[i].Rules, func(r inspect.NodeRule) bool { return r.Name == rule && r.State != notGoverned })
		}
	}
	return false
}

// lineDistance is how far a value is from a line, as a share of the threshold: below
// zero it is over it.
func lineDistance(line inspect.Line, reading *inspect.Reading) float64 {
	value := reading.Value
	if value == nil {
		value = reading.Projected
	}
	threshold, apart := 0.0, 0.0
	switch {
	case line.Above != nil:
		threshold = *line.Above
		apart = threshold - *value
	case line.Below != nil:
		threshold = *line.Below
		apart = *value - threshold
	case line.Equals != nil:
		threshold = *line.Equals
		apart = math.Abs(*value - threshold)
	}
	if threshold != 0 {
		apart /= math.Abs(threshold)
	}
	return apart
}

// headroomText is a share in whole percent. What is over a line by less than one is
// shown as that.
func headroomText(headroom *float64) string {
	if headroom == nil {
		return "-"
	}
	percent := math.Round(100 * *headroom)
	if percent == 0 && *headroom < 0 {
		percent = -1
	}
	if math.Abs(percent) >= 1e6 { // of a line near zero
		return map[bool]string{true: "<-999999%", false: ">999999%"}[percent < 0]
	}
	return strconv.FormatFloat(percent+0, 'f', 0, 64) + "%"
}

// age is that of the oldest value by now.
func (t *nodeTable) age(node *inspect.Node) string {
	oldest := -1.0
	for _, set := range node.RuleSets {
		for _, reading := range set.Readings {
			if reading.Value != nil {
				oldest = max(oldest, reading.AgeSeconds)
			}
		}
	}
	if oldest < 0 {
		return "-"
	}
	return secondsText(oldest + t.nodes.Snapshot.AgeSeconds)
}

// effectsOn are what rules do on a node.
func effectsOn(node *inspect.Node) []string {
	var refuses, due bool
	var marks []string
	for _, set := range node.RuleSets {
		for i := range set.Rules {
			rule := &set.Rules[i]
			refuses, due = refuses || rule.Refuses, due || rule.EvictionDue
			marks = append(marks, marksBy(rule)...)
		}
	}
	var effects []string
	if refuses {
		effects = append(effects, "refuses pods")
	}
	if due {
		effects = append(effects, "eviction due")
	}
	return append(effects, marks...)
}

// marksBy are the labels and the taint that a rule puts on its node.
func marksBy(rule *inspect.NodeRule) []string {
	var marks []string
	for _, key := range slices.Sorted(maps.Keys(rule.Labels)) {
		marks = append(marks, key+"="+rule.Labels[key])
	}
	if rule.Taint != "" {
		marks = append(marks, rule.Taint)
	}
	return marks
}
