// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/preview"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// shownNodes is the number of nodes that are shown of many.
const shownNodes = 20

func (f *previewFlags) print(out io.Writer, result *preview.Result) error {
	if f.output == "json" || f.output == "yaml" {
		return printObject(out, result, f.output)
	}
	printMeasured(out, result)
	for i := range result.RuleSets {
		printRuleSet(out, result, &result.RuleSets[i], f.schedulerName)
	}
	if err := printRules(out, result); err != nil {
		return err
	}
	printNotes(out, result)
	nodes := result.Nodes
	if !f.all && len(nodes) > shownNodes {
		nodes = nodes[:shownNodes]
	}
	fmt.Fprintln(out)
	if err := printPreviewedNodes(out, result, nodes, f.output == "wide"); err != nil {
		return err
	}
	if len(nodes) < len(result.Nodes) {
		fmt.Fprintf(out, "These are %d of %d nodes: those over a line, then those nearest to one. --all shows all.\n", len(nodes), len(result.Nodes))
	}
	return nil
}

// printMeasured says where the numbers are from, and what is missing.
func printMeasured(out io.Writer, result *preview.Result) {
	exempt := ""
	if number := countNodes(result, func(node *preview.Node) bool { return node.Exempt }); number > 0 {
		exempt = fmt.Sprintf(" (%d of them exempt, since nobody can measure them)", number)
	}
	fmt.Fprintf(out, "%s%s, measured at %s by %s\n", count(len(result.Nodes), "node"), exempt, result.At.Format(time.TimeOnly), result.SourceText)
	if result.Why != "" {
		fmt.Fprintf(out, "%s\n", result.Why)
	}
	for _, unread := range result.Unread {
		what := abridge(unread.Nodes) + ": " + unread.Example
		if len(unread.Nodes) > 1 {
			what = fmt.Sprintf("%s; for example %s: %s", abridge(unread.Nodes), unread.Nodes[0], unread.Example)
		}
		fmt.Fprintf(out, "%s not read: %s\n", count(len(unread.Nodes), "node"), what)
	}
	if len(result.Unread) > 0 {
		fmt.Fprintln(out, "\"kubectl loadline preflight\" tells what to do about that")
	}
	if result.PodsNotCounted != "" {
		fmt.Fprintf(out, "pods are not counted: %s\n", result.PodsNotCounted)
	}
}

func countNodes(result *preview.Result, is func(node *preview.Node) bool) int {
	number := 0
	for i := range result.Nodes {
		if is(&result.Nodes[i]) {
			number++
		}
	}
	return number
}

func printRuleSet(out io.Writer, result *preview.Result, set *preview.RuleSet, scheduler string) {
	fmt.Fprintf(out, "\n%s: about %s", set.Name, count(set.Nodes, "node"))
	if set.Pods != nil {
		fmt.Fprintf(out, ", for %d placed and %d waiting pods of %s", set.Pods.Placed, set.Pods.Waiting, scheduler)
	}
	if set.Mode == v1alpha1.Observe {
		fmt.Fprint(out, "; it only observes, and would do nothing of this")
	}
	fmt.Fprintln(out)
	for _, metric := range set.Metrics {
		if metric.Problem != "" {
			fmt.Fprintf(out, "metric %s is not measured: %s\n", metric.Name, metric.Problem)
		}
	}
}

// ruleColumn is a column of the table of rules.
type ruleColumn struct {
	title string
	// optional is left out where there is nothing in it.
	optional bool
	value    func(rule *preview.Rule) string
}

var ruleColumns = []ruleColumn{
	{"RULE", false, func(rule *preview.Rule) string { return rule.Name }},
	{"LINE", false, func(rule *preview.Rule) string { return rule.Line }},
	{"OVER", false, func(rule *preview.Rule) string { return strconv.Itoa(rule.InForce) }},
	{"PENDING", false, func(rule *preview.Rule) string { return strconv.Itoa(rule.Pending) }},
	{"UNDECIDED", true, func(rule *preview.Rule) string { return nonzero(rule.Undecided) }},
	{"UNKNOWN", false, func(rule *preview.Rule) string { return strconv.Itoa(rule.Unknown) }},
	{"REFUSED", true, func(rule *preview.Rule) string { return number(rule.Refused) }},
	{"EVICTION DUE", true, evictions},
	{"TAINTED", true, func(rule *preview.Rule) string { return number(rule.Tainted) }},
	{"LABELLED", true, func(rule *preview.Rule) string { return number(rule.Labelled) }},
}

// printRules prints what each rule comes to, in numbers of nodes.
func printRules(out io.Writer, result *preview.Result) error {
	var all []preview.Rule
	for _, set := range result.RuleSets {
		for _, rule := range set.Rules {
			rule.Name = ruleName(result, set.Name, rule.Name)
			all = append(all, rule)
		}
	}
	if len(all) == 0 {
		return nil
	}
	rows := make([][]string, 1+len(all))
	for _, column := range ruleColumns {
		empty := true
		values := []string{column.title}
		for i := range all {
			value := column.value(&all[i])
			values, empty = append(values, value), empty && value == "-"
		}
		if column.optional && empty {
			continue
		}
		for i, value := range values {
			rows[i] = append(rows[i], value)
		}
	}
	fmt.Fprintln(out)
	return printTable(out, rows)
}

func number(value *int) string {
	if value == nil {
		return "-"
	}
	return strconv.Itoa(*value)
}

func nonzero(value int) string {
	if value == 0 {
		return "-"
	}
	return strconv.Itoa(value)
}

// evictions are the nodes on which they are due, with the pods there.
func evictions(rule *preview.Rule) string {
	text := number(rule.EvictionDue)
	switch {
	case rule.EvictionPods == 0:
		return text
	case rule.EvictionsAtOnce != nil:
		return fmt.Sprintf("%s (at most %d of %s)", text, *rule.EvictionsAtOnce, count(rule.EvictionPods, "pod"))
	default:
		return fmt.Sprintf("%s (of %s)", text, count(rule.EvictionPods, "pod"))
	}
}

// ruleName tells a rule from those of other rule sets.
func ruleName(result *preview.Result, set, rule string) string {
	if len(result.RuleSets) == 1 {
		return rule
	}
	return set + "/" + rule
}

// printNotes explains what is not obvious in the numbers.
func printNotes(out io.Writer, result *preview.Result) {
	pending, undecided := 0, 0
	var notes []string
	for _, set := range result.RuleSets {
		for _, rule := range set.Rules {
			pending, undecided = pending+rule.Pending, undecided+rule.Undecided
			if rule.Suspended {
				notes = append(notes, ruleName(result, set.Name, rule.Name)+" refuses no node: more are over the line than its maxNodes allows, and they only score worst")
			}
		}
	}
	if pending > 0 {
		notes = append(notes, "pending: the conditions hold now, and nothing is known of how long they have; --duration sees more")
	}
	if undecided > 0 {
		notes = append(notes, "undecided: between the threshold and clear, so it depends on what was before, of which nothing is known; new pods are not refused")
	}
	if len(notes) > 0 {
		fmt.Fprintf(out, "\n%s\n", strings.Join(notes, "\n"))
	}
}

// metricColumn is a metric as it is shown, once for all rule sets that measure
// the same by the same name.
type metricColumn struct {
	metric preview.Metric
	// values are its places among the values of each node.
	values []int
}

func metricColumns(result *preview.Result) []metricColumn {
	var columns []metricColumn
	at := 0
	for _, set := range result.RuleSets {
		for _, metric := range set.Metrics {
			i := slices.IndexFunc(columns, func(column metricColumn) bool {
				return column.metric.Name == metric.Name && column.metric.Query == metric.Query
			})
			if i < 0 {
				i = len(columns)
				columns = append(columns, metricColumn{metric: metric})
			}
			columns[i].values = append(columns[i].values, at)
			at++
		}
	}
	return columns
}

func (c *metricColumn) of(node *preview.Node) string {
	for _, at := range c.values {
		if value := node.Values[at].Value; value != nil {
			return c.format(*value)
		}
	}
	return "-"
}

func (c *metricColumn) format(value float64) string {
	if c.metric.Fraction {
		return strconv.FormatFloat(100*value, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(value, 'g', 6, 64)
}

func printPreviewedNodes(out io.Writer, result *preview.Result, nodes []preview.Node, wide bool) error {
	columns := metricColumns(result)
	header := []string{"NODE"}
	for _, column := range columns {
		header = append(header, strings.ToUpper(column.metric.Name))
	}
	if wide {
		header = append(header, "AGE")
	}
	if result.Scored {
		header = append(header, "SCORE")
	}
	header = append(header, "RULES")
	if wide {
		header = append(header, "TAINTS", "LABELS")
	}
	rows := [][]string{header}
	for i := range nodes {
		node := &nodes[i]
		row := []string{node.Name}
		for _, column := range columns {
			row = append(row, column.of(node))
		}
		if wide {
			row = append(row, ageOf(node, result.At))
		}
		if result.Scored {
			row = append(row, scoreOf(node))
		}
		row = append(row, brokenRules(result, node))
		if wide {
			taints, labels := marksOf(node)
			row = append(row, taints, labels)
		}
		rows = append(rows, row)
	}
	return printTable(out, rows)
}

// ageOf is that of the oldest value.
func ageOf(node *preview.Node, now time.Time) string {
	oldest := time.Duration(-1)
	for _, value := range node.Values {
		if value.MeasuredAt != nil {
			oldest = max(oldest, now.Sub(*value.MeasuredAt))
		}
	}
	if oldest < 0 {
		return "-"
	}
	return oldest.Round(time.Second).String()
}

func scoreOf(node *preview.Node) string {
	if node.Score == nil {
		return "-"
	}
	return strconv.FormatInt(*node.Score, 10)
}

// brokenRules says what the rules do on a node, or why they do not.
func brokenRules(result *preview.Result, node *preview.Node) string {
	var texts []string
	for _, broken := range node.Broken {
		texts = append(texts, fmt.Sprintf("%s (%s)", ruleName(result, broken.RuleSet, broken.Rule), strings.Join(effects(&broken), ", ")))
	}
	switch {
	case len(texts) > 0:
		return strings.Join(texts, ", ")
	case node.Exempt:
		return "exempt"
	default:
		return "-"
	}
}

func effects(broken *preview.Broken) []string {
	var effects []string
	if broken.State != verdict.InForce.String() {
		effects = append(effects, strings.ToLower(broken.State))
	} else if !broken.Refused {
		effects = append(effects, "over")
	}
	if broken.Refused {
		effects = append(effects, "refused")
	}
	if broken.EvictionDue {
		effects = append(effects, "eviction due")
	}
	if broken.Taint != "" {
		effects = append(effects, "tainted")
	}
	if len(broken.Labels) > 0 {
		effects = append(effects, "labelled")
	}
	return effects
}

// marksOf are the taints and labels that the rules put on a node.
func marksOf(node *preview.Node) (taints, labels string) {
	var tainted, labelled []string
	for _, broken := range node.Broken {
		if broken.Taint != "" {
			tainted = append(tainted, broken.Taint)
		}
		for _, key := range slices.Sorted(maps.Keys(broken.Labels)) {
			labelled = append(labelled, key+"="+broken.Labels[key])
		}
	}
	return orDash(tainted), orDash(labelled)
}

func orDash(texts []string) string {
	if len(texts) == 0 {
		return "-"
	}
	return strings.Join(texts, ",")
}

// printTable prints rows under a header.
func printTable(out io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	return table.Flush()
}
