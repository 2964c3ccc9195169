// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
)

// option is a pod that could go.
type option struct {
	pod      *corev1.Pod
	priority int32
	// share is the part of the node's value that the pod is.
	share float64
	// used is the same in the unit of the resource, and request what the pod asked
	// for.
	used, request float64
}

// over is how far the pod is above what it asked for.
func (o option) over() float64 { return o.used - o.request }

// byOverRequest orders pods with those first that are furthest above what they asked
// for; of equal ones those of the lowest priority, and then the largest.
func byOverRequest(a, b option) int {
	return cmp.Or(cmp.Compare(b.over(), a.over()), cmp.Compare(a.priority, b.priority), cmp.Compare(b.share, a.share), byName(a.pod, b.pod))
}

// byShare orders pods with the largest first; of equal ones those of the lowest
// priority, and then those furthest above what they asked for.
func byShare(a, b option) int {
	return cmp.Or(cmp.Compare(b.share, a.share), cmp.Compare(a.priority, b.priority), cmp.Compare(b.over(), a.over()), byName(a.pod, b.pod))
}

// priority is that of a pod.
func priority(pod *corev1.Pod) int32 {
	if pod.Spec.Priority == nil {
		return 0
	}
	return *pod.Spec.Priority
}

// total is the part of the node's value that pods are together.
func total(options []option) float64 {
	sum := 0.0
	for _, o := range options {
		sum += o.share
	}
	return sum
}
