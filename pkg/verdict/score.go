// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import "math"

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
func Scores(sets []*SetVerdict, nodes []int, arrival *Arrival) []int64 {
	ranking := NewRanking(sets, nodes, arrival)
	scores := make([]int64, len(nodes))
	for i, node := range nodes {
		scores[i] = ranking.Score(node)
	}
	return scores
}

// Ranking scores nodes one by one, as Scores does. It is immutable.
type Ranking struct {
	terms   []term
	weights float64
	// suspended are the rules that would have refused nodes, had it not been too
	// many.
	suspended []*RuleVerdict
}

// NewRanking makes a ranking of candidates, which it looks at where a range is
// not given.
func NewRanking(sets []*SetVerdict, nodes []int, arrival *Arrival) *Ranking {
	r := &Ranking{}
	for _, set := range sets {
		for i := range set.set.preferences {
			r.terms = append(r.terms, set.term(i, nodes, arrival))
			r.weights += set.set.preferences[i].weight
		}
		for _, rule := range set.Rules {
			if rule.Suspended && !rule.Observed {
				r.suspended = append(r.suspended, rule)
			}
		}
	}
	return r
}

// Score is that of the node at an index.
func (r *Ranking) Score(node int) int64 {
	if len(r.suspended) == 0 {
		return r.mean(node)
	}
	for _, rule := range r.suspended {
		if rule.Over(node) {
			return 0
		}
	}
	return max(1, r.mean(node))
}

// mean is that over the preferences, by weight.
func (r *Ranking) mean(node int) int64 {
	switch {
	case r.weights == 0:
		return MaxScore
	case node == NoNode:
		return 0
	}
	sum := 0.0
	for i := range r.terms {
		sum += r.terms[i].weight * r.terms[i].score(node)
	}
	return int64(sum/r.weights + 0.5)
}

// term is a preference with all that it goes by.
type term struct {
	weight   float64
	set      *SetVerdict
	outlooks []outlook
	increase increase
	// low and high are the range, best is the value that scores highest, and slope
	// is by how much the score falls with half the distance from there.
	low, high, best, slope float64
}

// outlook is what a preference goes by on a node. They are apart from all else
// that is known of a node, and next to each other, since every pod needs those of
// many nodes.
type outlook struct {
	// value is what the node will measure without what is pending, or what it
	// measures where that is not known. NaN for nodes that are not known at all,
	// or not governed.
	value float64
	// capacity is as in Projection. Infinite where pods make no difference.
	capacity float64
}

func (v *SetVerdict) outlooks(metric int) []outlook {
	outlooks := make([]outlook, len(v.governed))
	for node := range outlooks {
		o, reading := outlook{value: math.NaN(), capacity: math.Inf(1)}, v.readings[metric][node]
		if reading.Known {
			o.value = reading.Value
		}
		if p := v.projections[metric]; p != nil && !math.IsNaN(p.nodes[node].value) {
			o.value, o.capacity = p.nodes[node].value, p.nodes[node].capacity
		}
		if !v.governed[node] {
			o.value = math.NaN()
		}
		outlooks[node] = o
	}
	return outlooks
}

func (v *SetVerdict) term(preference int, nodes []int, arrival *Arrival) term {
	p := &v.set.preferences[preference]
	t := term{weight: p.weight, set: v, outlooks: v.ranked[preference], low: p.low, high: p.high}
	if projected := v.projections[p.metric]; projected != nil {
		t.increase = arrival.of(projected.usage)
	}
	switch {
	case p.bounded:
	case v.set.metrics[p.metric].fraction:
		t.low, t.high = 0, 1
	default:
		t.low, t.high = t.bounds(nodes)
	}
	t.best = p.best(t.low, t.high)
	// It goes by halves, since high - low may overflow.
	t.slope = MaxScore / max(t.best/2-t.low/2, t.high/2-t.best/2)
	if t.low == t.high || math.IsInf(t.slope, 0) {
		t.slope = 0 // all alike
	}
	return t
}

// bounds are the lowest and the highest known value among the nodes that the set
// governs.
func (t *term) bounds(nodes []int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, node := range nodes {
		if node == NoNode {
			continue
		}
		if value := t.value(node); !math.IsNaN(value) {
			low, high = min(low, value), max(high, value)
		}
	}
	return low, high
}

func (t *term) score(node int) float64 {
	value := t.value(node)
	switch {
	case value < t.low:
		value = t.low
	case value > t.high:
		value = t.high
	case !math.IsNaN(value):
	case !t.set.governed[node], t.set.exempt[node]:
		return notGovernedScore
	default:
		return 0
	}
	return MaxScore - t.slope*math.Abs(value/2-t.best/2)
}

// value is what a node would measure with the arrival. NaN where it is not known.
func (t *term) value(node int) float64 {
	o := &t.outlooks[node]
	return o.value + t.increase.on(node)/o.capacity
}
