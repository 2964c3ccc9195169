// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// MaxScore is the score of the best node. It is the same as the scheduling
// framework's MaxNodeScore.
const MaxScore = 100

// Scores rank candidate nodes, given by their index in the snapshot, by the
// preferences of these rule sets: 0 to MaxScore for each, in the order given.
//
// A preference scores linearly between the two ends of its metric's range,
//
//	Lower:  100 * (high - value) / (high - low)
//	Higher: 100 * (value - low) / (high - low)
//
// with values outside clamped, so that distances are kept. The range is 0 to 1
// for built-in metrics, which are fractions, and otherwise from the lowest to
// the highest value among the candidates (100 for each if all are equal). A
// node without the metric scores 0. A node's score is the mean over all
// preferences by weight, rounded once.
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
		if weights > 0 {
			scores[i] = int64(math.Round(sum / weights))
		}
	}
	return scores
}

// addScores adds the weighted score of one preference to the sums.
func (v *SetVerdict) addScores(p preference, nodes []int, sums []float64) {
	readings := v.readings[p.metric]
	low, high := 0.0, 1.0
	if !v.set.metrics[p.metric].fraction {
		low, high = bounds(readings, nodes)
	}
	for i, node := range nodes {
		if node != NoNode && readings[node].Known {
			sums[i] += p.weight * p.score(readings[node].Value, low, high)
		}
	}
}

func (p *preference) score(value, low, high float64) float64 {
	if low == high {
		return MaxScore
	}
	position := (value/2 - low/2) / (high/2 - low/2) // halves, since high - low may overflow
	if p.direction == v1alpha1.Lower {
		position = 1 - position
	}
	return MaxScore * math.Min(1, math.Max(0, position))
}

// bounds are the lowest and the highest known value among the nodes.
func bounds(readings []Reading, nodes []int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, node := range nodes {
		if node != NoNode && readings[node].Known {
			low = math.Min(low, readings[node].Value)
			high = math.Max(high, readings[node].Value)
		}
	}
	return low, high
}
