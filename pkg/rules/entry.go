// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
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
		for key, text := range texts(configMap) {
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

// texts are those of a ConfigMap by their keys. What is not UTF-8 is under binaryData,
// and is there to be refused.
func texts(configMap *corev1.ConfigMap) map[string]string {
	if len(configMap.BinaryData) == 0 {
		return configMap.Data
	}
	all := maps.Clone(configMap.Data)
	if all == nil {
		all = make(map[string]string, len(configMap.BinaryData))
	}
	for key, data := range configMap.BinaryData {
		all[key] = string(data)
	}
	return all
}

func (s *Store) readEntry(logger klog.Logger, at source, configMap *corev1.ConfigMap, text string, before *entry) *entry {
	read := &entry{source: at, object: configMap, text: text, createdAt: configMap.CreationTimestamp.Time}
	rules, err := v1alpha1.DecodeRuleSet([]byte(text))
	if err == nil {
		read.rules, read.names = rules, []string{rules.Name}
		return read
	}
	read.err = errors.New(cut(err.Error(), maxError))
	if name := v1alpha1.RuleSetName([]byte(text)); name != "" {
		read.names = []string{name}
	}
	if before != nil && before.rules != nil {
		read.rules = before.rules
		read.names = append(read.names, before.rules.Name)
	}
	stays := "nothing is in force in its place"
	if slices.ContainsFunc(read.names, func(name string) bool { return s.lastGood[name] != nil }) {
		stays = "the last good content stays in force"
	}
	logger.Error(read.err, "Rule set refused", "configMap", klog.KObj(configMap), "key", at.key, "consequence", stays)
	s.warn(configMap, reasonRefused, at.key+": refused, "+stays+": "+read.err.Error())
	return read
}

// warn records an event on a ConfigMap, unless there have been many of late.
func (s *Store) warn(configMap *corev1.ConfigMap, reason, note string) {
	if s.recorder != nil && s.pace.TryAccept() {
		s.recorder.Eventf(configMap, nil, corev1.EventTypeWarning, reason, action, "%s", cut(note, maxNote))
	}
}

const (
	// maxNote is the number of bytes that the API allows in the text of an event.
	maxNote = 1024
	// maxError bounds, in bytes, what is kept of why a text was refused: a text of
	// a megabyte can have thousands of mistakes.
	maxError = 4 << 10
)

// cut makes a text fit into so many bytes.
func cut(text string, limit int) string {
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit-3], "") + "..."
	}
	return text
}

// choose finds the content in force for each name that any entry carries: the
// last valid one of the newest entry that ever had any, else the last good one,
// whose entry is gone.
func choose(entries map[source]*entry, lastGood map[string]*v1alpha1.RuleSet) map[string]*v1alpha1.RuleSet {
	chosen, newest := map[string]*v1alpha1.RuleSet{}, newestValid(entries)
	for _, e := range entries {
		for _, name := range e.names {
			if valid := newest[name]; valid != nil {
				chosen[name] = valid.rules
			} else if rules := lastGood[name]; rules != nil {
				chosen[name] = rules
			}
		}
	}
	return chosen
}

// newestValid finds, for each name, the newest entry that ever had valid content
// of it.
func newestValid(entries map[source]*entry) map[string]*entry {
	newest := make(map[string]*entry, len(entries))
	for _, e := range entries {
		if e.rules == nil {
			continue
		}
		if other := newest[e.rules.Name]; other == nil || compareAge(e, other) > 0 {
			newest[e.rules.Name] = e
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
	newest := newestValid(s.entries)
	for _, e := range s.entries {
		if e.rules == nil || inForce[e.rules.Name] == e.rules {
			e.supersededBy = source{}
			continue
		}
		by := newest[e.rules.Name].source
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
