// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// projectedMetric is a metric with a resource.
type projectedMetric struct {
	key   verdict.MetricKey
	query telemetry.Query
	// usage is the position among the usages of a tick.
	usage         int
	window        projection.Window
	ofAllocatable bool
}

// projectedMetrics finds the metrics with a resource in rule sets, and the
// usages of pods that they have in common.
func projectedMetrics(active []*v1alpha1.RuleSet, queries map[verdict.MetricKey]telemetry.Query, interval time.Duration) (metrics []projectedMetric, usages []telemetry.Usage) {
	positions := map[telemetry.Usage]int{}
	for _, set := range active {
		for _, metric := range set.Spec.Metrics {
			usage, ok := telemetry.UsageFor(metric, interval)
			if !ok {
				continue
			}
			position, known := positions[usage]
			if !known {
				position = len(usages)
				positions[usage] = position
				usages = append(usages, usage)
			}
			key := verdict.MetricKey{Set: set.Name, Metric: metric.Name}
			metrics = append(metrics, projectedMetric{
				key: key, query: queries[key], usage: position,
				window:        telemetry.WindowFor(metric, queries[key].Expression, interval),
				ofAllocatable: telemetry.OfAllocatable(metric),
			})
		}
	}
	return metrics, usages
}

// capacity is the amount of the resource that a metric of 1 stands for.
func (m *projectedMetric) capacity(node *corev1.Node, resource corev1.ResourceName) float64 {
	amounts := node.Status.Capacity
	if m.ofAllocatable {
		amounts = node.Status.Allocatable
	}
	amount := amounts[resource]
	return amount.AsApproximateFloat64()
}

// longest is the longest time that a change needs to show in any of the metrics.
func longest(metrics []projectedMetric) time.Duration {
	var whole time.Duration
	for _, metric := range metrics {
		whole = max(whole, metric.window.Whole())
	}
	return whole
}

// evicting are the windows of the metrics by which pods are moved: for that long it
// is not known what came of a move.
func evicting(active []*v1alpha1.RuleSet, queries map[verdict.MetricKey]telemetry.Query, interval time.Duration) map[verdict.MetricKey]time.Duration {
	windows := map[verdict.MetricKey]time.Duration{}
	for _, set := range active {
		conditions := map[string]bool{}
		for _, rule := range set.Spec.Rules {
			for _, condition := range rule.When {
				conditions[condition.Metric] = conditions[condition.Metric] || rule.Evict != nil
			}
		}
		for _, metric := range set.Spec.Metrics {
			if conditions[metric.Name] {
				key := verdict.MetricKey{Set: set.Name, Metric: metric.Name}
				windows[key] = telemetry.WindowFor(metric, queries[key].Expression, interval).Whole()
			}
		}
	}
	return windows
}
