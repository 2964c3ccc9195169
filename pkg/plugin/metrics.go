// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"

	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// pluginMetrics are shared by the profiles of a scheduler.
type pluginMetrics struct {
	refusals    *metrics.CounterVec
	activations *metrics.Counter
}

func newPluginMetrics() *pluginMetrics {
	return &pluginMetrics{
		refusals: metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace:      "loadline",
			Name:           "refused_nodes_total",
			Help:           "Number of times that a rule refused a node to a pod, counted once per node and scheduling attempt.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"rule_set", "rule"}),
		activations: metrics.NewCounter(&metrics.CounterOpts{
			Namespace:      "loadline",
			Name:           "activated_pods_total",
			Help:           "Number of times that a pod which load lines had refused was tried again because nodes or rules changed.",
			StabilityLevel: metrics.ALPHA,
		}),
	}
}

func (m *pluginMetrics) register(register func(metrics.Registerable) error) error {
	return errors.Join(register(m.refusals), register(m.activations))
}

func (m *pluginMetrics) refusalsOf(rule verdict.RuleKey) metrics.CounterMetric {
	return m.refusals.WithLabelValues(rule.Set, rule.Rule)
}

func (m *pluginMetrics) countActivations(pods int) { m.activations.Add(float64(pods)) }
