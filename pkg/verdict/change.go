// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"
	"strings"
)

// Change is a rule that has begun or ceased to refuse a node.
type Change struct {
	Rule RuleKey
	Node string
	// State is the rule's state on the node now. A rule that was deleted is OK.
	State State
	// Reading is the latest of the first condition's metric on the node. Not
	// Known where the rule was deleted.
	Reading Reading
}

// Changes are the nodes that rules have begun or ceased to refuse between two
// snapshots, by rule and node. Nodes that are gone are left out. before may be
// nil.
func Changes(before, after *Snapshot) []Change {
	var changes []Change
	for _, set := range after.Sets {
		for _, rule := range set.Rules {
			changes = append(changes, ruleChanges(before, after, set, rule)...)
		}
	}
	changes = append(changes, deletedRules(before, after)...)
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Rule.Set, b.Rule.Set), strings.Compare(a.Rule.Rule, b.Rule.Rule), strings.Compare(a.Node, b.Node))
	})
	return changes
}

func ruleChanges(before, after *Snapshot, set *SetVerdict, rule *RuleVerdict) []Change {
	var changes []Change
	past := before.refusals(rule.Key)
	for node, i := range after.nodes {
		if rule.Refuses(i) == past(node) {
			continue
		}
		changes = append(changes, Change{
			Rule: rule.Key, Node: node, State: rule.states[i],
			Reading: set.readings[rule.rule.conditions[0].metric][i],
		})
	}
	return changes
}

func deletedRules(before, after *Snapshot) []Change {
	if before == nil {
		return nil
	}
	var changes []Change
	for _, set := range before.Sets {
		for _, rule := range set.Rules {
			if found, _ := after.find(rule.Key); found != nil {
				continue
			}
			for node, i := range before.nodes {
				if rule.Refuses(i) && after.Index(node) != NoNode {
					changes = append(changes, Change{Rule: rule.Key, Node: node, State: OK})
				}
			}
		}
	}
	return changes
}

// refusals tells, by node name, what a rule refused in this snapshot.
func (s *Snapshot) refusals(key RuleKey) func(node string) bool {
	if s == nil {
		return func(string) bool { return false }
	}
	rule, _ := s.find(key)
	if rule == nil {
		return func(string) bool { return false }
	}
	return func(node string) bool { return rule.Refuses(s.Index(node)) }
}

// Relaxed are the rules of an earlier snapshot under which a pod that was
// refused then might be placed now: a node is refused no longer, or the rule's
// set is gone or selects other pods.
func Relaxed(before, after *Snapshot) map[RuleKey]bool {
	if before == nil || before == after {
		return nil
	}
	relaxed := map[RuleKey]bool{}
	for _, change := range Changes(before, after) {
		if change.State != Broken {
			relaxed[change.Rule] = true
		}
	}
	selectors := make(map[string]string, len(after.Sets))
	for _, set := range after.Sets {
		selectors[set.Name] = set.set.podSelector.String()
	}
	for _, set := range before.Sets {
		if now, ok := selectors[set.Name]; ok && now == set.set.podSelector.String() {
			continue
		}
		for _, rule := range set.Rules {
			relaxed[rule.Key] = true
		}
	}
	return relaxed
}
