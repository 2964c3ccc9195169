// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explained

import (
	"encoding/json"
	"fmt"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// Decision is one as a scheduler served it.
type Decision struct {
	explain.Decision
	// Served is all of it, also what is not known here.
	Served json.RawMessage
	// From is the scheduler's pod, or the address.
	From string
}

// after tells whether the decision is later than another one.
func (d *Decision) after(other *Decision) bool {
	if !d.Time.Equal(other.Time) {
		return d.Time.After(other.Time)
	}
	return d.Generation > other.Generation
}

// journal is what one scheduler remembers of pods of a name.
type journal struct {
	inspect.Journal
	from      string
	decisions []*Decision
}

// full tells whether decisions may have been forgotten.
func (j *journal) full() bool { return j.Pods >= j.Capacity && j.Capacity > 0 }

// readJournal reads the answer of a scheduler.
func readJournal(body []byte, from string) (*journal, error) {
	var answer struct {
		Decisions []json.RawMessage `json:"decisions"`
		Journal   inspect.Journal   `json:"journal"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("reading the answer (is it a scheduler of Loadline that answers?): %w", err)
	}
	read := &journal{Journal: answer.Journal, from: from}
	for _, served := range answer.Decisions {
		decision := &Decision{Served: served, From: from}
		if err := json.Unmarshal(served, &decision.Decision); err != nil {
			return nil, fmt.Errorf("reading a decision: %w", err)
		}
		read.decisions = append(read.decisions, decision)
	}
	return read, nil
}
