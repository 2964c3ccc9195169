// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// AddPlacement has a line written for what a scheduler has decided on a pod. The
// decision is made elsewhere, and soon.
func (l *Log) AddPlacement(decision func() *explain.Decision) {
	l.Add(func() Line { return placement(decision()) })
}

// placement is the line of what a scheduler has decided on a pod.
func placement(decision *explain.Decision) Line {
	line := Line{
		Decision: Refused,
		Pod:      &Pod{Namespace: decision.Namespace, Name: decision.Pod, UID: decision.UID},
		Workload: decision.Workload,
		Reason:   decision.Note, WaitedSeconds: decision.WaitedSeconds,
	}
	grounds := refusing(decision)
	if decision.Outcome == explain.Placed {
		grounds = onNode(decision)
		line.Decision, line.Node = Placed, decision.Node
		if len(grounds) > 0 && grounds[0].Waived == WaivedGivenUp {
			line.Decision = GaveUp
		}
	} else {
		line.Reason = whyRefused(decision)
	}
	if len(grounds) > 0 {
		line.Grounds, line.Others = grounds[0], grounds[1:]
	}
	return line
}

// refusing are the grounds of the rules that kept a pod off all nodes, that which
// refused the most first, and then of those that would have refused some.
func refusing(decision *explain.Decision) []Grounds {
	refusals := slices.Clone(decision.Refusals)
	slices.SortStableFunc(refusals, func(a, b explain.Refusal) int {
		return cmp.Or(cmp.Compare(rank(waiver(&a)), rank(waiver(&b))), cmp.Compare(b.Nodes, a.Nodes))
	})
	var all []Grounds
	for i := range refusals {
		refusal := &refusals[i]
		if len(refusal.Examples) == 0 {
			continue
		}
		closest := &refusal.Examples[0]
		for _, of := range grounds(verdict.RuleKey{Set: refusal.RuleSet, Rule: refusal.Rule}, closest.Node, closest.Readings, decision.Time) {
			of.Waived = waiver(refusal)
			if of.Waived == "" {
				of.Refused = refusal.Nodes
			}
			all = append(all, of)
		}
	}
	return all
}

// onNode are the grounds of the rules on the node where a pod was placed: first of
// those that would have refused it.
func onNode(decision *explain.Decision) []Grounds {
	var all []Grounds
	for i := range decision.Refusals {
		refusal := &decision.Refusals[i]
		if len(refusal.Examples) == 0 || refusal.Examples[0].Node != decision.Node {
			continue
		}
		for _, of := range grounds(verdict.RuleKey{Set: refusal.RuleSet, Rule: refusal.Rule}, decision.Node, refusal.Examples[0].Readings, decision.Time) {
			of.Waived = waiver(refusal)
			all = append(all, of)
		}
	}
	slices.SortStableFunc(all, func(a, b Grounds) int { return cmp.Compare(rank(a.Waived), rank(b.Waived)) })
	for i := range decision.Passed {
		passed := &decision.Passed[i]
		all = append(all, grounds(verdict.RuleKey{Set: passed.RuleSet, Rule: passed.Rule}, decision.Node, passed.Readings, decision.Time)...)
	}
	return all
}

// GroundsOf are what a rule goes by on a node, one for each of its conditions.
func GroundsOf(rule verdict.RuleKey, node string, compared []verdict.Compared, at time.Time) []Grounds {
	return grounds(rule, node, explain.Readings(compared, at), at)
}

func grounds(rule verdict.RuleKey, node string, readings []explain.Reading, at time.Time) []Grounds {
	all := make([]Grounds, 0, len(readings))
	for i := range readings {
		reading := &readings[i]
		of := Grounds{
			Rule: &rule, Node: node, Metric: reading.Metric, Value: reading.Value, Projected: reading.Projected,
			Threshold: cmp.Or(reading.Above, reading.Below, reading.Equals), Clear: reading.Clear,
		}
		of.Clear = cmp.Or(of.Clear, of.Threshold)
		if reading.Value != nil {
			of.MeasuredAt = at.Add(-time.Duration(reading.AgeSeconds * float64(time.Second))).Round(time.Millisecond)
			of.AgeSeconds = Age(at, of.MeasuredAt)
		}
		all = append(all, of)
	}
	return all
}

func waiver(refusal *explain.Refusal) Waiver {
	switch {
	case refusal.GivenUp:
		return WaivedGivenUp
	case refusal.Observed:
		return WaivedObserved
	case refusal.Suspended:
		return WaivedSuspended
	default:
		return ""
	}
}

// rank is in which order rules are told of: those first that refuse.
func rank(waived Waiver) int {
	return slices.Index([]Waiver{"", WaivedGivenUp, WaivedSuspended, WaivedObserved}, waived)
}

// whyRefused names the rules that refused nodes, and how many of them.
func whyRefused(decision *explain.Decision) string {
	var rules []string
	for i := range decision.Refusals {
		if refusal := &decision.Refusals[i]; waiver(refusal) == "" {
			rules = append(rules, fmt.Sprintf("%s/%s %d", refusal.RuleSet, refusal.Rule, refusal.Nodes))
		}
	}
	return fmt.Sprintf("no node takes it; of %d nodes, load lines refused: %s", decision.Nodes, strings.Join(rules, ", "))
}
