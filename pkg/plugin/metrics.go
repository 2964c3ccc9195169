// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"errors"
	"time"

	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// pluginMetrics are shared by the profiles of a scheduler.
type pluginMetrics struct {
	refusals, placedOver *metrics.CounterVec
	activations          *metrics.Counter
	// These are by profile, of which each has pods that wait.
	waiting, longestWait *metrics.GaugeVec
}

func newPluginMetrics() *pluginMetrics {
	return &pluginMetrics{
		refusals: metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace:      "loadline",
			Name:           "refused_nodes_total",
			Help:           "Number of times that a rule refused a node to a pod, counted once per node and scheduling attempt.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"rule_set", "rule"}),
		placedOver: metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace:      "loadline",
			Name:           "pods_placed_over_line_total",
			Help:           "Number of pods that were placed on a node over the line of a rule because it had kept them waiting for as long as its reject.giveUpAfter.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"rule_set", "rule"}),
		waiting: metrics.NewGaugeVec(&metrics.GaugeOpts{
			Namespace:      "loadline",
			Name:           "waiting_pods",
			Help:           "Number of pods that wait because of load lines, as of when they were last tried, at the latest snapshot.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"profile"}),
		longestWait: metrics.NewGaugeVec(&metrics.GaugeOpts{
			Namespace:      "loadline",
			Name:           "longest_wait_seconds",
			Help:           "Waiting time of the pod that load lines have kept waiting longest, at the latest snapshot. 0 where none waits.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"profile"}),
		activations: metrics.NewCounter(&metrics.CounterOpts{
			Namespace:      "loadline",
			Name:           "activated_pods_total",
			Help:           "Number of times that a pod which load lines had refused was tried again because nodes or rules changed.",
			StabilityLevel: metrics.ALPHA,
		}),
	}
}

func (m *pluginMetrics) register(register func(metrics.Registerable) error) error {
	return errors.Join(register(m.refusals), register(m.placedOver), register(m.activations), register(m.waiting), register(m.longestWait))
}

func (m *pluginMetrics) refusalsOf(rule verdict.RuleKey) metrics.CounterMetric {
	return m.refusals.WithLabelValues(rule.Set, rule.Rule)
}

func (m *pluginMetrics) countPlacedOver(rule verdict.RuleKey) {
	m.placedOver.WithLabelValues(rule.Set, rule.Rule).Inc()
}

// forget has nothing told of rules that are gone, whose names nobody may ever use
// again.
func (m *pluginMetrics) forget(before, after *verdict.Snapshot) {
	if before == nil {
		return
	}
	present := map[verdict.RuleKey]bool{}
	for _, set := range after.Sets {
		for _, rule := range set.Rules {
			present[rule.Key] = true
		}
	}
	for _, set := range before.Sets {
		for _, rule := range set.Rules {
			if !present[rule.Key] {
				m.refusals.DeleteLabelValues(rule.Key.Set, rule.Key.Rule)
				m.placedOver.DeleteLabelValues(rule.Key.Set, rule.Key.Rule)
			}
		}
	}
}

// waitingMetrics are those about the pods of one profile.
type waitingMetrics struct {
	activations       metrics.CounterMetric
	pods, longestWait metrics.GaugeMetric
}

func (m *pluginMetrics) waitingIn(profile string) waitingMetrics {
	w := waitingMetrics{activations: m.activations, pods: m.waiting.WithLabelValues(profile), longestWait: m.longestWait.WithLabelValues(profile)}
	w.observe(0, 0)
	return w
}

func (m waitingMetrics) observe(pods int, longest time.Duration) {
	m.pods.Set(float64(pods))
	m.longestWait.Set(longest.Seconds())
}
