// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rulefile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// good is a rule set of 11 lines.
const good = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata:
  name: good
spec:
  metrics:
  - {name: memory, builtin: memory}
  rules:
  - name: memory-above-90
    when: [{metric: memory, above: 90%}]
    reject: {}
`

// bad has an unknown field in line 8 and three bad ones below.
const bad = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata:
  name: bad
spec:
  metrics:
  - name: memory
    builtinn: memory
  rules:
  - name: memory-above-90
    when:
    - metric: memory
      above: 90%
      clear: 95%
    reject: {}
    labels:
      k8s.io/hot: memory
`

var badProblems = []string{
	`8: unknown field "spec.metrics[0].builtinn"`,
	`7: spec.metrics[0]: Required value: give builtin or query`,
	`14: spec.rules[0].when[0].clear: Invalid value: "95%": must not be greater than above (90%)`,
	`17: spec.rules[0].labels[k8s.io/hot]: Forbidden: keys under k8s.io belong to Kubernetes`,
}

// below are the problems with their lines moved down.
func below(lines int, problems []string) []string {
	var moved []string
	for _, problem := range problems {
		var line int
		_, _ = fmt.Sscanf(problem, "%d:", &line)
		moved = append(moved, strings.Replace(problem, fmt.Sprintf("%d:", line), fmt.Sprintf("%d:", line+lines), 1))
	}
	return moved
}

// inConfigMap is a text as the value of a data key. It begins below line 7.
func inConfigMap(style, text string) string {
	return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: rules\n  labels: {loadline.dev/rules: \"true\"}\ndata:\n  rules.yaml: " + style + "\n" +
		indent(text)
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n    ") + "\n"
}

// listOf is a list of objects. The first one begins below line 3.
func listOf(items ...string) string {
	text := "apiVersion: v1\nkind: List\nitems:\n"
	for _, item := range items {
		text += "- " + strings.TrimPrefix(strings.ReplaceAll(indent(item), "\n    ", "\n  "), "    ")
	}
	return text
}

func TestRead(t *testing.T) {
	sorted := []string{badProblems[1], badProblems[0], badProblems[2], badProblems[3]}
	cases := map[string]struct {
		text string
		// wantRules are the names of rule sets.
		wantRules []string
		// wantProblems are without the name of the file.
		wantProblems []string
	}{
		"rule set":             {text: good, wantRules: []string{"good"}},
		"bad rule set":         {text: bad, wantProblems: sorted},
		"second document":      {text: good + "---\n" + bad, wantRules: []string{"good"}, wantProblems: below(12, sorted)},
		"comments before":      {text: "# one\n---\n# two\n---\n" + bad, wantProblems: below(4, sorted)},
		"Windows":              {text: strings.ReplaceAll("---\n"+bad, "\n", "\r\n"), wantProblems: below(1, sorted)},
		"text after separator": {text: good + "--- # next\n" + bad, wantRules: []string{"good"}, wantProblems: below(12, sorted)},
		"ConfigMap":            {text: inConfigMap("|", good), wantRules: []string{"good"}},
		"bad in ConfigMap":     {text: inConfigMap("|", bad), wantProblems: below(7, sorted)},
		"blank lines in block": {text: inConfigMap("|-\n", bad), wantProblems: below(8, sorted)},
		"comment after block":  {text: inConfigMap("|2 # rules", bad), wantProblems: below(7, sorted)},
		"ConfigMap further on": {text: good + "---\n" + inConfigMap("|", bad), wantRules: []string{"good"}, wantProblems: below(19, sorted)},
		"text in quotes is at its key": {
			text:         inConfigMap(`"{apiVersion: loadline.dev/v1alpha1, kind: RuleSet, metadata: {name: a}, spec: {rulez: 1}}"`, "# nothing\n"),
			wantProblems: []string{`7: unknown field "spec.rulez"`, "7: spec: Required value: give rules or preferences: a rule set with neither has no effect"},
		},
		"several keys": {
			text:      inConfigMap("|", good) + "  second.yaml: |\n" + indent(strings.Replace(good, "above: 90%", "above: high", 1)),
			wantRules: []string{"good"},
			wantProblems: []string{
				`29: spec.rules[0].when[0].above: Invalid value: "high": must be a percentage, a decimal or a quantity, such as 90%, 0.9 or 200Mi`,
			},
		},
		"aliases and merged keys": {
			text:         strings.Replace(good, "reject: {}", "reject: &limit\n      maxNodes: 300%\n  - name: second\n    when: [{metric: memory, above: 95%}]\n    <<: {reject: *limit}", 1),
			wantProblems: []string{`12: spec.rules[0].reject.maxNodes: Invalid value: "300%": must be a share of the nodes, between 0% and 100%`, `12: spec.rules[1].reject.maxNodes: Invalid value: "300%": must be a share of the nodes, between 0% and 100%`},
		},
		"repeated field":             {text: good + "kind: RuleSet\n", wantProblems: []string{`12: yaml: key "kind" already set in map`}},
		"wrong type":                 {text: strings.Replace(good, "name: memory-above-90", "name: {a: b}", 1), wantProblems: []string{"8: spec.rules.name: Invalid value: must be a string, not a mapping"}},
		"broken YAML":                {text: good + "---\na: 1\nb: 2\n c: 3\n---\n" + good, wantRules: []string{"good", "good"}, wantProblems: []string{"15: yaml: mapping values are not allowed in this context"}},
		"broken in a key":            {text: inConfigMap("|", "a: 1\nb: 2\n c: 3\n"), wantProblems: []string{"10: yaml: mapping values are not allowed in this context"}},
		"other kind":                 {text: strings.Replace(good, "RuleSet", "Ruleset", 1), wantProblems: []string{`2: kind: Invalid value: "Ruleset": must be "RuleSet"`}},
		"other version":              {text: strings.Replace(good, "v1alpha1", "v1", 1), wantProblems: []string{`1: apiVersion: Invalid value: "loadline.dev/v1": must be "loadline.dev/v1alpha1"`}},
		"no version":                 {text: "kind: RuleSet\n", wantProblems: []string{`1: apiVersion: Invalid value: "": must be "loadline.dev/v1alpha1"`}},
		"two in one key":             {text: inConfigMap("|", good+"---\n"+good), wantProblems: []string{"8: more than one YAML document: give each its own data key or file"}},
		"not a rule set":             {text: inConfigMap("|", "hello: world"), wantProblems: []string{`8: apiVersion: Invalid value: "": must be "loadline.dev/v1alpha1"`}},
		"nothing of ours":            {text: "apiVersion: v1\nkind: Namespace\n---\n[1, 2]\n---\nkind: ConfigMap\napiVersion: v1\ndata: {a: hello}\n---\napiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\n"},
		"nothing":                    {text: ""},
		"no line at end":             {text: strings.TrimSuffix(bad, "\n"), wantProblems: sorted},
		"list":                       {text: listOf(good, bad), wantRules: []string{"good"}, wantProblems: below(14, sorted)},
		"list further on":            {text: good + "---\n" + listOf(bad), wantRules: []string{"good"}, wantProblems: below(15, sorted)},
		"list of ConfigMaps":         {text: listOf(inConfigMap("|", good), inConfigMap("|", bad)), wantRules: []string{"good"}, wantProblems: below(28, sorted)},
		"list in a list":             {text: listOf("kind: Namespace\n", listOf(bad)), wantProblems: below(7, sorted)},
		"empty list":                 {text: "apiVersion: v1\nkind: List\nitems: []\n"},
		"empty item":                 {text: "apiVersion: v1\nkind: List\nitems: [null, 1]\n"},
		"list without items":         {text: "kind: List\nitem: []\n", wantProblems: []string{"1: items: Required value: must be a list of objects"}},
		"items that are no list":     {text: "kind: List\nitems: {a: b}\n", wantProblems: []string{"2: items: Required value: must be a list of objects"}},
		"repeated field in a list":   {text: listOf(good + "kind: RuleSet\n"), wantProblems: []string{`15: yaml: key "kind" already set in map`}},
		"kind that ends like a list": {text: "apiVersion: example.com/v1\nkind: AllowList\nitems: hello\n"},
		"alias in a list":            {text: "first: &a\n  " + strings.ReplaceAll(bad, "\n", "\n  ") + "\nkind: List\nitems: [*a]\n", wantProblems: below(1, sorted)},
		"list as JSON": {
			text:         `{"kind": "List", "items": [` + "\n" + `{"apiVersion": "loadline.dev/v1alpha1", "kind": "RuleSet",` + "\n" + `"metadata": {"name": "a"}, "spec": {"rulez": 1, "rules": [` + "\n" + `{"name": "A"}]}}]}`,
			wantProblems: []string{`3: unknown field "spec.rulez"`, `4: spec.rules[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`, "4: spec.rules[0].when: Required value: give at least one condition", "4: spec.rules[0]: Required value: give the rule an effect: reject, evict, taint or labels"},
		},
		"list of one kind": {
			text:      "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {labels: {loadline.dev/rules: \"true\"}}\n  data:\n    a: |\n" + indent(indent(good)),
			wantRules: []string{"good"},
		},
		"without its label": {
			text:         strings.Replace(inConfigMap("|", good)+"  other: hello\n", `"true"`, `"false"`, 1),
			wantRules:    []string{"good"},
			wantProblems: []string{"5: warning: metadata.labels: without loadline.dev/rules=true the rules in this ConfigMap are not read"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			found, problems := rulefile.Read("rules.yaml", []byte(tc.text))
			var gotRules, gotProblems []string
			for _, rules := range found {
				gotRules = append(gotRules, rules.Name)
			}
			for _, problem := range problems {
				gotProblems = append(gotProblems, strings.TrimPrefix(problem.String(), "rules.yaml:"))
			}
			if diff := cmp.Diff(tc.wantRules, gotRules); diff != "" {
				t.Errorf("rule sets (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantProblems, gotProblems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// Every line can be found again, whatever the file, without a panic.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good + "---\n" + bad))
	f.Add([]byte(inConfigMap("|", bad)))
	f.Add([]byte(inConfigMap(">", bad)))
	f.Add([]byte(listOf(good, inConfigMap("|", bad), listOf(bad))))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, problems := rulefile.Read("f", data)
		for _, problem := range problems {
			if problem.Line < 1 {
				t.Errorf("no line: %s", problem)
			}
		}
	})
}
