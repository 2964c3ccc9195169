// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const (
	// unboundIndex finds the pods that have no node yet, which are few.
	unboundIndex = "loadline.dev/unbound"
	// handledWithin is how long a scheduler may take to look at a pod.
	handledWithin = time.Minute
)

// unbound is the only value of that index.
func unbound(object any) ([]string, error) {
	if pod, ok := object.(*corev1.Pod); ok && pod.Spec.NodeName == "" {
		return []string{""}, nil
	}
	return nil, nil
}

// Unhandled counts, by the scheduler that they name, the pods that no scheduler
// answers for.
func (o *Observer) Unhandled(now time.Time) map[string]int {
	counts := map[string]int{}
	objects, err := o.unbound()
	if err != nil {
		return counts // the index is there from the start
	}
	for _, object := range objects {
		if pod, ok := object.(*corev1.Pod); ok && isUnhandled(pod, now) {
			counts[pod.Spec.SchedulerName]++
		}
	}
	return counts
}

// isUnhandled tells whether nobody has looked at a pod for long: a scheduler that
// finds no node for it says so in its condition, and the API server does for one with
// scheduling gates.
func isUnhandled(pod *corev1.Pod, now time.Time) bool {
	if pod.DeletionTimestamp != nil || pod.Spec.SchedulerName == "" || now.Sub(pod.CreationTimestamp.Time) <= handledWithin {
		return false
	}
	return !slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodScheduled })
}
