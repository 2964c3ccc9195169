// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// heat is what makes a node hot: one of its pods uses more memory than before.
type heat struct {
	kernel *kernel
	pod    *corev1.Pod
	before int64
}

// heatNode makes the largest pod of a node grow until the node's memory is used
// to that share.
func heatNode(ctx context.Context, k *kernel, node string, share float64) (*heat, error) {
	var largest *corev1.Pod
	total := int64(0)
	for _, record := range k.pods.all() {
		if record.pod.Spec.NodeName != node {
			continue
		}
		total += usage(record.pod)
		if largest == nil || usage(record.pod) > usage(largest) {
			largest = record.pod
		}
	}
	if largest == nil {
		return nil, fmt.Errorf("heating %s: it has no pods", node)
	}
	h := &heat{kernel: k, pod: largest, before: usage(largest)}
	return h, k.setUsage(ctx, largest, h.before+int64(share*nodeMemory)-total)
}

// cool lets the pod shrink again.
func (h *heat) cool(ctx context.Context) error {
	return h.kernel.setUsage(ctx, h.pod, h.before)
}
