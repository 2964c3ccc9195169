// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package metricsapi

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	cpuCores      = "metrics_k8s_io_node_cpu_cores"
	memoryBytes   = "metrics_k8s_io_node_memory_bytes"
	windowSeconds = "metrics_k8s_io_node_window_seconds"
)

// times are when the latest figures of each node were measured.
type times map[string]measured

type measured struct {
	// claimed is the API's own timestamp.
	claimed time.Time
	// at is what is believed: claimed, or, where that was in the future, when
	// it was first seen. Figures that stay the same then age from there, instead
	// of looking fresh until their time has come.
	at time.Time
}

func (before times) next(nodes []v1beta1.NodeMetrics, now time.Time) times {
	after := make(times, len(nodes))
	for i := range nodes {
		name, claimed := nodes[i].Name, nodes[i].Timestamp.Time
		if last, ok := before[name]; ok && last.claimed.Equal(claimed) {
			after[name] = last
			continue
		}
		at := claimed
		if at.After(now) {
			at = now
		}
		after[name] = measured{claimed: claimed, at: at}
	}
	return after
}

// convert gives the series of all nodes that have any, and what is wrong with
// the others.
func convert(nodes []v1beta1.NodeMetrics, times times) ([]embedded.Sample, error) {
	if len(nodes) == 0 {
		return nil, errors.New("the metrics API knows no node: metrics-server has to read a kubelet twice before it lists the node; its log tells if it cannot")
	}
	var samples []embedded.Sample
	var example error
	unusable := 0
	for i := range nodes {
		usable, err := samplesOf(&nodes[i], times[nodes[i].Name].at)
		samples = append(samples, usable...)
		if err == nil {
			continue
		}
		if unusable++; example == nil {
			example = fmt.Errorf("node %q has %w", nodes[i].Name, err)
		}
	}
	if example != nil {
		return samples, fmt.Errorf("the metrics API gives figures of no use for %d of %d nodes: for example, %w", unusable, len(nodes), example)
	}
	return samples, nil
}

// samplesOf gives the series of a node, without the figures that mean nothing,
// and what is the matter with these.
func samplesOf(node *v1beta1.NodeMetrics, at time.Time) ([]embedded.Sample, error) {
	if node.Timestamp.IsZero() {
		return nil, errors.New("no timestamp, without which its age is not known")
	}
	var samples []embedded.Sample
	add := func(name string, value float64) {
		series := labels.FromStrings(model.MetricNameLabel, name, "node", node.Name)
		samples = append(samples, embedded.Sample{Series: series, Value: value, Time: at})
	}
	memory, memoryErr := usage(node, corev1.ResourceMemory)
	if memoryErr == nil {
		add(memoryBytes, memory)
	}
	cpu, cpuErr := usage(node, corev1.ResourceCPU)
	if window := node.Window.Duration; cpuErr == nil && window <= 0 {
		// CPU use is an increase divided by the window.
		cpuErr = fmt.Errorf("a window of %v, over which no use of CPU can be measured", window)
	}
	if cpuErr == nil {
		add(cpuCores, cpu)
		add(windowSeconds, node.Window.Seconds())
	}
	if cpuErr != nil {
		return samples, cpuErr
	}
	return samples, memoryErr
}

func usage(node *v1beta1.NodeMetrics, resource corev1.ResourceName) (float64, error) {
	quantity, ok := node.Usage[resource]
	switch {
	case !ok:
		return 0, fmt.Errorf("no use of %s", resource)
	case quantity.Sign() < 0:
		return 0, fmt.Errorf("a use of %s below zero (%s)", resource, quantity.String())
	default:
		return quantity.AsApproximateFloat64(), nil
	}
}
