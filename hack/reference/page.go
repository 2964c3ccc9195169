// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Where the types are.
const (
	apiDirectory  = "pkg/api/v1alpha1"
	testDirectory = "pkg/cli/ruletest"
)

//go:embed examples
var examples embed.FS

// head is what the page begins with.
//
//go:embed head.md
var head string

// kind is something that a person writes.
type kind struct {
	title, root string // the latter is the type
	// examples are what comes before a file of examples, and its name.
	examples [][2]string
	// shortest is an object with nothing in it that has a default, after the kind.
	shortest string
}

func kinds() []kind {
	return []kind{
		{
			title: "RuleSet", root: "RuleSet",
			examples: [][2]string{{"All fields, with `reject`, and the three ways to evict:", "ruleset.yaml"}},
			shortest: "short.yaml",
		},
		{
			title: "LoadlineArgs", root: "LoadlineArgs",
			examples: [][2]string{
				{"With the engine inside the process, which asks kubelets:", "args-embedded.yaml"},
				{"With a Prometheus server:", "args-prometheus.yaml"},
				{"With the metrics API:", "args-metrics-api.yaml"},
			},
			shortest: "args-short.yaml",
		},
		{
			title: "DeschedulerConfiguration", root: "DeschedulerConfiguration",
			examples: [][2]string{{"With StatefulSets, and slower than as shipped:", "descheduler.yaml"}},
			shortest: "descheduler-short.yaml",
		},
		{
			title: "Rule unit tests", root: "file",
			examples: [][2]string{{"A test of the first rule of the [rule set above](#ruleset), which is in `rules.yaml`:", "rules.test.yaml"}},
		},
	}
}

// writer writes the page.
type writer struct {
	strings.Builder
	source    *source
	anchors   map[string]string // by type, of what has been described or will be
	described map[string]bool   // types
	defaults  map[string][]string
	faults    []string
}

// page is the whole page.
func page(root string) (string, error) {
	s, err := read(root+"/"+apiDirectory, root+"/"+testDirectory)
	if err != nil {
		return "", err
	}
	w := &writer{source: s, anchors: map[string]string{}, described: map[string]bool{}, defaults: map[string][]string{}}
	for field, value := range elsewhere() {
		w.defaults[field] = []string{value}
	}
	texts := map[string]string{} // with defaults filled in
	for _, k := range kinds() {
		for _, at := range s.walk(k.root, "") {
			if w.anchors[at.kind] == "" && at.path != "" {
				w.anchors[at.kind] = anchor(at.path)
			}
		}
		if k.shortest == "" {
			continue
		}
		found, text, err := filledIn(k.root, example(k.shortest))
		if err != nil {
			return "", err
		}
		texts[k.root] = text
		w.note(k.root, found)
	}
	w.line("%s", head)
	for _, k := range kinds() {
		w.kind(k, texts[k.root])
	}
	w.numbers()
	if len(w.faults) > 0 {
		return "", fmt.Errorf("comments and code differ:\n%s", strings.Join(w.faults, "\n"))
	}
	return w.String(), nil
}

func example(name string) []byte {
	text, err := examples.ReadFile("examples/" + name)
	if err != nil {
		panic(err) // it is a part of the program
	}
	return text
}

// place is where a type is within another.
type place struct {
	kind  string
	paths []string // all of them, of which path is the first
	path  string
}

// walk goes through the types below one, each once, from the top down.
func (s *source) walk(root, path string) []place {
	found := []place{{kind: root, path: path, paths: []string{path}}}
	for _, field := range s.structs[root].fields {
		inner := bare(field.kind)
		if s.structs[inner] == nil || len(s.structs[inner].fields) == 0 {
			continue
		}
		for _, below := range s.walk(inner, join(path, field)) {
			if i := slices.IndexFunc(found, func(p place) bool { return p.kind == below.kind }); i >= 0 {
				found[i].paths = append(found[i].paths, below.paths...)
			} else {
				found = append(found, below)
			}
		}
	}
	return found
}

// join is the path of a field.
func join(path string, field member) string {
	path = strings.TrimPrefix(path+"."+field.name, ".")
	switch kind := strings.TrimLeft(field.kind, "*"); {
	case strings.HasPrefix(kind, "[]"):
		return path + "[]"
	case strings.HasPrefix(kind, "map["):
		return path + ".*"
	}
	return path
}

// note takes down the defaults of the fields of a kind by their types.
func (w *writer) note(root string, found leaves) {
	for _, at := range w.source.walk(root, "") {
		for _, field := range w.source.structs[at.kind].fields {
			for _, path := range at.paths {
				key := at.kind + "." + field.name
				w.defaults[key] = append(w.defaults[key], found.below(strings.TrimPrefix(path+"."+field.name, "."))...)
			}
		}
	}
}

// anchor is how a heading is linked to.
func anchor(heading string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r == ' ':
			return '-'
		}
		return -1
	}
	return strings.Map(keep, heading)
}

// width is how long lines of text are, in characters. Rows of tables have no bound.
const width = 140

// wrap breaks a text into lines.
func wrap(text string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, line), "\n")
}

func (w *writer) line(format string, values ...any) { fmt.Fprintf(w, format+"\n", values...) }

func (w *writer) kind(k kind, filled string) {
	w.line("## %s\n", k.title)
	w.line("%s\n", wrap(w.source.describe(k.root)))
	for _, e := range k.examples {
		w.line("%s\n\n```yaml\n%s```\n", e[0], example(e[1]))
	}
	for _, at := range w.source.walk(k.root, "") {
		if !w.described[at.kind] {
			w.described[at.kind] = true
			w.structure(k, at)
		}
	}
	if k.shortest != "" {
		w.line("### What is left out of a %s\n", k.title)
		w.line("Of this\n\n```yaml\n%s```\n\nthe program makes\n\n```yaml\n%s```\n", example(k.shortest), filled)
	}
}

// structure describes a type where it is first met.
func (w *writer) structure(k kind, at place) {
	of := w.source.structs[at.kind]
	if at.path != "" {
		w.line("### `%s`\n", at.path)
		w.line("%s\n", wrap(w.source.describe(at.kind)))
	}
	if others := at.paths[1:]; len(others) > 0 {
		w.line("Also `%s`.\n", strings.Join(others, "`, `"))
	}
	w.line("| field | type | default | what |\n|---|---|---|---|")
	if at.path == "" && k.shortest != "" {
		w.line("| `apiVersion` | text | required | `loadline.dev/v1alpha1` |\n| `kind` | text | required | `%s` |", k.root)
	}
	for _, field := range of.fields {
		w.field(of, field)
	}
	w.line("")
	for _, field := range of.fields {
		w.choicesOf(field)
	}
}

func (w *writer) field(of *structure, field member) {
	fault := func(err error) { w.faults = append(w.faults, fmt.Sprintf("%s.%s: %v", of.name, field.goName, err)) }
	kind, err := w.source.inWords(field.kind, w.anchors)
	if err != nil {
		fault(err)
	}
	meaning, fallback := split(field.doc)
	if meaning == "" {
		fault(errors.New("no comment tells what it means"))
	}
	values := w.defaults[of.name+"."+field.name]
	if field.kind == "bool" {
		values = []string{"false"}
	}
	isNested := w.source.structs[bare(field.kind)] != nil && fallback == ""
	isForeign := strings.Contains(field.kind, "componentbaseconfig.")
	if !field.required && !isNested && !isForeign {
		slices.Sort(values)
		if fallback, err = confirmed(fallback, slices.Compact(values)); err != nil {
			fault(err)
		}
	}
	if field.required {
		fallback = "required"
	}
	cells := []string{"`" + field.name + "`", kind, w.source.inYAML(fallback, of), predicate(w.source.inYAML(meaning, of), field.name)}
	if field.kind == "metav1.ObjectMeta" {
		cells[0], cells[1], cells[2] = "`"+field.name+".name`", "text", "required"
	}
	for i := range cells {
		cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
	}
	w.line("| %s |", strings.Join(cells, " | "))
}

// choicesOf lists the values of a field.
func (w *writer) choicesOf(field member) {
	choices := w.source.choices[bare(field.kind)]
	if len(choices) == 0 || strings.HasPrefix(field.kind, "map[") {
		return
	}
	w.line("| `%s` | what |\n|---|---|", field.name)
	for _, c := range choices {
		w.line("| `%s` | %s |", strings.Join(c.values, "`, `"), w.source.meaningOf(c))
	}
	w.line("")
}

func (w *writer) numbers() {
	w.line("## Numbers and durations\n")
	for _, kind := range []string{"Threshold", "Duration", "HTTPConfig"} {
		_, after, _ := strings.Cut(w.source.docs[kind], " ")
		name := map[string]string{"Threshold": "A **number**", "Duration": "A **duration**", "HTTPConfig": "`httpConfig`"}[kind]
		w.line("- %s", strings.ReplaceAll(wrap(name+" "+w.source.inYAML(after, nil)), "\n", "\n  "))
	}
}
