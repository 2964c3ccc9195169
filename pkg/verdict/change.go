// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"slices"
	"strings"
)

// Change is a rule whose line a node has come over or back below.
type Change struct {
	Rule RuleKey
	Node string
	// State is the rule's state on the node now. A rule that was deleted is OK.
	State State
	// Over tells that the rule would now keep new pods off the node.
	Over bool
	// Observed tells that the rule's set only observes.
	Observed bool
	// Reading is the latest of the first condition's metric on the node. Not
	// Known where the rule was deleted.
	Reading Reading
}

// Changes are the nodes that have come over the line of a rejecting rule, or back
// below it, between two snapshots, by rule and node. Nodes that are gone are
// left out. before may be nil.
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
	past := before.over(rule.Key, after.nodes)
	for i, node := range after.nodes.names {
		if rule.Over(i) == past(i) {
			continue
		}
		changes = append(changes, Change{
			Rule: rule.Key, Node: node, State: rule.states[i], Over: rule.Over(i), Observed: rule.Observed,
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
			if _, found := after.Rule(rule.Key); found != nil {
				continue
			}
			for i, node := range before.nodes.names {
				if rule.Over(i) && after.Index(node) != NoNode {
					changes = append(changes, Change{Rule: rule.Key, Node: node, State: OK, Observed: rule.Observed})
				}
			}
		}
	}
	return changes
}

// over tells, by the positions of the nodes in an index, which of them were over
// a rule's line in this snapshot.
func (s *Snapshot) over(key RuleKey, nodes *nodeIndex) func(node int) bool {
	_, rule := s.Rule(key)
	if rule == nil {
		return func(int) bool { return false }
	}
	positions := nodes.in(s.nodes)
	return func(node int) bool { return rule.Over(positions[node]) }
}

// Relaxed are the rules of an earlier snapshot under which a pod that was
// refused then might be placed now: a node is refused no longer, or the rule's
// set is gone or is for other pods.
func Relaxed(before, after *Snapshot) map[RuleKey]bool {
	if before == nil || before == after {
		return nil
	}
	sets := make(map[string]*Set, len(after.Sets))
	for _, set := range after.Sets {
		sets[set.Name] = set.set
	}
	relaxed := map[RuleKey]bool{}
	for _, set := range before.Sets {
		now := sets[set.Name]
		for _, rule := range set.Rules {
			if rule.Refusing > 0 && (now == nil || !now.samePods(set.set) || rule.letsGo(before, after)) {
				relaxed[rule.Key] = true
			}
		}
	}
	return relaxed
}

// letsGo tells whether a node that the rule refused before is refused by it no
// longer.
func (v *RuleVerdict) letsGo(before, after *Snapshot) bool {
	_, now := after.Rule(v.Key)
	if now == nil {
		return true
	}
	for i, at := range before.nodes.in(after.nodes) {
		if at != NoNode && v.Refuses(i) && !now.Refuses(at) {
			return true
		}
	}
	return false
}
