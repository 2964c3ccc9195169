// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"
	"slices"
)

// MaxScore is the score of the best node. It is the same as the scheduling
// framework's MaxNodeScore.
const MaxScore = 100

// notGovernedScore is that of a node that a set's preferences are not about.
const notGovernedScore = MaxScore / 2

// Scores rank candidate nodes, given by their index in the snapshot, by the
// preferences of these rule sets: 0 to MaxScore for each, in the order given.
//
// A preference scores linearly between the two ends of its range,
//
//	Lower:  100 * (high - value) / (high - low)
//	Higher: 100 * (value - low) / (high - low)
//	near t: 100 * (1 - |value - t| / max(t - low, high - t))
//
// with values outside clamped, so that distances are kept. The range is as
// given, or 0 to 1 for metrics that are fractions, or from the lowest to the
// highest value among the candidates (100 for each if all are equal). A node
// without the metric scores 0, and one that the set does not govern, or that can
// never have the metric, 50. A node's score is the mean over all preferences by
// weight, rounded once.
//
// Nodes over the line of a suspended rule score 0, and all others at least 1.
func Scores(sets []*SetVerdict, nodes []int) []int64 {
	sums := make([]float64, len(nodes))
	weights := 0.0
	for _, set := range sets {
		for _, p := range set.set.preferences {
			weights += p.weight
			set.addScores(p, nodes, sums)
		}
	}
	scores := make([]int64, len(nodes))
	for i, sum := range sums {
		scores[i] = MaxScore
		if weights > 0 {
			scores[i] = int64(math.Round(sum / weights))
		}
	}
	applySuspended(sets, nodes, scores)
	return scores
}

// addScores adds the weighted score of one preference to the sums.
func (v *SetVerdict) addScores(p preference, nodes []int, sums []float64) {
	low, high := p.low, p.high
	switch {
	case p.bounded:
	case v.set.metrics[p.metric].fraction:
		low, high = 0, 1
	default:
		low, high = v.bounds(p.metric, nodes)
	}
	for i, node := range nodes {
		sums[i] += p.weight * v.scoreOf(p, node, low, high)
	}
}

func (v *SetVerdict) scoreOf(p preference, node int, low, high float64) float64 {
	switch {
	case node == NoNode:
		return 0
	case !v.governed[node], v.exempt[node] && !v.readings[p.metric][node].Known:
		return notGovernedScore
	case !v.readings[p.metric][node].Known:
		return 0
	case low == high:
		return MaxScore
	default:
		return p.score(v.readings[p.metric][node].Value, low, high)
	}
}

// bounds are the lowest and the highest known value among the nodes that the set
// governs.
func (v *SetVerdict) bounds(metric int, nodes []int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, node := range nodes {
		if node != NoNode && v.governed[node] && v.readings[metric][node].Known {
			low = math.Min(low, v.readings[metric][node].Value)
			high = math.Max(high, v.readings[metric][node].Value)
		}
	}
	return low, high
}

// applySuspended makes the nodes worst that a rule would have refused, had it not
// been too many.
func applySuspended(sets []*SetVerdict, nodes []int, scores []int64) {
	var suspended []*RuleVerdict
	for _, set := range sets {
		for _, rule := range set.Rules {
			if rule.Suspended && !rule.Observed {
				suspended = append(suspended, rule)
			}
		}
	}
	if len(suspended) == 0 {
		return
	}
	for i, node := range nodes {
		if slices.ContainsFunc(suspended, func(rule *RuleVerdict) bool { return rule.Over(node) }) {
			scores[i] = 0
		} else {
			scores[i] = max(1, scores[i])
		}
	}
}
