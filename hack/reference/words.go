// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// nouns are what Kubernetes calls its own things, which are meant wherever they
// are not the first word of a comment.
var nouns = []string{"ConfigMap", "ServiceAccount", "Namespace"}

// sentences takes a comment apart.
func sentences(text string) []string {
	var all []string
	begin := 0
	for i := 0; i+2 < len(text); i++ {
		next := rune(text[i+2])
		if text[i] == '.' && text[i+1] == ' ' && (unicode.IsUpper(next) || unicode.IsDigit(next)) {
			all = append(all, text[begin:i+1])
			begin = i + 2
		}
	}
	return append(all, text[begin:])
}

// split tells what a comment says of a default from the rest of it.
func split(doc string) (meaning, fallback string) {
	var rest []string
	for _, sentence := range sentences(doc) {
		if after, ok := strings.CutPrefix(sentence, "Default"); ok && strings.IndexAny(after, ": ") == 0 {
			fallback = strings.TrimSuffix(strings.TrimLeft(after, ": "), ".")
		} else {
			rest = append(rest, sentence)
		}
	}
	return strings.Join(rest, " "), fallback
}

var (
	capitalized = regexp.MustCompile(`\b[A-Z][A-Za-z0-9]*\b`)
	quoted      = regexp.MustCompile(`"([^" ]+)"`)
)

// inYAML puts the names that fields have in YAML in the place of those that they
// have in Go, and quoted values into the font of code. of is the type that the
// comment is about.
func (s *source) inYAML(text string, of *structure) string {
	text = quoted.ReplaceAllString(text, "`$1`")
	var out strings.Builder
	end := 0
	for _, at := range capitalized.FindAllStringIndex(text, -1) {
		word := text[at[0]:at[1]]
		name, ok := s.yamlName(word, of, at[0] == 0)
		isCode := at[0] > 0 && text[at[0]-1] == '`'
		isFirst := strings.HasSuffix(text[:at[0]], ". ") && !isCompound(word) // may be an ordinary word
		if !ok || isCode || isFirst {
			continue
		}
		out.WriteString(text[end:at[0]] + "`" + name + "`")
		end = at[1]
	}
	return out.String() + text[end:]
}

// yamlName is what a word is in YAML, if it is the name of a field or of a value.
func (s *source) yamlName(word string, of *structure, leading bool) (name string, ok bool) {
	if !leading && slices.Contains(nouns, word) {
		return "", false
	}
	if of != nil {
		for _, field := range of.fields {
			if field.goName == word {
				return field.name, true
			}
		}
	}
	if !isCompound(word) {
		return "", false // a word of the language
	}
	for _, choices := range s.choices {
		for _, choice := range choices {
			if i := slices.Index(choice.goNames, word); i >= 0 {
				return choice.values[i], true
			}
		}
	}
	for _, other := range s.structs {
		for _, field := range other.fields {
			if field.goName == word {
				return field.name, true
			}
		}
	}
	return "", false
}

// isCompound tells whether a word has a capital letter within it.
func isCompound(word string) bool { return strings.ContainsFunc(word[1:], unicode.IsUpper) }

// predicate leaves out the name that a comment begins with, by Go's convention, and
// "is": on the page it stands beside the name.
func predicate(text, name string) string {
	after, ok := strings.CutPrefix(text, "`"+name+"` ")
	if !ok {
		return text
	}
	after = strings.TrimPrefix(strings.TrimPrefix(after, "is "), "are ")
	return strings.ToUpper(after[:1]) + after[1:]
}

// describe says what a type is.
func (s *source) describe(kind string) string {
	text := s.docs[kind]
	if _, after, ok := strings.Cut(text, kind+" is "); ok {
		text = strings.ToUpper(after[:1]) + after[1:]
	}
	return s.inYAML(text, s.structs[kind])
}

// meaningOf is what a value means, with its own name for that in Go.
func (s *source) meaningOf(c choice) string {
	doc := c.doc
	for i, goName := range c.goNames {
		doc = strings.ReplaceAll(doc, goName+" ", "`"+c.values[i]+"` ")
		doc = strings.ReplaceAll(doc, goName+",", "`"+c.values[i]+"`,")
	}
	return predicate(s.inYAML(doc, nil), c.values[0])
}

// reading is how the types of others are called, with a place to read on, by their
// names in Go.
var reading = map[string]string{
	"HTTPConfig": "[`<http_config>`](https://prometheus.io/docs/prometheus/latest/configuration/configuration/#http_config) of Prometheus",

	"metav1.LabelSelector": "[label selector](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors)",

	"componentbaseconfig.ClientConnectionConfiguration": "[object](https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/#ClientConnectionConfiguration) of Kubernetes",
	"componentbaseconfig.LeaderElectionConfiguration":   "[object](https://kubernetes.io/docs/reference/config-api/kube-scheduler-config.v1/#LeaderElectionConfiguration) of Kubernetes",
}

// words are how simple types are called, one and several of them.
var words = map[string][2]string{
	"string":                 {"text", "texts"},
	"scalar":                 {"text or number", "texts or numbers"},
	"bool":                   {"`true` or `false`", ""},
	"int32":                  {"whole number", "whole numbers"},
	"int64":                  {"whole number", "whole numbers"},
	"Threshold":              {"[number](#numbers-and-durations)", "[numbers](#numbers-and-durations)"},
	"Duration":               {"[duration](#numbers-and-durations)", "durations"},
	"MetricsAPI":             {"`{}`", ""},
	"resource.Quantity":      {"[quantity](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)", "quantities"},
	"metav1.ObjectMeta":      {"object", ""},
	"corev1.TaintEffect":     {"text", ""},
	"corev1.NodeAddressType": {"text", "texts"},
	"corev1.ResourceName":    {"name of a resource", "names of resources"},
	"corev1.ResourceList":    {"map of names of resources to quantities", ""},
}

// inWords is a type as a person calls it. anchors are the places on the page where
// types are described.
func (s *source) inWords(kind string, anchors map[string]string) (string, error) {
	kind = strings.TrimLeft(kind, "*")
	if element, ok := strings.CutPrefix(kind, "[]"); ok {
		many, err := s.several(element, anchors)
		return "list of " + many, err
	}
	if after, ok := strings.CutPrefix(kind, "map["); ok {
		key, element, _ := strings.Cut(after, "]")
		many, err := s.several(element, anchors)
		keys := "names"
		switch key {
		case "Builtin", "v1alpha1.Builtin":
			keys = "built-in metrics"
		case "corev1.ResourceName":
			keys = "names of resources"
		}
		return "map of " + keys + " to " + many, err
	}
	kind = strings.TrimPrefix(kind, "v1alpha1.")
	switch {
	case words[kind][0] != "":
		return words[kind][0], nil
	case reading[kind] != "":
		return reading[kind], nil
	case anchors[kind] != "":
		return "[object](#" + anchors[kind] + ")", nil
	case len(s.choices[kind]) > 0:
		return s.alternatives(kind), nil
	}
	return "", fmt.Errorf("there are no words for the type %s", kind)
}

func (s *source) several(kind string, anchors map[string]string) (string, error) {
	kind = strings.TrimLeft(kind, "*")
	if element, ok := strings.CutPrefix(kind, "[]"); ok {
		many, err := s.several(element, anchors)
		return "lists of " + many, err
	}
	if strings.HasPrefix(kind, "map[") {
		one, err := s.inWords(kind, anchors)
		return strings.Replace(one, "map", "maps", 1), err
	}
	switch {
	case words[kind][1] != "":
		return words[kind][1], nil
	case anchors[kind] != "":
		return "[objects](#" + anchors[kind] + ")", nil
	}
	return "", fmt.Errorf("there are no words for several of the type %s", kind)
}

// alternatives are the values of a type.
func (s *source) alternatives(kind string) string {
	var values []string
	for _, choice := range s.choices[kind] {
		for _, value := range choice.values {
			values = append(values, "`"+value+"`")
		}
	}
	if len(values) == 2 {
		return strings.Join(values, " or ")
	}
	return "one of those below"
}
