// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Placement is a pod as the ledger knows it.
type Placement struct {
	Pod  *corev1.Pod
	Node string
	// Placed and Gone are as in Pod: the time of the list for a pod that has yet to
	// begin to run.
	Placed, Gone time.Time
}

// Recent are the placements by node that have changed within a span: those that a
// node may not show in full yet.
func Recent(placements []Placement, now time.Time, span time.Duration) map[string][]Placement {
	recent := map[string][]Placement{}
	for _, placement := range placements {
		changed := placement.Placed
		if !placement.Gone.IsZero() {
			changed = placement.Gone
		}
		if now.Sub(changed) < span {
			recent[placement.Node] = append(recent[placement.Node], placement)
		}
	}
	return recent
}

// Expected are placements with what is expected of their pods, where these are
// still there.
func Expected(placements []Placement, expect func(*corev1.Pod) float64) []Pod {
	pods := make([]Pod, 0, len(placements))
	for _, placement := range placements {
		pod := Pod{UID: placement.Pod.UID, Placed: placement.Placed, Gone: placement.Gone}
		if placement.Gone.IsZero() {
			pod.Estimate = expect(placement.Pod)
		}
		pods = append(pods, pod)
	}
	return pods
}
