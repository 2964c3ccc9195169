// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Journal keeps the latest decision on each of the last pods. It is safe for
// concurrent use.
type Journal struct {
	mu       sync.Mutex
	capacity int
	entries  map[types.UID]*entry
	// order are the pods of entries, the earliest first.
	order []types.UID
	// told is called with what is announced.
	told func(decision func() *Decision)
	// tally counts outcomes. Nil: nobody asks.
	tally *Tally
}

type entry struct {
	once sync.Once
	make func() *Decision // nil once it was called
	made *Decision
}

func (e *entry) decision() *Decision {
	e.once.Do(func() { e.made, e.make = e.make(), nil })
	return e.made
}

// NewJournal makes a journal of the last pods, as many as its capacity.
func NewJournal(capacity int) *Journal {
	return &Journal{capacity: capacity, entries: make(map[types.UID]*entry, capacity), told: func(func() *Decision) {}}
}

// Follow has a function called with each decision that is announced. It must not
// block, and make the decision elsewhere. It is set before anything is taken down.
func (j *Journal) Follow(told func(decision func() *Decision)) { j.told = told }

// CountIn has outcomes counted. It is set before anything is taken down.
func (j *Journal) CountIn(tally *Tally) { j.tally = tally }

// Count counts what has become of a pod, whether or not the decision is news.
func (j *Journal) Count(outcome Outcome) {
	if j.tally != nil {
		j.tally.add(outcome)
	}
}

// Add takes down the decision on a pod, in the place of an earlier one. It is
// made when somebody asks for it, or at Settle, so that taking it down costs
// little.
func (j *Journal) Add(pod types.UID, make func() *Decision) { j.add(pod, &entry{make: make}) }

// Announce takes down a decision as Add does, and tells of it whoever follows.
func (j *Journal) Announce(pod types.UID, make func() *Decision) {
	announced := &entry{make: make}
	j.add(pod, announced)
	j.told(announced.decision)
}

func (j *Journal) add(pod types.UID, added *entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, known := j.entries[pod]; !known {
		if len(j.order) == j.capacity {
			delete(j.entries, j.order[0])
			j.order = append(j.order[:0], j.order[1:]...)
		}
		j.order = append(j.order, pod)
	}
	j.entries[pod] = added
}

// Settle makes all decisions, so that they do not hold on to what they are made
// of.
func (j *Journal) Settle() { j.All() }

// All returns all decisions, the pod that was first seen earliest first. They
// are not to be changed.
func (j *Journal) All() []*Decision {
	j.mu.Lock()
	entries := make([]*entry, 0, len(j.order))
	for _, pod := range j.order {
		entries = append(entries, j.entries[pod])
	}
	j.mu.Unlock()
	decisions := make([]*Decision, 0, len(entries))
	for _, entry := range entries {
		decisions = append(decisions, entry.decision())
	}
	return decisions
}

// Size is the number of pods that decisions are kept on, and of those that there
// is room for.
func (j *Journal) Size() (pods, capacity int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.order), j.capacity
}

// Latest returns the decision on a pod. Nil if none is kept.
func (j *Journal) Latest(pod types.UID) *Decision {
	j.mu.Lock()
	found := j.entries[pod]
	j.mu.Unlock()
	if found == nil {
		return nil
	}
	return found.decision()
}

// Find returns the decisions on pods of a name, the earliest first: a pod that
// was made anew under the same name has its own.
func (j *Journal) Find(namespace, pod string) []*Decision {
	var found []*Decision
	for _, decision := range j.All() {
		if decision.Namespace == namespace && decision.Pod == pod {
			found = append(found, decision)
		}
	}
	return found
}
