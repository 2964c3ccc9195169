// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"maps"
	"slices"

	"k8s.io/component-base/metrics"
)

const (
	// maxSchedulers bounds the number of series: whoever may make pods may have them
	// name any scheduler.
	maxSchedulers = 20
	// otherSchedulers stands for those beyond.
	otherSchedulers = "(others)"
)

func newUnhandled() *metrics.GaugeVec {
	return metrics.NewGaugeVec(&metrics.GaugeOpts{
		Namespace: "loadline", Name: "unhandled_pods", StabilityLevel: metrics.ALPHA,
		Help: "Number of pods that have waited for over a minute for a scheduler that does not answer for them, by the schedulerName that they give.",
	}, []string{"scheduler_name"})
}

// Unhandled takes down how many pods no scheduler answers for, by the scheduler that
// they name.
func (r *Reporter) Unhandled(counts map[string]int) {
	r.metrics.unhandled.Reset()
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, name := range names {
		if i >= maxSchedulers {
			name = otherSchedulers
		}
		r.metrics.unhandled.WithLabelValues(name).Add(float64(counts[names[i]]))
	}
}
