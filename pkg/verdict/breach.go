// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// Breach is a rule by which pods are to be moved off a node.
type Breach struct {
	Set  *SetVerdict
	Rule *RuleVerdict
	// Node is the index of the node.
	Node int
}

// Breaches are the nodes off which pods are to be moved, and by which rules:
// those furthest over their lines first. Rules that only observe are among them.
func (s *Snapshot) Breaches() []Breach {
	var breaches []Breach
	for _, set := range s.Sets {
		for _, rule := range set.Rules {
			for node := range rule.states {
				if rule.EvictionDue(node) {
					breaches = append(breaches, Breach{Set: set, Rule: rule, Node: node})
				}
			}
		}
	}
	slices.SortFunc(breaches, func(a, b Breach) int {
		return cmp.Or(
			cmp.Compare(b.excess(), a.excess()),
			strings.Compare(s.nodes.names[a.Node], s.nodes.names[b.Node]),
			strings.Compare(a.Rule.Key.Set, b.Rule.Key.Set), strings.Compare(a.Rule.Key.Rule, b.Rule.Key.Rule),
		)
	})
	return breaches
}

// excess is how far the node is over the line by the condition that is the
// closest to its threshold.
func (b Breach) excess() float64 {
	least := math.Inf(1)
	for _, c := range b.Rule.rule.conditions {
		reading := b.Set.readings[c.metric][b.Node]
		distance := c.excess(reading.Value)
		if !c.met(reading.Value) {
			distance = -distance // it is in the band
		}
		least = math.Min(least, distance)
	}
	return least
}

// Eviction is how the rule chooses pods to be moved. Nil where it moves none.
func (v *RuleVerdict) Eviction() *v1alpha1.Evict { return v.rule.eviction }

// Window is how long a change in the cluster needs to be wholly visible in all that
// the rule goes by.
func (v *RuleVerdict) Window() time.Duration { return v.window }

// EvictionWindow is the longest window of the rules by which pods are moved. Those
// that only observe do not count.
func (s *Snapshot) EvictionWindow() time.Duration {
	var longest time.Duration
	for _, set := range s.Sets {
		for _, rule := range set.Rules {
			if rule.rule.evicts && !rule.Observed {
				longest = max(longest, rule.window)
			}
		}
	}
	return longest
}

// Rejects tells whether the rule keeps new pods off nodes.
func (v *RuleVerdict) Rejects() bool { return v.rule.rejects }

// Measure is one condition of a rule on one node.
type Measure struct {
	// Metric is the name of the metric in its rule set.
	Metric string
	// Reading is what the node measures.
	Reading Reading
	// Threshold and Clear are the bounds of the condition, in the metric's unit.
	Threshold, Clear float64
	// Above tells that the condition holds above its threshold, so that less of the
	// metric ends it.
	Above bool
	// Pressure tells that the metric is a built-in one of waiting (pressure stall
	// information): it says that pods want more than they get, and not how much.
	Pressure bool
	// Usage is the position of the metric among the shares of pods, and Capacity
	// the amount of the resource that a metric of 1 stands for. Zero capacity for a
	// metric of which pods have no shares.
	Usage    int
	Capacity float64
	// Likely is what the node will likely measure once it shows the pods that have
	// come and gone of late. It is the reading for a metric without shares.
	Likely float64
}

// Measures are the conditions of the rule on the node at an index.
func (v *RuleVerdict) Measures(node int) []Measure {
	measures := make([]Measure, 0, len(v.rule.conditions))
	for _, c := range v.rule.conditions {
		reading := v.set.readings[c.metric][node]
		metric := &v.set.set.metrics[c.metric]
		measure := Measure{
			Metric: metric.name, Reading: reading, Likely: reading.Value, Pressure: metric.pressure,
			Threshold: c.threshold, Clear: c.clear, Above: c.operator == above,
		}
		if p := v.set.projections[c.metric]; p != nil && p.nodes[node].capacity > 0 {
			measure.Usage, measure.Capacity = p.usage, p.nodes[node].capacity
			if likely := p.nodes[node].value - p.doubt[node]; reading.Known && !math.IsNaN(likely) {
				measure.Likely = likely
			}
		}
		measures = append(measures, measure)
	}
	return measures
}

// StaysClear tells whether a pod can come to the node at an index without
// bringing it over the line, nor into the band. Where that depends on what is not
// measured, it cannot by a rule that evicts, or that refuses what is not known.
func (v *RuleVerdict) StaysClear(node int, a *Arrival) bool {
	switch v.State(node) {
	case NotGoverned:
		return true
	case Unknown:
		return !v.rule.evicts && !v.rule.rejectMissing
	}
	for i := range v.rule.conditions {
		if v.staysClear(i, node, a) {
			return true
		}
	}
	return false
}

func (v *RuleVerdict) staysClear(condition, node int, a *Arrival) bool {
	c := &v.rule.conditions[condition]
	if value, ok := v.projectedValue(condition, node, a, false); ok {
		return c.next(value, held) == notHeld
	}
	reading := v.set.readings[c.metric][node]
	return reading.Known && c.next(reading.Value, held) == notHeld
}

// Value is what the node at an index would measure with a pod, by a metric of the
// rule set: the projected value where there is one, else what it measures. It is
// not known of a metric that the rule set does not have.
func (v *SetVerdict) Value(metric string, node int, a *Arrival) (value float64, known bool) {
	for i := range v.set.metrics {
		if v.set.metrics[i].name == metric && node != NoNode {
			return v.value(i, node, a)
		}
	}
	return 0, false
}

// Usage is the position, among the shares of pods, of what a metric of the rule
// set is made of. It is not known of a metric without a resource.
func (v *SetVerdict) Usage(metric string) (usage int, known bool) {
	for i := range v.set.metrics {
		if p := v.projections[i]; v.set.metrics[i].name == metric && p != nil {
			return p.usage, true
		}
	}
	return 0, false
}

// WithPending is the snapshot with other pods on their way to its nodes, for
// whoever supposes that they are.
func (s *Snapshot) WithPending(pending *projection.Pending) *Snapshot {
	supposed := *s
	supposed.Pending = pending
	return &supposed
}
