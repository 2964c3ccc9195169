// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"strings"
)

// pressurePrefix begins the names of pressure stall information, which kubelets
// give at their cAdvisor endpoint alone.
const pressurePrefix = "container_pressure_"

// ofNode are the metrics of the node as a whole, which are always kept. Those of
// pods and containers are a hundred times as many.
var ofNode = map[string]bool{
	"node_cpu_usage_seconds_total":  true,
	"node_memory_working_set_bytes": true,
	"node_swap_usage_bytes":         true,
}

// ofPods are the metrics of pods that are kept of some nodes.
var ofPods = map[string]bool{
	"pod_cpu_usage_seconds_total":  true,
	"pod_memory_working_set_bytes": true,
}

// Names are the metrics of kubelets that can be wanted, as far as they are known:
// those of /metrics/resource, and the pressure of nodes from /metrics/cadvisor.
func Names() []string {
	return []string{
		"container_cpu_usage_seconds_total",
		"container_memory_working_set_bytes",
		"container_pressure_cpu_stalled_seconds_total",
		"container_pressure_cpu_waiting_seconds_total",
		"container_pressure_io_stalled_seconds_total",
		"container_pressure_io_waiting_seconds_total",
		"container_pressure_memory_stalled_seconds_total",
		"container_pressure_memory_waiting_seconds_total",
		"container_start_time_seconds",
		"container_swap_limit_bytes",
		"container_swap_usage_bytes",
		"node_cpu_usage_seconds_total",
		"node_memory_working_set_bytes",
		"node_swap_usage_bytes",
		"pod_cpu_usage_seconds_total",
		"pod_memory_working_set_bytes",
		"pod_swap_usage_bytes",
		"resource_scrape_error",
		"up",
	}
}

// Wanted says which series are kept besides those of the node as a whole. It must
// not be changed once it is given away.
type Wanted struct {
	// Everywhere are the names of metrics that are kept of all nodes.
	Everywhere map[string]bool
	// PodsOn are the names of the nodes of which the CPU time and the working set
	// of each pod are kept.
	PodsOn map[string]bool
}

// pressure tells whether the cAdvisor endpoint is asked.
func (w Wanted) pressure() bool {
	for name, wanted := range w.Everywhere {
		if wanted && strings.HasPrefix(name, pressurePrefix) {
			return true
		}
	}
	return false
}

// priority is the order in which series are kept where there are too many.
type priority int

const (
	unwanted priority = iota
	second
	first
)

// resources chooses among the series of /metrics/resource of a node.
func (w Wanted) resources(node string) func(name string) priority {
	pods := w.PodsOn[node]
	return func(name string) priority {
		switch {
		case ofNode[name]:
			return first
		case isOwn(name):
			return unwanted
		case w.Everywhere[name], pods && ofPods[name]:
			return second
		default:
			return unwanted
		}
	}
}

// pressures chooses among the series of /metrics/cadvisor.
func (w Wanted) pressures(name string) priority {
	if strings.HasPrefix(name, pressurePrefix) && w.Everywhere[name] {
		return first
	}
	return unwanted
}

// isOwn tells whether a name is one under which Loadline itself writes about
// nodes. It is not for a kubelet to say.
func isOwn(name string) bool { return name == "up" || strings.HasPrefix(name, "kube_") }
