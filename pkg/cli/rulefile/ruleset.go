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
	var found contents
	for _, document := range Documents(file, data) {
		found.read(document)
	}
	Sort(found.problems)
	return found.rules, found.problems
}

// contents are what is found in a file.
type contents struct {
	rules    []RuleSet
	problems []Problem
}

// object is what is read of anything. What is no object has neither.
type object struct{ apiVersion, kind string }

func sniff(data []byte) (object, error) {
	var content any
	if err := sigsyaml.Unmarshal(data, &content); err != nil {
		return object{}, err
	}
	fields, _ := content.(map[string]any)
	apiVersion, _ := fields["apiVersion"].(string)
	kind, _ := fields["kind"].(string)
	return object{apiVersion, kind}, nil
}

func (c *contents) read(document Document) {
	found, err := sniff(document.Data)
	if err != nil {
		c.problems = append(c.problems, document.Problems(err)...)
		return
	}
	switch {
	case found.isRuleSet():
		c.readRuleSet(document)
	case found.apiVersion == "v1" && found.kind == "ConfigMap":
		c.readConfigMap(document)
	}
}

// isRuleSet tells whether an object is meant to be a rule set, with whatever
// version or typing error.
func (o object) isRuleSet() bool {
	group, _, _ := strings.Cut(o.apiVersion, "/")
	switch group {
	case v1alpha1.SchemeGroupVersion.Group:
		return o.kind != "LoadlineArgs"
	default:
		return o.apiVersion == "" && o.kind == "RuleSet"
	}
}

func (c *contents) readRuleSet(document Document) {
	rules, err := v1alpha1.DecodeRuleSet(document.Data)
	if err != nil {
		c.problems = append(c.problems, document.Problems(err)...)
		return
	}
	c.rules = append(c.rules, RuleSet{rules, document})
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
		c.readRuleSet(document.value(field.NewPath("data").Key(key).String(), text))
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
