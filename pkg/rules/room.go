// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const (
	// maxData is what the values of one ConfigMap may hold, in bytes: the API
	// server's limit.
	maxData = 1 << 20
	// maxContents is the part of it for contents. What they leave free, and no less
	// than the rest, is for states.
	maxContents = 768 << 10
)

// content is that of a rule set in force.
type content struct {
	rules *v1alpha1.RuleSet
	// needed tells that an object which carries the name is refused now: after a
	// restart the content is to be had nowhere else.
	needed bool
	text   string
}

// keptContents are the contents by their data keys, as many as there is room for:
// first those that are needed, then the smallest. leftOut names the others.
func keptContents(contents []content) (data map[string]string, leftOut []string, err error) {
	for i := range contents {
		text, err := yaml.Marshal(contents[i].rules)
		if err != nil {
			return nil, nil, fmt.Errorf("writing rule set %q: %w", contents[i].rules.Name, err)
		}
		contents[i].text = string(text)
	}
	slices.SortFunc(contents, func(a, b content) int {
		if a.needed != b.needed {
			return map[bool]int{true: -1, false: 1}[a.needed]
		}
		return cmp.Or(cmp.Compare(len(a.text), len(b.text)), strings.Compare(a.rules.Name, b.rules.Name))
	})
	data = make(map[string]string, len(contents)+1)
	room := maxContents
	for _, content := range contents {
		key := v1alpha1.LastGoodPrefix + content.rules.Name
		if len(content.text) > room || len(validation.IsConfigMapKey(key)) > 0 { // it may be too long
			leftOut = append(leftOut, content.rules.Name)
			continue
		}
		room -= len(content.text)
		data[key] = content.text
	}
	slices.Sort(leftOut)
	return data, leftOut, nil
}

// statesText tells the states in no more than so many bytes: if need be with less
// of each error, and as the last resort without the states that do not fit, those
// that are in force being told first.
func statesText(states []v1alpha1.RuleSetStatus, room int) (string, error) {
	for _, limit := range []int{maxError, 512} {
		if least(states, limit) > room {
			continue // making the text would take long
		}
		text, err := told(states, limit, 0)
		if err != nil || len(text) <= room {
			return text, err
		}
	}
	const shortest = 64
	states = slices.Clone(states)
	slices.SortStableFunc(states, func(a, b v1alpha1.RuleSetStatus) int {
		return cmp.Compare(rank(a), rank(b))
	})
	room -= len("omitted: 0000000\nruleSets:\n")
	fits := 0
	for _, state := range states {
		text, err := toldOne(state, shortest)
		if room -= len(text); err != nil || room < 0 {
			break
		}
		fits++
	}
	return told(states[:fits], shortest, len(states)-fits)
}

// least is what the longest parts of the states take, in bytes.
func least(states []v1alpha1.RuleSetStatus, maxError int) int {
	total := 0
	for _, state := range states {
		total += len(state.ContentHash) + len(state.ConfigMap) + min(len(state.Error), maxError)
	}
	return total
}

func rank(state v1alpha1.RuleSetStatus) int {
	if state.State == v1alpha1.InForce {
		return 0
	}
	return 1
}

// told is a RulesStatus as text, with so much of each error.
func told(states []v1alpha1.RuleSetStatus, maxError, omitted int) (string, error) {
	shortened := slices.Clone(states)
	for i := range shortened {
		shortened[i].Error = cut(shortened[i].Error, maxError)
	}
	text, err := yaml.Marshal(v1alpha1.RulesStatus{RuleSets: shortened, Omitted: omitted})
	return string(text), err
}

// toldOne is what a state takes of such a text.
func toldOne(state v1alpha1.RuleSetStatus, maxError int) (string, error) {
	state.Error = cut(state.Error, maxError)
	text, err := yaml.Marshal([]v1alpha1.RuleSetStatus{state})
	return string(text), err
}

// abridge keeps a log line readable.
func abridge(names []string) string {
	const shown = 10
	if len(names) <= shown {
		return strings.Join(names, ",")
	}
	return strings.Join(names[:shown], ",") + ",..."
}
