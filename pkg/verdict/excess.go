// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"
	"slices"
)

// LeastOver ranks candidate nodes for a pod that has waited for these rules for
// long enough: 0 to MaxScore for each, in the order given, the higher the less
// the node is over their lines.
//
// A node is over a line by the distance of the value from the threshold, as a
// share of the threshold, and by the smallest of these where a rule has several
// conditions, since one that ceases to hold is enough.
func LeastOver(sets []*SetVerdict, rules []*RuleVerdict, nodes []int, arrival *Arrival) []int64 {
	excesses := make([]float64, len(nodes))
	for _, set := range sets {
		for _, rule := range set.Rules {
			if !slices.Contains(rules, rule) {
				continue
			}
			for i, node := range nodes {
				excesses[i] = math.Max(excesses[i], set.excess(rule, node, arrival))
			}
		}
	}
	highest := slices.Max(append(excesses, 0))
	scores := make([]int64, len(nodes))
	for i, excess := range excesses {
		scores[i] = MaxScore
		if highest > 0 {
			scores[i] = int64(math.Round(MaxScore * (1 - excess/highest)))
		}
	}
	return scores
}

// excess is how far a node is over the line of a rule: 0 where it is not.
func (v *SetVerdict) excess(rule *RuleVerdict, node int, arrival *Arrival) float64 {
	if rule.Judge(node, arrival) == Accepted {
		return 0
	}
	smallest := math.MaxFloat64
	for _, c := range rule.rule.conditions {
		if value, known := v.value(c.metric, node, arrival); known {
			smallest = math.Min(smallest, c.excess(value))
		}
	}
	return smallest
}
