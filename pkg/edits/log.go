// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package edits

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// What became of a rule set by an edit.
type What string

const (
	// Added: there was none of this name.
	Added What = "Added"
	// Changed: other content is in force.
	Changed What = "Changed"
	// Removed: no object carries the name any more.
	Removed What = "Removed"
	// Refused: the text does not decode or validate.
	Refused What = "Refused"
	// Restored: the text was refused before, and is in force again, as it was or with
	// other content.
	Restored What = "Restored"
)

// Change is one change of a rule set. It is served as JSON; fields are added to it,
// and none is taken away.
type Change struct {
	Time time.Time `json:"time"`
	// RuleSet is its name, or where it is written if no name can be read.
	RuleSet string `json:"ruleSet"`
	What    What   `json:"what"`
	// By is the program that has made the edit, as in Edit. Empty where that is not
	// known.
	By string `json:"by,omitempty"`
	// Note is why the text was refused.
	Note string `json:"note,omitempty"`
}

// maxChanges bounds what is remembered.
const maxChanges = 200

// Log remembers the latest changes. The zero value is an empty one. It is safe for
// concurrent use.
type Log struct {
	mu      sync.Mutex
	changes []Change // by time
}

// Add takes down changes that were seen together, in any order.
func (l *Log) Add(changes ...Change) {
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return strings.Compare(a.RuleSet, b.RuleSet) })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes = append(l.changes, changes...)
	slices.SortStableFunc(l.changes, func(a, b Change) int { return a.Time.Compare(b.Time) })
	if excess := len(l.changes) - maxChanges; excess > 0 {
		l.changes = slices.Delete(l.changes, 0, excess)
	}
}

// All are the changes, the oldest first.
func (l *Log) All() []Change {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.changes)
}
