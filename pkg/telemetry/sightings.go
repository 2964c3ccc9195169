// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"sync"
	"time"
)

// sightings remember when selectors with a range last found data. It is safe for
// concurrent use.
type sightings struct {
	mu    sync.Mutex
	known map[selector]sighting
}

type sighting struct {
	at    time.Time // of the round
	times *selectorTimes
}

// find gives what was remembered of a selector. It is nil where there is nothing,
// or where so much time has gone by that the range may hold what nobody has seen.
func (s *sightings) find(selector selector, now time.Time) *selectorTimes {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.known[selector]
	if !ok || now.Sub(last.at) > selector.reach {
		return nil
	}
	return last.times
}

// keep remembers times, which are not changed any more.
func (s *sightings) keep(selector selector, now time.Time, times *selectorTimes) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last, ok := s.known[selector]; !ok || !now.Before(last.at) {
		s.known[selector] = sighting{at: now, times: times}
	}
}

// forget drops what is of no use any more.
func (s *sightings) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for selector, last := range s.known {
		if now.Sub(last.at) > selector.reach {
			delete(s.known, selector)
		}
	}
}
