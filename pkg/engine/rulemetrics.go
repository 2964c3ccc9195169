// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"math"
	"slices"

	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// ruleMetrics tell how far nodes are from the lines, and what the rules make of
// them. There is nothing by node in them: a large cluster would have more series of
// Loadline than of most else.
type ruleMetrics struct {
	nodes *metrics.Gauge
	// These are by rule set and metric, or by rule set and rule.
	values, thresholds, states, refused, suspended *series
}

func newRuleMetrics() *ruleMetrics {
	gauge := func(name, help string, labels ...string) *series {
		return newSeries(metrics.NewGaugeVec(&metrics.GaugeOpts{
			Namespace: "loadline", Name: name, Help: help, StabilityLevel: metrics.ALPHA,
		}, labels))
	}
	return &ruleMetrics{
		nodes: metrics.NewGauge(&metrics.GaugeOpts{
			Namespace: "loadline", Name: "nodes", StabilityLevel: metrics.ALPHA,
			Help: "Number of nodes of the cluster at the latest snapshot.",
		}),
		values: gauge("metric_value",
			"What the nodes of the rule set measure by a metric, in its own unit: the lowest, median, ninetieth percentile (p90) and highest of those on which it is known.",
			"rule_set", "metric", "statistic"),
		thresholds: gauge("rule_threshold",
			"What a condition of a rule compares a metric with, in the metric's own unit.", "rule_set", "rule", "metric", "operator"),
		states: gauge("rule_nodes",
			"Number of nodes by the state of a rule: OK, Pending (broken for less than its for), InForce, Undecided (in its band since the start), Unknown (not measured).",
			"rule_set", "rule", "state"),
		refused: gauge("rule_nodes_refused",
			"Number of nodes that a rule refuses to new pods by what they measure.", "rule_set", "rule"),
		suspended: gauge("rule_suspended",
			"1 while more nodes are over the line of a rule than its reject.maxNodes allows, so that it refuses none, else 0.", "rule_set", "rule"),
	}
}

func (m *ruleMetrics) all() []*series {
	return []*series{m.values, m.thresholds, m.states, m.refused, m.suspended}
}

func (m *ruleMetrics) register(register func(metrics.Registerable) error) error {
	for _, series := range m.all() {
		if err := register(series.GaugeVec); err != nil {
			return err
		}
	}
	return register(m.nodes)
}

func (m *ruleMetrics) observe(snapshot *verdict.Snapshot) {
	m.nodes.Set(float64(len(snapshot.Nodes())))
	for _, coverage := range snapshot.Coverage() {
		m.observeValues(coverage.Metric, snapshot.Values(coverage.Metric))
	}
	for _, set := range snapshot.Sets {
		for _, rule := range set.Rules {
			m.observeRule(rule)
		}
	}
	for _, series := range m.all() {
		series.forgetOthers()
	}
}

func (m *ruleMetrics) observeValues(key verdict.MetricKey, values []float64) {
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	for statistic, share := range map[string]float64{"lowest": 0, "median": 0.5, "p90": 0.9, "highest": 1} {
		rank := int(math.Ceil(share*float64(len(values)))) - 1
		m.values.set(values[max(rank, 0)], key.Set, key.Metric, statistic)
	}
}

func (m *ruleMetrics) observeRule(rule *verdict.RuleVerdict) {
	key := rule.Key
	for _, line := range rule.Lines() {
		for operator, threshold := range map[string]*float64{"above": line.Above, "below": line.Below, "equals": line.Equals} {
			if threshold != nil {
				m.thresholds.set(*threshold, key.Set, key.Rule, line.Metric, operator)
			}
		}
	}
	for state, nodes := range rule.Counts() {
		m.states.set(float64(nodes), key.Set, key.Rule, state.String())
	}
	m.refused.set(float64(rule.Refusing), key.Set, key.Rule)
	suspended := 0.0
	if rule.Suspended {
		suspended = 1
	}
	m.suspended.set(suspended, key.Set, key.Rule)
}
