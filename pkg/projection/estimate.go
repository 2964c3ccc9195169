// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-helpers/resource"
)

// Defaults are what a pod is taken to use of which nothing else is known.
type Defaults struct {
	// RequestFactor is what a pod uses of what it requests.
	RequestFactor float64
	// Amounts are for pods that request nothing, by resource. Others: zero.
	Amounts map[corev1.ResourceName]float64
}

// FromRequest is what a pod is taken to use of a resource by its specification
// alone: what it requests times the factor, else the default. It is one of
// "pods".
func (d Defaults) FromRequest(pod *corev1.Pod, name corev1.ResourceName) float64 {
	if name == corev1.ResourcePods {
		return 1
	}
	requests := resource.PodRequests(pod, resource.PodResourcesOptions{})
	if request, ok := requests[name]; ok && !request.IsZero() {
		return request.AsApproximateFloat64() * d.RequestFactor
	}
	return d.Amounts[name]
}

// Estimator expects what pods will use of one resource.
type Estimator struct {
	Resource corev1.ResourceName
	// Whole is the time after which all metrics show what a pod uses.
	Whole    time.Duration
	History  *History
	Defaults Defaults
}

// Expect is what a pod will use: what its workload's replicas did, else by its
// specification.
func (e Estimator) Expect(pod *corev1.Pod) float64 {
	if workload, ok := WorkloadOf(pod); ok {
		if amount, known := e.History.Estimate(workload); known {
			return amount
		}
	}
	return e.Defaults.FromRequest(pod, e.Resource)
}
