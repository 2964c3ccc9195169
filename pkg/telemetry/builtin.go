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
	if metric.Builtin != "" {
		query.Expression = builtin(metric.Builtin, metric.Window.Value(), interval)
	}
	return query
}

// Meaning says in a few words what a built-in metric is.
func Meaning(builtin v1alpha1.Builtin) string {
	switch builtin {
	case v1alpha1.BuiltinCPU:
		return "CPU time spent on the node / its capacity, mean over the window"
	case v1alpha1.BuiltinMemory:
		return "Memory working set of the node / its capacity"
	case v1alpha1.BuiltinPodCPU:
		return "CPU time spent by the node's pods / what is allocatable, mean over the window"
	case v1alpha1.BuiltinPodMemory:
		return "Memory working set of the node's pods / what is allocatable"
	case v1alpha1.BuiltinPods:
		return "Pods that run on the node / those that it can hold"
	case v1alpha1.BuiltinSwap:
		return "Swap used on the node / its memory capacity"
	case v1alpha1.BuiltinCPUPressure:
		return "Share of the window in which some task waited for CPU time (PSI)"
	case v1alpha1.BuiltinMemoryPressure:
		return "Share of the window in which some task waited for memory (PSI)"
	case v1alpha1.BuiltinIOPressure:
		return "Share of the window in which some task waited for a disk (PSI)"
	default:
		return ""
	}
}

// What kubelets tell of each pod.
const (
	podCPU    = "pod_cpu_usage_seconds_total"
	podMemory = "pod_memory_working_set_bytes"
)

// builtin is the PromQL that a built-in metric stands for, over the series of
// kubelets and of kube-state-metrics. window counts for those that are means.
func builtin(name v1alpha1.Builtin, window, interval time.Duration) string {
	switch name {
	case v1alpha1.BuiltinCPU:
		return share("max by (node) ("+mean(rate("node_cpu_usage_seconds_total", interval), window, interval)+")", "capacity", "cpu")
	case v1alpha1.BuiltinMemory:
		return share("max by (node) (node_memory_working_set_bytes)", "capacity", "memory")
	case v1alpha1.BuiltinPodCPU:
		// A range still holds the last samples of pods that have ended: without
		// "and", a pod that moved would count on two nodes.
		ofPod := rate(podCPU, interval) + " and " + podCPU
		return share(mean("("+overPods("sum", ofPod, podCPU)+")", window, interval), "allocatable", "cpu")
	case v1alpha1.BuiltinPodMemory:
		return share("("+overPods("sum", podMemory, podMemory)+")", "allocatable", "memory")
	case v1alpha1.BuiltinPods:
		return share("("+overPods("count", podMemory, podMemory)+")", "allocatable", "pods")
	case v1alpha1.BuiltinSwap:
		return share("max by (node) (node_swap_usage_bytes)", "capacity", "memory")
	case v1alpha1.BuiltinCPUPressure:
		return pressure("cpu", window, interval)
	case v1alpha1.BuiltinMemoryPressure:
		return pressure("memory", window, interval)
	case v1alpha1.BuiltinIOPressure:
		return pressure("io", window, interval)
	default:
		return ""
	}
}

// share divides usage by node by the capacity or the allocatable amount of a
// resource.
func share(usage, amount, resource string) string {
	return fmt.Sprintf(`%s / on (node) max by (node) (kube_node_status_%s{resource="%s"})`, usage, amount, resource)
}

// mean is the mean over a window.
//
// It is of rates, and not one rate over the whole window: rate() divides by the
// window even where it has seen only a part of it, so that a node which is first
// measured looks half as busy as it is.
func mean(expression string, window, interval time.Duration) string {
	return fmt.Sprintf("avg_over_time(%s[%s:%s])", expression, model.Duration(window), model.Duration(interval))
}

func rate(counter string, interval time.Duration) string {
	return fmt.Sprintf("irate(%s[%s])", counter, model.Duration(irateReach*interval))
}

// overPods aggregates, by node, what a kubelet's counter or gauge tells of each
// pod; perPod is made of it. A node without pods has no such series: it counts
// as zero if its kubelet says that it answered in full, in the same breath as it
// tells of pods.
func overPods(operator, perPod, metric string) string {
	return fmt.Sprintf("%s by (node) (max by (node, namespace, pod) (%s))"+
		" or on (node) 0 * max by (node) (resource_scrape_error == 0 unless on (node) %s)", operator, perPod, metric)
}

// pressure is of the node as a whole, the root of its control groups.
func pressure(resource string, window, interval time.Duration) string {
	counter := fmt.Sprintf(`container_pressure_%s_waiting_seconds_total{id="/"}`, resource)
	return "max by (node) (" + mean(rate(counter, interval), window, interval) + ")"
}
