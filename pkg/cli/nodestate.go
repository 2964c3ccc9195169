// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// state says in words what the rules come to on a node, with the rule that matters
// most.
func (t *nodeTable) state(node *inspect.Node) string {
	switch node.State {
	case inspect.Exempt:
		return "exempt"
	case inspect.Ungoverned:
		return "no rules"
	case inspect.OK:
		return "OK"
	case inspect.NoData:
		return "no data: " + strings.Join(unmeasured(node), ", ")
	}
	rules := t.broken(node)
	if len(rules) == 0 { // of a later version
		return string(node.State)
	}
	first := rules[0]
	text := fmt.Sprintf("%s: %s", t.since(node.State, first), first.label())
	if more := len(rules) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// since says in which state a rule is, and for how long.
func (t *nodeTable) since(state inspect.NodeState, rule brokenRule) string {
	held := "?"
	if rule.Since != nil {
		held = heldFor(t.nodes.Snapshot, *rule.Since)
	}
	switch state {
	case inspect.Over:
		return "over line for " + held
	case inspect.Pending:
		return "past line for " + held + ", not in force yet"
	case inspect.Expected:
		return "over line with expected pods"
	default:
		return strings.ToLower(string(state))
	}
}

// heldFor is how long something has held by now, by the scheduler's clock.
func heldFor(snapshot inspect.Snapshot, since time.Time) string {
	held := snapshot.Time.Sub(since) + time.Duration(snapshot.AgeSeconds*float64(time.Second))
	return duration.HumanDuration(max(0, held))
}

// brokenRule is a rule that has a part in the state of a node.
type brokenRule struct {
	*inspect.NodeRule
	of   *inspect.RuleSet
	rule *inspect.Rule
}

// label names the rule, and says why it does nothing, if so.
func (b brokenRule) label() string {
	label := b.of.Name + "/" + b.Name
	switch {
	case b.of.Observed:
		label += " (only observed)"
	case b.rule.Suspended:
		label += " (gives way: maxNodes)"
	}
	return label
}

// idle tells that the rule refuses nobody.
func (b brokenRule) idle() bool { return b.of.Observed || b.rule.Suspended }

// broken are the rules that have a part in the state of a node, those that act
// first.
func (t *nodeTable) broken(node *inspect.Node) []brokenRule {
	var broken []brokenRule
	for i := range node.RuleSets {
		for k := range node.RuleSets[i].Rules {
			rule := &node.RuleSets[i].Rules[k]
			if !hasPart(node.State, rule) {
				continue
			}
			if set, of := findRule(t.nodes.RuleSets, node.RuleSets[i].Name, rule.Name); of != nil {
				broken = append(broken, brokenRule{rule, set, of})
			}
		}
	}
	slices.SortStableFunc(broken, func(a, b brokenRule) int {
		switch {
		case a.idle() == b.idle():
			return 0
		case b.idle():
			return -1
		default:
			return 1
		}
	})
	return broken
}

// hasPart tells whether a rule is the reason for the state of its node.
func hasPart(state inspect.NodeState, rule *inspect.NodeRule) bool {
	switch state {
	case inspect.Over:
		return rule.State == verdict.InForce.String()
	case inspect.Expected:
		return rule.Refuses
	case inspect.Pending:
		return rule.State == verdict.Pending.String()
	case inspect.Undecided:
		return rule.State == verdict.Undecided.String()
	default:
		return false
	}
}

func findRule(all []inspect.RuleSet, set, rule string) (*inspect.RuleSet, *inspect.Rule) {
	for i := range all {
		if all[i].Name != set {
			continue
		}
		for k := range all[i].Rules {
			if all[i].Rules[k].Name == rule {
				return &all[i], &all[i].Rules[k]
			}
		}
	}
	return nil, nil
}

// unmeasured are the metrics of a node that are missing.
func unmeasured(node *inspect.Node) []string {
	var names []string
	for _, set := range node.RuleSets {
		for _, reading := range set.Readings {
			if reading.Value == nil && !slices.Contains(names, reading.Metric) {
				names = append(names, reading.Metric)
			}
		}
	}
	return names
}
