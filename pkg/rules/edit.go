// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"maps"
	"reflect"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/edits"
)

// Edits are the latest changes of the rule sets, the oldest first: those that were
// seen, and of the time before the last edit of each text.
func (s *Store) Edits() []edits.Change { return s.edits.All() }

// takeDown takes down what an update has changed: the entries before it, and the
// contents that are to be in force after it.
func (s *Store) takeDown(before map[source]*entry, next map[string]*v1alpha1.RuleSet) {
	if !s.begun {
		s.begun = true
		s.edits.Add(s.earlierEdits()...)
		return
	}
	var changes []edits.Change
	restored, authors := map[string]bool{}, map[string]*entry{}
	for at, e := range s.entries {
		was := before[at]
		switch {
		case e.err != nil && was != e:
			changes = append(changes, s.changeOf(e, edits.Refused))
		case e.err == nil && next[e.rules.Name] == e.rules:
			authors[e.rules.Name] = e
			restored[e.rules.Name] = was != nil && was.err != nil
		}
	}
	names := maps.Clone(s.lastGood)
	maps.Copy(names, next)
	for name := range names {
		if what := changed(s.lastGood[name], next[name], restored[name]); what != "" {
			changes = append(changes, s.change(name, what, authors[name]))
		}
	}
	s.edits.Add(changes...)
}

// changed is what has become of a rule set. Empty: nothing.
func changed(was, is *v1alpha1.RuleSet, restored bool) edits.What {
	switch {
	case was == nil:
		return edits.Added
	case is == nil:
		return edits.Removed
	case restored:
		return edits.Restored
	case was != is && !reflect.DeepEqual(was.Spec, is.Spec):
		return edits.Changed
	}
	return ""
}

// earlierEdits are the last of each entry, as far as the API server knows.
func (s *Store) earlierEdits() []edits.Change {
	changes := make([]edits.Change, 0, len(s.entries))
	for _, e := range s.entries {
		last := edits.Last(e.object, e.source.key)
		switch {
		case last == nil:
		case e.err != nil:
			changes = append(changes, s.changeOf(e, edits.Refused))
		case last.Time.After(e.createdAt.Add(time.Second)): // which are whole seconds
			changes = append(changes, s.changeOf(e, edits.Changed))
		default:
			changes = append(changes, s.changeOf(e, edits.Added))
		}
	}
	return changes
}

// changeOf is a change of the rule set of an entry.
func (s *Store) changeOf(e *entry, what edits.What) edits.Change {
	name := e.source.configMap + "/" + e.source.key
	if len(e.names) > 0 {
		name = cmp.Or(e.names[0], name)
	}
	return s.change(name, what, e)
}

// change is a change of a rule set by the last edit of an entry. Nil: by one that
// nobody knows of.
func (s *Store) change(name string, what edits.What, by *entry) edits.Change {
	changed := edits.Change{Time: s.clock.Now(), RuleSet: name, What: what}
	if by == nil {
		return changed
	}
	if what == edits.Refused {
		changed.Note = by.err.Error()
	}
	if last := edits.Last(by.object, by.source.key); last != nil {
		changed.By = last.Manager
		if last.Time.Before(changed.Time) {
			changed.Time = last.Time
		}
	}
	return changed
}
