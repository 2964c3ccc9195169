// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import "math"

// Compared is a metric of a node as a rule or a preference went by it.
type Compared struct {
	Metric string
	// Fraction tells that the metric runs from 0 to 1 by nature.
	Fraction bool
	Reading  Reading
	// Projected is what the node would measure with an arrival. NaN where that is
	// not known.
	Projected float64
	// Above, Below and Equals are the threshold of a rule's condition; one of
	// them is set. Clear is set where the condition has a band.
	Above, Below, Equals, Clear *float64
}

// Compare tells what the rule's conditions went by on a node.
func (v *RuleVerdict) Compare(node int, a *Arrival) []Compared {
	if node == NoNode {
		return nil
	}
	compared := make([]Compared, 0, len(v.rule.conditions))
	for _, c := range v.rule.conditions {
		one := v.set.compare(c.metric, node, a)
		one.bound(c)
		compared = append(compared, one)
	}
	return compared
}

// bound sets what a condition compares the metric with.
func (c *Compared) bound(by condition) {
	threshold, limit := by.threshold, by.clear
	switch by.operator {
	case above:
		c.Above = &threshold
	case below:
		c.Below = &threshold
	default:
		c.Equals = &threshold
	}
	if limit != threshold {
		c.Clear = &limit
	}
}

// Compare tells what the set's preferences went by on a node.
func (v *SetVerdict) Compare(node int, a *Arrival) []Compared {
	if node == NoNode {
		return nil
	}
	compared := make([]Compared, 0, len(v.set.preferences))
	for _, p := range v.set.preferences {
		compared = append(compared, v.compare(p.metric, node, a))
	}
	return compared
}

func (v *SetVerdict) compare(metric, node int, a *Arrival) Compared {
	of := &v.set.metrics[metric]
	compared := Compared{Metric: of.name, Fraction: of.fraction, Reading: v.readings[metric][node], Projected: math.NaN()}
	if p := v.projections[metric]; p != nil {
		increase := a.of(p.usage)
		compared.Projected = p.value(node, &increase)
	}
	return compared
}

// Excess is by how much a node is over the rule's line with an arrival, or would
// be, as a share of the threshold. Zero where it is not.
func (v *RuleVerdict) Excess(node int, a *Arrival) float64 {
	if node == NoNode {
		return 0
	}
	return v.set.excess(v, node, a)
}
