// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli/explained"
	"github.com/loadline-dev/loadline/pkg/explain"
)

// shownExamples is the number of nodes that are shown of each rule.
const shownExamples = 5

func (f *explainFlags) print(streams genericiooptions.IOStreams, pod string, result *explained.Result) error {
	machine := f.output == "json" || f.output == "yaml"
	switch {
	case result.Decision == nil && machine:
		_, err := fmt.Fprintf(streams.ErrOut, "decision on pod %s: %s\n", pod, result.Absence())
		return err
	case result.Decision == nil:
		return f.printAbsence(streams.Out, pod, result)
	case machine:
		return printObject(streams.Out, result.Decision.Served, f.output)
	default:
		return f.printDecision(streams.Out, pod, result)
	}
}

// heading are the lines before the tables.
type heading [][]string

func (h *heading) add(key, value string) {
	if value != "" {
		*h = append(*h, []string{key + ":", value})
	}
}

func (f *explainFlags) printAbsence(out io.Writer, pod string, result *explained.Result) error {
	var head heading
	head.add("Pod", pod)
	head.add("Decision", result.Absence())
	if earlier := result.Earlier; earlier != nil {
		head.add("Earlier", "another pod of this name: "+outcome(result, earlier))
	}
	head.add("Now", result.State())
	head.add("Asked", result.Asked())
	return printTable(out, head)
}

func (f *explainFlags) printDecision(out io.Writer, pod string, result *explained.Result) error {
	decision := result.Decision
	wide := f.output == "wide"
	var head heading
	head.add("Pod", pod)
	if wide {
		head.add("UID", string(decision.UID))
	}
	head.add("Decision", outcome(result, decision))
	head.add("Note", decision.Note)
	if decision.WaitedSeconds > 0 {
		head.add("Waited", secondsText(decision.WaitedSeconds)+" for load lines")
	}
	head.add("Estimate", estimatesText(decision.Estimates))
	head.add("Rule sets", strings.Join(decision.RuleSets, ", "))
	head.add("Nodes", nodesOf(decision))
	measured := decision.Time.Local().Format(time.RFC3339)
	if wide {
		measured += fmt.Sprintf(", snapshot %d", decision.Generation)
	}
	head.add("Measured", measured)
	if wide {
		head.add("Asked", result.Asked())
	}
	head.add("Now", result.State())
	if err := printTable(out, head); err != nil {
		return err
	}
	if err := f.printRefusals(out, decision); err != nil {
		return err
	}
	return printScores(out, decision, wide)
}

// outcome says what became of the pod, and when.
func outcome(result *explained.Result, decision *explained.Decision) string {
	age := result.Age(decision) + " ago"
	switch decision.Outcome {
	case explain.Placed:
		return fmt.Sprintf("placed on node %s, %s", decision.Node, age)
	case explain.Refused:
		return "refused, " + age + ": no node took the pod"
	default:
		return strings.ToLower(string(decision.Outcome)) + ", " + age
	}
}

// nodesOf says how much of it were load lines.
func nodesOf(decision *explained.Decision) string {
	refused := 0
	for i := range decision.Refusals {
		if refuses(&decision.Refusals[i]) {
			refused += decision.Refusals[i].Nodes
		}
	}
	switch {
	case decision.Nodes == 0:
		return ""
	case decision.Outcome != explain.Refused && refused == 0:
		return fmt.Sprintf("load lines refused none of %d", decision.Nodes)
	case decision.Outcome != explain.Refused:
		return fmt.Sprintf("load lines refused %d of %d", refused, decision.Nodes)
	case refused == 0:
		return fmt.Sprintf("load lines refused none of %d: other plugins of the scheduler did", decision.Nodes)
	case refused < decision.Nodes:
		return fmt.Sprintf("load lines refused %d of %d, and other plugins of the scheduler the rest", refused, decision.Nodes)
	default:
		return fmt.Sprintf("load lines refused all of %d", decision.Nodes)
	}
}

// refuses tells whether a rule really refused nodes.
func refuses(refusal *explain.Refusal) bool {
	return !refusal.GivenUp && !refusal.Suspended && !refusal.Observed
}

// printRefusals prints what each rule had against nodes: those that refused the
// most first, and then those that refused none.
func (f *explainFlags) printRefusals(out io.Writer, decision *explained.Decision) error {
	refusals := slices.Clone(decision.Refusals)
	slices.SortStableFunc(refusals, func(a, b explain.Refusal) int {
		if refuses(&a) != refuses(&b) {
			if refuses(&a) {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Nodes, a.Nodes)
	})
	for i := range refusals {
		fmt.Fprintf(out, "\n%s\n", statement(&refusals[i], decision))
		if err := f.printExamples(out, &refusals[i], decision); err != nil {
			return err
		}
	}
	// With fewer nodes than that, the scheduler looks at all.
	const looksAtAll = 100
	if decision.Outcome == explain.Placed && decision.Nodes > looksAtAll && slices.ContainsFunc(refusals, func(refusal explain.Refusal) bool { return refuses(&refusal) }) {
		fmt.Fprintln(out, "\nThe scheduler looks at no more nodes once it has found enough, so that more may be over these lines.")
	}
	return nil
}

// statement says what a rule did.
func statement(refusal *explain.Refusal, decision *explained.Decision) string {
	rule := refusal.RuleSet + "/" + refusal.Rule
	number := fmt.Sprintf("%d of %d nodes", refusal.Nodes, decision.Nodes)
	switch {
	case refusal.Observed && refusal.Suspended:
		return fmt.Sprintf("%s would have refused none, since %s are over it, more than its maxNodes allows; its rule set only observes", rule, number)
	case refusal.Observed:
		return fmt.Sprintf("%s would have refused %s, but its rule set only observes", rule, number)
	case refusal.Suspended:
		return fmt.Sprintf("%s refused none, since %s are over it, more than its maxNodes allows", rule, number)
	case refusal.GivenUp:
		return fmt.Sprintf("%s refused no more nodes, since the pod had waited for longer than the rule's giveUpAfter; %s are over its line", rule, number)
	default:
		return fmt.Sprintf("%s refused %s", rule, number)
	}
}

func (f *explainFlags) printExamples(out io.Writer, refusal *explain.Refusal, decision *explained.Decision) error {
	examples := refusal.Examples
	if !f.all && len(examples) > shownExamples {
		examples = examples[:shownExamples]
	}
	if len(examples) == 0 {
		return nil
	}
	projected := slices.ContainsFunc(examples, func(example explain.NodeReadings) bool {
		return slices.ContainsFunc(example.Readings, func(reading explain.Reading) bool { return reading.Projected != nil })
	})
	header := []string{"NODE", "METRIC", "LINE", "MEASURED", "AGE", "WHY"}
	if projected {
		header = slices.Insert(header, 4, "WITH POD")
	}
	rows := [][]string{header}
	for _, example := range examples {
		node := example.Node
		if node == decision.Node {
			node += " (chosen)"
		}
		for i := range example.Readings {
			reading := shownReading{&example.Readings[i]}
			row := []string{node, reading.Metric, reading.line(), reading.measured(), reading.age(), reading.why()}
			if projected {
				row = slices.Insert(row, 4, reading.projected())
			}
			rows = append(rows, row)
			node = ""
		}
	}
	fmt.Fprintln(out)
	if err := printTable(out, rows); err != nil {
		return err
	}
	if len(examples) < refusal.Nodes {
		fmt.Fprintf(out, "Shown: %d of %d", len(examples), refusal.Nodes)
		if refuses(refusal) {
			fmt.Fprint(out, ", those that are least over it")
		}
		if len(examples) < len(refusal.Examples) {
			fmt.Fprintf(out, "; --all shows %d", len(refusal.Examples))
		}
		fmt.Fprintln(out)
	}
	return nil
}
