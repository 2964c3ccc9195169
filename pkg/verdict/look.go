// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// What whoever looks at a snapshot from outside sees of it, beside the verdicts.

// Observes tells whether the rule set only observes.
func (v *SetVerdict) Observes() bool { return v.set.observe }

// Exempt tells whether nothing can ever measure the node at an index.
func (v *SetVerdict) Exempt(node int) bool { return node != NoNode && v.exempt[node] }

// Preferences is the number of the rule set's preferences.
func (v *SetVerdict) Preferences() int { return len(v.set.preferences) }

// Coverage is that of each metric of the rule set.
func (v *SetVerdict) Coverage() []Coverage {
	var all []Coverage
	for i := range v.set.metrics {
		all = append(all, v.coverage(i))
	}
	return all
}

// Fraction tells whether a metric of the rule set runs from 0 to 1 by nature.
func (v *SetVerdict) Fraction(metric string) bool {
	for i := range v.set.metrics {
		if v.set.metrics[i].name == metric {
			return v.set.metrics[i].fraction
		}
	}
	return false
}

// Gauge is a metric of a rule set on one node.
type Gauge struct {
	Metric string
	// Fraction tells that the metric runs from 0 to 1 by nature.
	Fraction bool
	Reading  Reading
	// Projected is what the node would measure with an arrival. NaN where that is
	// not known.
	Projected float64
	// Usage is the position of the metric among the shares of pods, and Capacity the
	// amount of the resource that a metric of 1 stands for. Zero capacity for a
	// metric of which pods have no shares.
	Usage    int
	Capacity float64
}

// Gauges are the metrics of the rule set on the node at an index.
func (v *SetVerdict) Gauges(node int, a *Arrival) []Gauge {
	gauges := make([]Gauge, 0, len(v.set.metrics))
	for i := range v.set.metrics {
		compared := v.compare(i, node, a)
		gauge := Gauge{Metric: compared.Metric, Fraction: compared.Fraction, Reading: compared.Reading, Projected: compared.Projected}
		if p := v.projections[i]; p != nil {
			gauge.Usage, gauge.Capacity = p.usage, p.nodes[node].capacity
		}
		gauges = append(gauges, gauge)
	}
	return gauges
}

// Lines are the conditions of the rule, without any values.
func (v *RuleVerdict) Lines() []Compared {
	lines := make([]Compared, 0, len(v.rule.conditions))
	for _, c := range v.rule.conditions {
		of := &v.set.set.metrics[c.metric]
		line := Compared{Metric: of.name, Fraction: of.fraction, Projected: math.NaN()}
		line.bound(c)
		lines = append(lines, line)
	}
	return lines
}

// Effects are what follows where a rule is in force.
type Effects struct {
	// For is how long the conditions must have held.
	For time.Duration
	// Rejects tells that new pods are kept off, on no more than MaxRejected of the
	// nodes, and RejectsMissing that they are where the metrics are missing.
	Rejects, RejectsMissing bool
	MaxRejected             float64
	// Evicts tells that pods are moved, once the conditions have held for EvictAfter.
	Evicts     bool
	EvictAfter time.Duration
	// Taint is put on no more than MaxTainted of the nodes. Nil for none.
	Taint      *corev1.Taint
	MaxTainted float64
	// Labels are not to be changed.
	Labels map[string]string
}

// Effects are those of the rule.
func (v *RuleVerdict) Effects() Effects {
	r := v.rule
	return Effects{
		For: r.duration, Rejects: r.rejects, RejectsMissing: r.rejects && r.rejectMissing, MaxRejected: r.rejectLimit,
		Evicts: r.evicts, EvictAfter: r.evictAfter, Taint: r.taint, MaxTainted: r.taintLimit, Labels: r.labels,
	}
}

// BrokenSince is since when all conditions have held on the node at an index. Zero
// where they do not hold, or where that is not known.
func (v *RuleVerdict) BrokenSince(node int) time.Time {
	if node == NoNode {
		return time.Time{}
	}
	return v.since[node]
}

// Untainted tells that more nodes are over the line than taint.maxNodes allows, so
// that none is tainted.
func (v *RuleVerdict) Untainted() bool { return v.rule.taint != nil && !v.tainting }
