// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"sync"
	"time"
)

// run is what was seen while one scheduler placed the workloads. It is safe for
// concurrent use.
type run struct {
	title string

	mutex   sync.Mutex
	started time.Time
	ended   bool
	moments []moment
}

// begin counts time from now on.
func (r *run) begin(now time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.started = now
}

// end keeps what is seen from now on out of the run.
func (r *run) end() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.ended = true
}

// observe adds a moment, while the run lasts.
func (r *run) observe(m moment) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.started.IsZero() && !r.ended && m.measuredAt.After(r.started) {
		r.moments = append(r.moments, m)
	}
}

// elapsed is the time since the start of the run.
func (r *run) elapsed(now time.Time) time.Duration {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.started.IsZero() {
		return 0
	}
	return now.Sub(r.started)
}

// after is the last moment no later than that long after the start.
func (r *run) after(elapsed time.Duration) (moment, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, m := range slices.Backward(r.moments) {
		if m.at.Sub(r.started) <= elapsed {
			return m, true
		}
	}
	return moment{}, false
}

// highest is the end of the run, with the highest memory that each node had.
func (r *run) highest() moment {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.moments) == 0 {
		return moment{}
	}
	highest := r.moments[len(r.moments)-1]
	highest.memory = slices.Clone(highest.memory)
	for _, m := range r.moments {
		for node, memory := range m.memory {
			highest.memory[node] = max(highest.memory[node], memory)
		}
	}
	return highest
}

// score is what a run adds up to.
type score struct {
	nodesOverLine int
	maxMemory     float64
	podsKilled    int
	pendingTime   time.Duration
	running       int
}

// score looks at all moments of the run: a node that was over the line in any of
// them counts.
func (r *run) score() score {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var s score
	over := map[int]bool{}
	for _, m := range r.moments {
		for node, memory := range m.memory {
			s.maxMemory = max(s.maxMemory, memory)
			if memory > loadLine {
				over[node] = true
			}
		}
		s.podsKilled = m.pods.killed
		s.pendingTime = m.pods.pendingTime
		s.running = m.pods.running
	}
	s.nodesOverLine = len(over)
	return s
}
