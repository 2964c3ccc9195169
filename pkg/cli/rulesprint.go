// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/standing"
)

func (s *shownRules) print(streams genericiooptions.IOStreams, name string) error {
	switch {
	case s.output == "json" || s.output == "yaml":
		return printObject(streams.Out, s.Report, s.output)
	case len(s.RuleSets) == 0:
		fmt.Fprintln(streams.ErrOut, "No rule sets found: label their ConfigMap loadline.dev/rules=true")
		return nil
	case name != "":
		for i := range s.RuleSets {
			if i > 0 {
				fmt.Fprintln(streams.Out)
			}
			if err := s.printOne(streams.Out, &s.RuleSets[i]); err != nil {
				return err
			}
		}
		return nil
	default:
		return s.list(streams.Out)
	}
}

// list prints all rule sets, and then why some are not in force.
func (s *shownRules) list(out io.Writer) error {
	wide := s.output == "wide"
	header := []string{"NAME", "MODE", "STATE", "SOURCE", "AGE", "EDITED", "NODES", "OVER"}
	if wide {
		header = append(header, "NO DATA", "EDITED BY", "VERSION")
	}
	var rows [][]string
	if !s.noHeaders {
		rows = append(rows, header)
	}
	for i := range s.RuleSets {
		rows = append(rows, s.row(&s.RuleSets[i], wide))
	}
	if err := printTable(out, rows); err != nil {
		return err
	}
	gap := "\n"
	for i := range s.RuleSets {
		if set := &s.RuleSets[i]; set.Error != "" {
			fmt.Fprintf(out, "%s%s: %s: %s\n", gap, sourceText(set), s.stateText(set), oneLine(set.Error))
			gap = ""
		}
	}
	return nil
}

func (s *shownRules) row(set *standing.RuleSet, wide bool) []string {
	edited, by, nodes := "-", "-", "-"
	if set.Edited != nil {
		edited, by = s.since(set.Edited.Time), set.Edited.Manager
	}
	if set.Measured {
		nodes = strconv.Itoa(set.Rules.Nodes)
	}
	row := []string{
		cmp.Or(set.Name, "-"), cmp.Or(string(set.Mode), "-"), s.stateText(set), sourceText(set), s.since(set.Created), edited, nodes, overText(set),
	}
	if wide {
		row = append(row, missingText(set), by, cmp.Or(set.ResourceVersion, "-"))
	}
	return row
}

func sourceText(set *standing.RuleSet) string { return set.ConfigMap + "/" + set.Key }

func (s *shownRules) since(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return duration.HumanDuration(max(0, s.now.Sub(at)))
}

// stateText says how a text stands.
func (s *shownRules) stateText(set *standing.RuleSet) string {
	switch set.State {
	case standing.InForce:
		return "in force"
	case standing.Refused:
		if set.LastGood {
			return "refused, earlier content in force"
		}
		return "refused"
	case standing.Superseded:
		return "superseded by " + set.SupersededBy
	case standing.Unread:
		if set.Error != "" {
			return "not read yet, would be refused"
		}
		if set.LastGood {
			return "not read yet, earlier content in force"
		}
		return "not read yet"
	case standing.Gone:
		return "gone"
	default: // of a later version
		return string(set.State)
	}
}

// overText is on how many nodes each rule is in force.
func overText(set *standing.RuleSet) string {
	if !set.Measured {
		return "-"
	}
	var texts []string
	for i := range set.Rules.Rules {
		if rule := &set.Rules.Rules[i]; rule.InForce > 0 {
			texts = append(texts, fmt.Sprintf("%d %s%s", rule.InForce, rule.Name, givesWay(rule)))
		}
	}
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, ", ")
}

func givesWay(rule *inspect.Rule) string {
	if rule.Suspended {
		return " (gives way: maxNodes)"
	}
	return ""
}

// missingText is on how many nodes each metric is missing.
func missingText(set *standing.RuleSet) string {
	if !set.Measured {
		return "-"
	}
	var texts []string
	for _, metric := range set.Rules.Metrics {
		if metric.Missing > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", metric.Missing, metric.Name))
		}
	}
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, ", ")
}

// printOne tells all of one rule set.
func (s *shownRules) printOne(out io.Writer, set *standing.RuleSet) error {
	var head heading
	head.add("Rule set", set.Name)
	head.add("Mode", modeText(set))
	head.add("State", s.stateText(set))
	head.add("Error", oneLine(set.Error))
	head.add("Source", fmt.Sprintf("key %s of ConfigMap %s", set.Key, set.ConfigMap))
	if set.ResourceVersion != "" {
		head.add("Version", fmt.Sprintf("%s, made %s ago", set.ResourceVersion, s.since(set.Created)))
	}
	if set.Edited != nil {
		head.add("Edited", fmt.Sprintf("%s ago by %s (%s)", s.since(set.Edited.Time), set.Edited.Manager, set.Edited.Operation))
	}
	if set.Rules != nil {
		head.add("Nodes", nodesText(set))
		if set.Rules.Preferences > 0 {
			head.add("Ranks nodes", "by "+count(set.Rules.Preferences, "preference"))
		}
	}
	if err := printTable(out, head); err != nil || set.Rules == nil {
		return err
	}
	if err := s.printRules(out, set); err != nil {
		return err
	}
	return s.printMetrics(out, set)
}

func modeText(set *standing.RuleSet) string {
	if set.Rules != nil && set.Rules.Observed {
		return string(set.Mode) + ": its rules say what they would do, and do nothing"
	}
	return string(set.Mode)
}

func nodesText(set *standing.RuleSet) string {
	switch {
	case !set.Measured:
		return ""
	case set.Rules.Exempt > 0:
		return fmt.Sprintf("%d, with %d exempt, since nobody can measure them", set.Rules.Nodes, set.Rules.Exempt)
	default:
		return strconv.Itoa(set.Rules.Nodes)
	}
}

func (s *shownRules) printRules(out io.Writer, set *standing.RuleSet) error {
	if len(set.Rules.Rules) == 0 {
		return nil
	}
	var rows [][]string
	if !s.noHeaders {
		rows = append(rows, []string{"RULE", "LINE", "EFFECTS", "OVER", "PENDING", "UNKNOWN", "REFUSED", "EVICTION DUE"})
	}
	for i := range set.Rules.Rules {
		rule := &set.Rules.Rules[i]
		row := []string{rule.Name, rulesLine(rule), rulesEffects(rule)}
		for _, number := range []int{rule.InForce, rule.Pending, rule.Unknown, rule.Refusing, rule.EvictionDue} {
			if !set.Measured {
				row = append(row, "-")
				continue
			}
			row = append(row, strconv.Itoa(number))
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(out)
	if err := printTable(out, rows); err != nil {
		return err
	}
	for i := range set.Rules.Rules {
		printRuleNotes(out, &set.Rules.Rules[i])
	}
	return nil
}

// printRuleNotes says what the numbers do not.
func printRuleNotes(out io.Writer, rule *inspect.Rule) {
	if rule.Suspended {
		fmt.Fprintf(out, "%s gives way: more than %s of its %d nodes are over the line, so that it refuses none, and they only score worst\n",
			rule.Name, shareText(rule.Effects.Reject.MaxNodes), rule.Nodes)
	}
	if rule.Untainted {
		fmt.Fprintf(out, "%s taints none: more than %s of its %d nodes are over the line\n", rule.Name, shareText(rule.Effects.Taint.MaxNodes), rule.Nodes)
	}
	if rule.Undecided > 0 {
		fmt.Fprintf(out, "%s is undecided on %s: between the threshold and clear, and nothing is known of what was before\n", rule.Name, count(rule.Undecided, "node"))
	}
}

// lastingText is how long something has to last, as people write it.
func lastingText(seconds float64) string {
	return duration.HumanDuration(time.Duration(seconds * float64(time.Second)))
}

func shareText(share float64) string { return plain(100*share) + "%" }

// rulesLine is when a rule is broken.
func rulesLine(rule *inspect.Rule) string {
	var texts []string
	for _, line := range rule.Lines {
		texts = append(texts, line.Metric+" "+lineText(line))
	}
	text := strings.Join(texts, " and ")
	if rule.Effects.ForSeconds > 0 {
		text += " for " + lastingText(rule.Effects.ForSeconds)
	}
	return text
}

// lineText is what a metric is compared with.
func lineText(line inspect.Line) string {
	return shownReading{&explain.Reading{Fraction: line.Fraction, Above: line.Above, Below: line.Below, Equals: line.Equals, Clear: line.Clear}}.line()
}

// rulesEffects is what a rule does.
func rulesEffects(rule *inspect.Rule) string {
	of, effects := &rule.Effects, []string{}
	if of.Reject != nil {
		text := "reject"
		if of.Reject.MaxNodes < 1 {
			text += " up to " + shareText(of.Reject.MaxNodes)
		}
		if of.Reject.GiveUpAfterSeconds > 0 {
			text += " for " + lastingText(of.Reject.GiveUpAfterSeconds)
		}
		if of.Reject.Missing {
			text += " also without data"
		}
		effects = append(effects, text)
	}
	if of.Evict != nil {
		effects = append(effects, "evict after "+lastingText(of.Evict.ForSeconds))
	}
	if of.Taint != nil {
		effects = append(effects, "taint "+of.Taint.Taint)
	}
	for _, key := range slices.Sorted(maps.Keys(of.Labels)) {
		effects = append(effects, "label "+key+"="+of.Labels[key])
	}
	return strings.Join(effects, ", ")
}

func (s *shownRules) printMetrics(out io.Writer, set *standing.RuleSet) error {
	if !set.Measured || len(set.Rules.Metrics) == 0 {
		return nil
	}
	var rows [][]string
	if !s.noHeaders {
		rows = append(rows, []string{"METRIC", "KNOWN", "MISSING", "OLDEST"})
	}
	for _, metric := range set.Rules.Metrics {
		oldest := "-"
		if metric.Known > 0 {
			oldest = secondsText(metric.OldestSeconds)
		}
		rows = append(rows, []string{metric.Name, strconv.Itoa(metric.Known), strconv.Itoa(metric.Missing), oldest})
	}
	fmt.Fprintln(out)
	return printTable(out, rows)
}
