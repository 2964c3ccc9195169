// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strings"
)

// labeling puts the labels of broken rules on nodes. Where rules have different
// labels of one key, TAS documents that the rule with the greatest metric wins, or
// with the smallest for LessThan.
func (c *conversion) labeling() {
	s := c.policy.Spec.Strategies[labeling]
	done := map[string]bool{}
	for i, r := range s.Rules {
		for _, label := range r.Labels {
			key, value, _ := strings.Cut(label, "=")
			rivals := sharing(s.Rules, key)
			switch agree := haveAll(s.Rules, rivals, label); {
			case !agree:
				c.labelOf(s, i, rivals, key, value)
			case done[key]:
			case len(rivals) == 1 || s.LogicalOperator == allOf:
				c.labelOf(s, i, []int{i}, key, value)
			default:
				c.labelAny(pick(s.Rules, rivals), labeling+"-"+label, labelKey(c.policy.Name, key), value, labeling+": any of the rules with the label "+label)
			}
			done[key] = true
		}
	}
}

// sharing are the rules that have a label of a key, by their index.
func sharing(rules []rule, key string) []int {
	var found []int
	for i, r := range rules {
		if slices.ContainsFunc(r.Labels, func(label string) bool { return strings.HasPrefix(label, key+"=") }) {
			found = append(found, i)
		}
	}
	return found
}

func haveAll(rules []rule, some []int, label string) bool {
	return !slices.ContainsFunc(some, func(i int) bool { return !slices.Contains(rules[i].Labels, label) })
}

func pick(rules []rule, some []int) []rule {
	var picked []rule
	for _, i := range some {
		picked = append(picked, rules[i])
	}
	return picked
}

// labelOf puts a label of one rule on nodes, where that rule wins over its
// rivals, of which it is one itself. Each of them has a rule set of its own to
// write the label.
func (c *conversion) labelOf(s strategy, index int, rivals []int, key, value string) {
	set := c.set(slices.Index(rivals, index))
	alternatives := s.alternatives(labeling)
	broken := alternatives[min(index, len(alternatives)-1)] // all rules at once are one
	conditions, origin := set.conditions(broken.rules), broken.origin
	for _, rival := range rivals {
		if won := set.wins(s.Rules, index, rival); won != nil {
			conditions = append(conditions, condition{won, "equals", 1})
			origin = fmt.Sprintf("%s, where this rule wins the label %s", broken.origin, key)
		}
	}
	set.line(conditions, origin).label(labelKey(c.policy.Name, key), value)
}

// wins is a metric that is 1 on nodes where a rule, which is broken, wins over a
// rival, which need not be, and 0 elsewhere. It is nil for a rule that always
// wins. Of equals the first wins, where TAS takes any.
func (s *ruleSet) wins(rules []rule, index, rival int) *metric {
	ours, theirs := rules[index], rules[rival]
	a, b := s.source(ours.MetricName), s.source(theirs.MetricName)
	switch {
	case index == rival:
		return nil
	case ours.Operator == theirs.Operator && ours.Operator != equals:
		keeps, loses := ours.sign(), theirs.sign()
		if index < rival {
			keeps += "="
		} else {
			loses += "="
		}
		return s.derived(ours.MetricName+"-before-"+theirs.MetricName,
			fmt.Sprintf("%s %s bool (%s) or %s ^ 0", a.joined(), keeps, b.broken(theirs), a.joined()),
			fmt.Sprintf("0 where %s, and %s %s %s. Else 1.", theirs, theirs.MetricName, loses, ours.MetricName), a, b)
	case index < rival:
		return nil
	default:
		return s.derived("not-"+theirs.name(theirs.MetricName),
			fmt.Sprintf("(%s %s bool %d) == bool 0 or %s ^ 0", b.joined(), theirs.sign(), theirs.Target.value, a.joined()),
			fmt.Sprintf("0 where %s. Else 1. TAS does not define which of the two labels wins.", theirs), a, b)
	}
}
