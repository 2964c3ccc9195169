// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package nodefacts writes what the API server knows of the nodes into the
// telemetry, under the names that kube-state-metrics gives them, so that a rule
// works unchanged on a server that scrapes kube-state-metrics.
package nodefacts

import (
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/util/strutil"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	capacity    = "kube_node_status_capacity"
	allocatable = "kube_node_status_allocatable"
)

// Scrape gives the facts of all nodes at a time. They are: capacity and
// allocatable of each resource.
func Scrape(nodes []*corev1.Node, now time.Time) embedded.Scrape {
	scrape := embedded.Scrape{Source: "node facts", Time: now}
	for _, node := range nodes {
		scrape.Samples = appendResources(scrape.Samples, capacity, node.Name, node.Status.Capacity)
		scrape.Samples = appendResources(scrape.Samples, allocatable, node.Name, node.Status.Allocatable)
	}
	return scrape
}

func appendResources(samples []embedded.Sample, name, node string, resources corev1.ResourceList) []embedded.Sample {
	for resource, quantity := range resources {
		samples = append(samples, embedded.Sample{
			Series: labels.FromStrings(
				model.MetricNameLabel, name,
				"node", node,
				"resource", strutil.SanitizeLabelName(string(resource)),
				"unit", unit(resource),
			),
			Value: quantity.AsApproximateFloat64(),
		})
	}
	return samples
}

// unit is the unit of a resource as kube-state-metrics names it.
func unit(resource corev1.ResourceName) string {
	switch {
	case resource == corev1.ResourceCPU:
		return "core"
	case resource == corev1.ResourceMemory, resource == corev1.ResourceStorage, resource == corev1.ResourceEphemeralStorage,
		strings.HasPrefix(string(resource), corev1.ResourceHugePagesPrefix),
		strings.HasPrefix(string(resource), corev1.ResourceAttachableVolumesPrefix):
		return "byte"
	default:
		return "integer"
	}
}
