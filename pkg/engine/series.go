// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"strings"

	"k8s.io/component-base/metrics"
)

// series are those of a gauge about things that come and go. They are replaced one
// by one: a scrape in the middle of a tick does not miss any that stay.
type series struct {
	*metrics.GaugeVec
	// known have a value, and seen were given one in this tick. Both are label
	// values by what they come to.
	known, seen map[string][]string
}

func newSeries(gauge *metrics.GaugeVec) *series {
	return &series{GaugeVec: gauge, seen: map[string][]string{}}
}

// set gives a series its value.
func (s *series) set(value float64, labels ...string) {
	s.seen[strings.Join(labels, "\x00")] = labels
	s.WithLabelValues(labels...).Set(value)
}

// forgetOthers ends the tick: what was given no value in it has none any more.
func (s *series) forgetOthers() {
	for key, labels := range s.known {
		if s.seen[key] == nil {
			s.DeleteLabelValues(labels...)
		}
	}
	s.known, s.seen = s.seen, map[string][]string{}
}
