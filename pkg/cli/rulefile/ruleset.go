// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rulefile

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// RuleSet is a valid rule set, and where it is written.
type RuleSet struct {
	*v1alpha1.RuleSet
	Document
}

// Read finds the rule sets in a file, as they are or in ConfigMaps, and what is
// wrong with those that are not valid. It passes over everything else.
func Read(file string, data []byte) ([]RuleSet, []Problem) {
	documents, problems := Texts(file, data)
	var found []RuleSet
	for _, document := range documents {
		rules, err := v1alpha1.DecodeRuleSet(document.Data)
		if err != nil {
			problems = append(problems, document.Problems(err)...)
			continue
		}
		found = append(found, RuleSet{rules, document})
	}
	Sort(problems)
	return found, problems
}

// Texts finds what Read reads rule sets from, whether they are valid or not.
func Texts(file string, data []byte) ([]Document, []Problem) {
	var found contents
	for _, document := range Documents(file, data) {
		found.read(document)
	}
	Sort(found.problems)
	return found.texts, found.problems
}

// contents are what is found in a file.
type contents struct {
	texts    []Document
	problems []Problem
}

func (c *contents) read(document Document) {
	found, err := document.Object()
	if err != nil {
		c.problems = append(c.problems, document.Problems(err)...)
		return
	}
	switch {
	case found.isRuleSet():
		c.texts = append(c.texts, document)
	case found.APIVersion == "v1" && found.Kind == "ConfigMap":
		c.readConfigMap(document)
	}
}

// isRuleSet tells whether an object is meant to be a rule set, with whatever
// version or typing error.
func (o Object) isRuleSet() bool {
	group, _, _ := strings.Cut(o.APIVersion, "/")
	switch group {
	case v1alpha1.SchemeGroupVersion.Group:
		return o.Kind != "LoadlineArgs"
	default:
		return o.APIVersion == "" && o.Kind == "RuleSet"
	}
}

// readConfigMap reads every data key of a ConfigMap with the label by which rules
// are found, as the scheduler does, and of others the keys that hold a rule set.
func (c *contents) readConfigMap(document Document) {
	var configMap struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
		Data map[string]string `json:"data"`
	}
	if err := sigsyaml.Unmarshal(document.Data, &configMap); err != nil {
		c.problems = append(c.problems, document.Problems(err)...)
		return
	}
	labelled, unread := configMap.Metadata.Labels[v1alpha1.RulesLabel] == "true", false
	for _, key := range slices.Sorted(maps.Keys(configMap.Data)) {
		text := configMap.Data[key]
		if !labelled && !holdsRuleSet(text) {
			continue
		}
		c.texts = append(c.texts, document.value(field.NewPath("data").Key(key).String(), text))
		unread = !labelled
	}
	if unread {
		c.problems = append(c.problems, document.Warning(field.NewPath("metadata", "labels"),
			"without "+v1alpha1.RulesLabel+"=true the rules in this ConfigMap are not read"))
	}
}

func holdsRuleSet(text string) bool {
	found, err := sniff([]byte(text))
	return err == nil && found.isRuleSet()
}
