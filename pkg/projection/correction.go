// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Pod is one that was placed on a node, or has gone from it.
type Pod struct {
	UID types.UID
	// Placed is when the pod began to run on the node.
	Placed time.Time
	// Gone is when it ceased to be there. Zero while it is.
	Gone time.Time
	// Estimate is what the pod is expected to use.
	Estimate float64
}

// Correction is what is to be added to a node's sample, whose data is of a time,
// for the pods that were placed on the node or have gone from it: those whose
// change lies further back than the window add nothing.
func (m *Meter) Correction(pods []Pod, at time.Time) float64 {
	return m.correction(pods, at, func(pod Pod) float64 { return m.contained(pod.UID, pod.Gone, at) })
}

// Likely is like Correction, with pods taken to have used all along what they were
// first read to use. It may be too low, and is for deciding whom to evict:
// nobody is to go for what a node only might come to.
func (m *Meter) Likely(pods []Pod, at time.Time) float64 {
	return m.correction(pods, at, func(pod Pod) float64 { return m.likelyContained(pod, at) })
}

func (m *Meter) correction(pods []Pod, at time.Time, contained func(Pod) float64) float64 {
	sum, whole := 0.0, m.window.Whole()
	for _, pod := range pods {
		switch {
		case !pod.Gone.IsZero() && at.Sub(pod.Gone) < whole:
			sum -= contained(pod)
		case pod.Gone.IsZero() && at.Sub(pod.Placed) < whole:
			sum += math.Max(0, pod.Estimate-contained(pod))
		}
	}
	return sum
}
