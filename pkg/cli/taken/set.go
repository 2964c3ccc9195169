// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package taken tells whether the running scheduler has taken the content of
// rule sets, by the status that it writes.
package taken

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// Set is the text of what is meant to be a rule set, valid or not.
type Set struct {
	// Label tells it from the others: its name or, where it has none, the place
	// where it is written.
	Label string

	name   string
	hashes sets.Set[string]
}

// Find finds the texts in a file, as they are or in ConfigMaps.
func Find(file string, data []byte) ([]Set, []rulefile.Problem) {
	documents, problems := rulefile.Texts(file, data)
	found := make([]Set, 0, len(documents))
	for _, document := range documents {
		text := string(document.Data)
		set := Set{name: v1alpha1.RuleSetName(document.Data), hashes: sets.New(v1alpha1.ContentHash(text))}
		if len(documents) == 1 {
			// A ConfigMap that is made from the file holds all of it, with the
			// comments before the rule set.
			set.hashes.Insert(v1alpha1.ContentHash(string(data)))
		}
		set.Label = set.name
		if set.Label == "" {
			set.Label = fmt.Sprintf("%s:%d", file, document.Line(""))
		}
		found = append(found, set)
	}
	return found, problems
}
