// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	corev1 "k8s.io/api/core/v1"
)

const (
	// Virtual Kubelet's own provider sets both on the nodes that it makes, and so
	// do AKS' virtual nodes.
	virtualKubeletTaint = "virtual-kubelet.io/provider"
	nodeTypeLabel       = "type"
	virtualKubeletType  = "virtual-kubelet"
	// EKS sets it on the node that stands for one Fargate pod.
	computeTypeLabel   = "eks.amazonaws.com/compute-type"
	fargateComputeType = "fargate"
)

// Exempt tells whether a node is one that nobody can measure: it stands for a
// service behind the cluster, not for a machine with a kubelet of its own. That
// such a node has no samples is no failure.
func Exempt(node *corev1.Node) bool {
	if node.Labels[nodeTypeLabel] == virtualKubeletType || node.Labels[computeTypeLabel] == fargateComputeType {
		return true
	}
	for _, taint := range node.Spec.Taints {
		if taint.Key == virtualKubeletTaint {
			return true
		}
	}
	return false
}
