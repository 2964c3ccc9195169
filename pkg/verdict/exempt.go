// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"
)

// SystemCriticalPriority is the least that PriorityClasses of the system have: twice
// the highest one that a user may define.
const SystemCriticalPriority = 2_000_000_000

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

// ExemptPod tells of the pods that no rule is for, since they run where they must:
// those of DaemonSets, which belong to one node each, and those that the cluster
// cannot work without.
func ExemptPod(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOfNoCopy(pod)
	return owner != nil && owner.Kind == "DaemonSet" || corev1helpers.PodPriority(pod) >= SystemCriticalPriority
}
