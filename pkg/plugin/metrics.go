// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// pluginMetrics are shared by the profiles of a scheduler.
type pluginMetrics struct {
	refusals *metrics.CounterVec
}

func newPluginMetrics() *pluginMetrics {
	return &pluginMetrics{refusals: metrics.NewCounterVec(&metrics.CounterOpts{
		Namespace:      "loadline",
		Name:           "refused_nodes_total",
		Help:           "Number of times that a rule refused a node to a pod, counted once per node and scheduling attempt.",
		StabilityLevel: metrics.ALPHA,
	}, []string{"rule_set", "rule"})}
}

func (m *pluginMetrics) register(register func(metrics.Registerable) error) error {
	return register(m.refusals)
}

func (m *pluginMetrics) refusalsOf(rule verdict.RuleKey) metrics.CounterMetric {
	return m.refusals.WithLabelValues(rule.Set, rule.Rule)
}
