// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// knownSeries is one that a source gave in a scrape.
type knownSeries struct {
	// ref is zero as long as no sample of the series was taken.
	ref    storage.SeriesRef
	labels labels.Labels
}

// matching finds the series of a scrape among those of the source's last one.
// Mostly they are the same in the same order. Only from where they are not are
// they looked up, and that by the whole series, since two can have the same hash.
type matching struct {
	// before and now have no series twice.
	before, now []knownSeries
	// lookup is nil as long as now is the beginning of before. It tells where in
	// before a series is.
	lookup map[labels.Labels]int
	// seen tells what is in now, once there is a lookup.
	seen map[labels.Labels]bool
}

func newMatching(before []knownSeries, size int) *matching {
	return &matching{before: before, now: make([]knownSeries, 0, size)}
}

// find returns what is known of the next series of the scrape. twice tells that
// it was there already.
func (m *matching) find(series labels.Labels) (known knownSeries, twice bool) {
	if i := len(m.now); m.lookup == nil && i < len(m.before) && m.before[i].labels == series {
		return m.before[i], false
	}
	if m.lookup == nil {
		m.startLookup()
	}
	if m.seen[series] {
		return knownSeries{}, true
	}
	if i, ok := m.lookup[series]; ok {
		return m.before[i], false
	}
	return knownSeries{labels: series}, false
}

func (m *matching) startLookup() {
	m.lookup, m.seen = make(map[labels.Labels]int, len(m.before)), make(map[labels.Labels]bool, cap(m.now))
	for i := range m.before {
		m.lookup[m.before[i].labels] = i
	}
	for i := range m.now {
		m.seen[m.now[i].labels] = true
	}
}

// add takes the series that was found into the scrape.
func (m *matching) add(known knownSeries) {
	m.now = append(m.now, known)
	if m.seen != nil {
		m.seen[known.labels] = true
	}
}

// gone are the series of the last scrape that are not in this one.
func (m *matching) gone() []knownSeries {
	if m.lookup == nil {
		return m.before[len(m.now):]
	}
	var gone []knownSeries
	for _, known := range m.before {
		if !m.seen[known.labels] {
			gone = append(gone, known)
		}
	}
	return gone
}
