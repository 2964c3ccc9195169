// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// metricsPathAnnotation says where a node's kubelet tells its metrics.
const metricsPathAnnotation = "metrics.k8s.io/resource-metrics-path"

// cutTelemetry has every kubelet answer "404 Not Found" to all who ask for its
// metrics. It returns what undoes that.
func (d *demo) cutTelemetry() (restore func() error, err error) {
	nodes, err := d.cluster.Client().CoreV1().Nodes().List(d.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("cutting telemetry: %w", err)
	}
	paths := map[string]string{}
	for _, node := range nodes.Items {
		paths[node.Name] = node.Annotations[metricsPathAnnotation]
		if err := d.setMetricsPath(node.Name, "/nowhere"); err != nil {
			return nil, fmt.Errorf("cutting telemetry: %w", err)
		}
	}
	return func() error {
		for node, path := range paths {
			if err := d.setMetricsPath(node, path); err != nil {
				return fmt.Errorf("restoring telemetry: %w", err)
			}
		}
		return nil
	}, nil
}

func (d *demo) setMetricsPath(node, path string) error {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"annotations": map[string]string{metricsPathAnnotation: path}},
	})
	if err != nil {
		return err
	}
	_, err = d.cluster.Client().CoreV1().Nodes().Patch(d.ctx, node, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}
