// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"math"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// saturation is the share of its CPU above which a node's pods may want more than
// they get, so that what they use says little of what they would use elsewhere.
const saturation = 0.95

// isSaturated tells that the conditions of a rule say no more than that a node is
// full: nearly all of its CPU is used, or tasks wait for what they need.
func isSaturated(measures []verdict.Measure, resources []corev1.ResourceName) bool {
	for _, measure := range measures {
		if measure.Pressure || isFullOfCPU(measure, resources) {
			return true
		}
	}
	return false
}

func isFullOfCPU(measure verdict.Measure, resources []corev1.ResourceName) bool {
	return measure.Above && measure.Capacity > 0 && measure.Usage < len(resources) &&
		resources[measure.Usage] == corev1.ResourceCPU && measure.Reading.Value > saturation
}

// amounts are what the successor of a pod will use, by usage: what the pod uses, or
// what is expected of its workload if that is more. Off a saturated node it may come
// to use what it requests, too.
func (r *relief) amounts(pod *corev1.Pod) []float64 {
	amounts := r.Snapshot.Pending.Expect(pod)
	shares := r.Snapshot.Shares[pod.UID]
	for len(amounts) < len(shares) {
		amounts = append(amounts, 0)
	}
	for usage, share := range shares {
		amounts[usage] = math.Max(amounts[usage], share)
	}
	if !r.saturated {
		return amounts
	}
	for usage, resource := range r.Snapshot.Pending.Resources() {
		request := projection.Defaults{RequestFactor: 1}.FromRequest(pod, resource)
		amounts[usage] = math.Max(amounts[usage], request)
	}
	return amounts
}
