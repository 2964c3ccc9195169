// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// Reasons of the events on rule ConfigMaps.
const (
	reasonRefused    = "RuleSetRefused"
	reasonSuperseded = "RuleSetSuperseded"
	action           = "ReadRules"
)

// source is where a rule set is written: a data key of a ConfigMap.
type source struct {
	configMap, key string
}

// entry is the latest content of a source.
type entry struct {
	source    source
	object    *corev1.ConfigMap
	text      string
	createdAt time.Time
	// names are the rule sets that the source carries: the one it names now
	// and, where that content was refused, the one it held before.
	names []string
	// rules are the last that were valid. Nil where none ever were.
	rules *v1alpha1.RuleSet
	// err is why the text was refused.
	err error
	// supersededBy is the source whose content is in force instead, as last
	// reported.
	supersededBy source
}

// readEntries decodes what is new, and forgets the sources that are gone.
func (s *Store) readEntries(logger klog.Logger, configMaps []*corev1.ConfigMap) {
	entries := map[source]*entry{}
	for _, configMap := range configMaps {
		for key, text := range configMap.Data {
			at := source{configMap.Name, key}
			before := s.entries[at]
			if before != nil && before.text == text && before.object.UID == configMap.UID {
				before.object = configMap
				entries[at] = before
				continue
			}
			entries[at] = s.readEntry(logger, at, configMap, text, before)
		}
	}
	s.entries = entries
}

func (s *Store) readEntry(logger klog.Logger, at source, configMap *corev1.ConfigMap, text string, before *entry) *entry {
	read := &entry{source: at, object: configMap, text: text, createdAt: configMap.CreationTimestamp.Time}
	rules, err := v1alpha1.DecodeRuleSet([]byte(text))
	if err == nil {
		read.rules, read.names = rules, []string{rules.Name}
		return read
	}
	read.err = err
	if name := v1alpha1.RuleSetName([]byte(text)); name != "" {
		read.names = []string{name}
	}
	if before != nil && before.rules != nil {
		read.rules = before.rules
		read.names = append(read.names, before.rules.Name)
	}
	stays := "there is no earlier content"
	if slices.ContainsFunc(read.names, func(name string) bool { return s.lastGood[name] != nil }) {
		stays = "the last good content stays in force"
	}
	logger.Error(err, "Rule set refused", "configMap", klog.KObj(configMap), "key", at.key, "consequence", stays)
	s.warn(configMap, reasonRefused, at.key+": refused, "+stays+": "+err.Error())
	return read
}

// warn records an event on a ConfigMap.
func (s *Store) warn(configMap *corev1.ConfigMap, reason, note string) {
	if s.recorder != nil {
		s.recorder.Eventf(configMap, nil, corev1.EventTypeWarning, reason, action, "%s", cut(note))
	}
}

// maxNote is the number of bytes that the API allows in the text of an event.
const maxNote = 1024

// cut makes a text fit into an event.
func cut(text string) string {
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-3], "") + "..."
	}
	return text
}

// choose finds the content in force for each name that any entry carries: the
// last valid one of the newest entry that ever had any, else the last good one,
// whose entry is gone.
func choose(entries map[source]*entry, lastGood map[string]*v1alpha1.RuleSet) map[string]*v1alpha1.RuleSet {
	chosen := map[string]*v1alpha1.RuleSet{}
	for _, e := range entries {
		for _, name := range e.names {
			if newest := newestValid(entries, name); newest != nil {
				chosen[name] = newest.rules
			} else if rules := lastGood[name]; rules != nil {
				chosen[name] = rules
			}
		}
	}
	return chosen
}

func newestValid(entries map[source]*entry, name string) *entry {
	var newest *entry
	for _, e := range entries {
		if e.rules == nil || e.rules.Name != name {
			continue
		}
		if newest == nil || compareAge(e, newest) > 0 {
			newest = e
		}
	}
	return newest
}

// compareAge orders entries from the oldest to the newest, and those of the
// same second by their source, so that every replica chooses the same one.
func compareAge(a, b *entry) int {
	return cmp.Or(a.createdAt.Compare(b.createdAt),
		strings.Compare(a.source.configMap, b.source.configMap), strings.Compare(a.source.key, b.source.key))
}

// reportSuperseded warns once about each entry whose content is not the one in
// force.
func (s *Store) reportSuperseded(logger klog.Logger, inForce map[string]*v1alpha1.RuleSet) {
	for _, e := range s.entries {
		if e.rules == nil || inForce[e.rules.Name] == e.rules {
			e.supersededBy = source{}
			continue
		}
		by := newestValid(s.entries, e.rules.Name).source
		if by == e.supersededBy {
			continue
		}
		e.supersededBy = by
		logger.Info("Rule set is superseded by a newer one of the same name",
			"ruleSet", e.rules.Name, "configMap", klog.KObj(e.object), "key", e.source.key, "newer", by.configMap+"/"+by.key)
		s.warn(e.object, reasonSuperseded,
			fmt.Sprintf("%s: superseded by key %s of ConfigMap %s, which is newer and also holds rule set %q", e.source.key, by.key, by.configMap, e.rules.Name))
	}
}
