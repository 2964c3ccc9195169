// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// irateReach is the number of intervals within which two samples must lie to
// count as neighbours: enough to bridge failed scrapes.
const irateReach = 4

// QueryFor is how a metric of a rule set is asked for. interval is the time
// between two samples of a series, staleAfter is for metrics that do not give
// their own. overrides is PromQL that stands in for that of built-in metrics.
func QueryFor(metric v1alpha1.Metric, interval, staleAfter time.Duration, overrides map[v1alpha1.Builtin]string) Query {
	if metric.StaleAfter != nil {
		staleAfter = metric.StaleAfter.Value()
	}
	query := Query{Expression: metric.Query, NodeLabel: metric.NodeLabel, MaxAge: staleAfter}
	if override, ok := overrides[metric.Builtin]; ok {
		query.Expression = override
		return query
	}
	switch metric.Builtin {
	case v1alpha1.BuiltinCPU:
		query.Expression = cpu(metric.Window.Value(), interval)
	case v1alpha1.BuiltinMemory:
		query.Expression = memory
	}
	return query
}

// Meaning says in words what a built-in metric is.
func Meaning(builtin v1alpha1.Builtin) string {
	switch builtin {
	case v1alpha1.BuiltinCPU:
		return "CPU time spent on the node / its capacity, mean over the window"
	case v1alpha1.BuiltinMemory:
		return "Memory working set of the node / its capacity"
	default:
		return ""
	}
}

// memory is the working set, which is what the kernel cannot give back, as a
// fraction of the node's capacity.
const memory = `max by (node) (node_memory_working_set_bytes)` +
	` / on (node) max by (node) (kube_node_status_capacity{resource="memory"})`

// cpu is the mean over the window of the rates between neighbouring samples, as
// a fraction of the node's capacity.
//
// It is not rate(...[window]), which divides by the whole window even where it
// has seen only a part of it: a node that was first measured half a minute ago
// would look a quarter as busy as it is, and draw every pod.
func cpu(window, interval time.Duration) string {
	return fmt.Sprintf(`max by (node) (avg_over_time(irate(node_cpu_usage_seconds_total[%s])[%s:%s]))`+
		` / on (node) max by (node) (kube_node_status_capacity{resource="cpu"})`,
		model.Duration(irateReach*interval), model.Duration(window), model.Duration(interval))
}
