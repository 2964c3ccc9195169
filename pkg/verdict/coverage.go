// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import "time"

// Coverage is on how many of its nodes a metric is known.
type Coverage struct {
	Metric MetricKey
	// Known and Missing count the nodes that the metric's set is about, by
	// whether they have a sample that counts. Those that can never have one are
	// left out.
	Known, Missing int
	// Oldest is when the oldest of the samples that count was measured. Zero
	// where there is none.
	Oldest time.Time
}

// Coverage is that of each metric of each rule set.
func (s *Snapshot) Coverage() []Coverage {
	var all []Coverage
	for _, set := range s.Sets {
		all = append(all, set.Coverage()...)
	}
	return all
}

func (v *SetVerdict) coverage(metric int) Coverage {
	coverage := Coverage{Metric: MetricKey{v.Name, v.set.metrics[metric].name}}
	for node, reading := range v.readings[metric] {
		switch {
		case !v.governed[node], !reading.Known && v.exempt[node]:
		case !reading.Known:
			coverage.Missing++
		default:
			coverage.Known++
			if coverage.Oldest.IsZero() || reading.Time.Before(coverage.Oldest) {
				coverage.Oldest = reading.Time
			}
		}
	}
	return coverage
}
