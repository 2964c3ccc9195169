// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"io"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// job is the value of the label "job", the one that kubelets mostly have in a
// Prometheus server.
const job = "kubelet"

// kept are the metrics of the node as a whole. Those of pods and containers are
// a hundred times as many, and no rule needs them.
var kept = map[string]bool{
	"node_cpu_usage_seconds_total":  true,
	"node_memory_working_set_bytes": true,
}

// parse reads the samples that are kept from the Prometheus text format.
func parse(body []byte, node *corev1.Node) ([]embedded.Sample, error) {
	var samples []embedded.Sample
	parser := textparse.NewPromParser(body, labels.NewSymbolTable(), false)
	for {
		kind, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		if kind != textparse.EntrySeries {
			continue
		}
		var found labels.Labels
		parser.Labels(&found)
		name := found.Get(model.MetricNameLabel)
		if !kept[name] {
			continue
		}
		_, milliseconds, value := parser.Series()
		sample := embedded.Sample{Series: series(name, node), Value: value}
		if milliseconds != nil {
			sample.Time = time.UnixMilli(*milliseconds)
		}
		samples = append(samples, sample)
	}
}

// series are the labels that a Prometheus server gives a kubelet's series.
func series(name string, node *corev1.Node) labels.Labels {
	instance := node.Name
	if endpoint, err := endpointOf(node); err == nil {
		instance = endpoint.Host
	}
	return labels.FromStrings(model.MetricNameLabel, name, "instance", instance, "job", job, "node", node.Name)
}
