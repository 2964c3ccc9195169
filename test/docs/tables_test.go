// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"regexp"
	"testing"
)

// What is said here of commands goes by their text, without the comment at its end. A
// row that is for no command any more fails the test.

// row is for the commands that an expression matches.
type row struct {
	expression string
	means      string
}

// elsewhere are commands that cannot be run here, and why. Those of make and go are
// held to the Makefile and to the tests that there are.
var elsewhere = []row{
	{`^(\w+=\S* )*(make|go) `, "it builds, tests or measures for minutes, and is held to what there is instead: TestMake, TestGoCommands"},
	{`^(skopeo|kind|ctr|docker|crane) `, "it takes a registry or a container engine"},
	{`^hack/`, "scripts of the repository are for developers; TestPaths: they are there"},
	{`^kubectl krew `, "it takes krew"},
	{`^helm `, "it takes a release of the chart"},
	{`prom-service|--prometheus-url`, "it takes the Prometheus server of whoever migrates"},
	{`^kubectl logs .*telemetry-aware-scheduling`, "it takes Telemetry Aware Scheduling to run"},
	{`^kubectl top `, "it takes metrics-server"},
}

// runAs has what stands for something, or is not whole, run as something definite.
// Words in double braces are of the cluster, see world. Each row replaces what it
// matches, in this order.
var runAs = []row{
	{`^(kubectl loadline) <command> --help$`, "$1 top --help"},
	{`^(kubectl loadline check)$`, "$1 rules.yaml"},
	{`^(kubectl loadline dashboard)$`, "$1 --no-browser"},
	{`^(kubectl loadline test)$`, "$1 manifests/examples/rules/tests/memory.test.yaml"},
	{`^(kubectl loadline (?:preview|wait))$`, "$1 -f rules.yaml"},
	{`^(kubectl loadline wait -f rules.yaml)$`, "kubectl apply -f rules.yaml && $1"}, // the cluster has those of another page
	{`^(kubectl loadline explain (?:pod|eviction))(?: NAME)?$`, "$1 {{pod}} -n shop"},
	{`^(kubectl loadline explain eviction) (?:NAME|POD|web-\S+)( -n \S+)?$`, "$1 {{pod}} -n shop"},
	{`^(kubectl loadline explain node) (?:NAME|NODE|ip-\S+)$`, "$1 {{node}}"},
	{`^(kubectl loadline rules) NAME$`, "$1 below-the-line"},
	{`^(kubectl get) -o yaml$`, "$1 nodes -o yaml"},
	{`^(kubectl get nodes -l) …$`, "$1 loadline.dev/hot"},
	{`^(kubectl apply) (-k)$`, "$1 --server-side $2 manifests/overlays/scheduler-and-descheduler"},
	{`^(kubectl apply)(?: -f)?$`, "$1 -f rules.yaml"},
	{`^(kubectl annotate)$`, "$1 node {{node}} example.com/a=b --overwrite"},
	{`^(kubectl port-forward)$`, "$1 -n loadline-system {{replica}} 10269"},
	{`^(kubectl .*-n loadline-system) POD\b`, "$1 {{replica}}"},
	{`\bPOD -n NAMESPACE\b`, "{{pod}} -n shop"},
	{`\bweb-[0-9a-z]{9,10}-[0-9a-z]{5}\b`, "{{pod}}"},
	{`\bNODE\b`, "{{node}}"},
	{`^(kubectl delete namespace \S+)$`, "$1 --wait=false"}, // it takes 5 s until it is gone
	{` KEY-`, " example.com/mark-"},
	{`^(loadline-\w+ +--audit-log=\S+)$`, "$1 --help"},
}

// startsIn are the folders in which whoever follows a page is.
var startsIn = map[string]string{
	"docs/cookbook.md": "manifests/examples/rules",
}

// exits are the codes that commands are to end with. All others are to end with 0.
var exits = []row{
	{`^kubectl get nodes --show-labels \| grep`, "1"},   // there are none left
	{`^kubectl loadline preview -f thermal.yaml$`, "1"}, // nothing measures temperatures here
}

// endless are commands that go on until they are interrupted: they are, once they
// have printed something.
var endless = []string{
	`^kubectl port-forward `,
	`^kubectl loadline top -w$`,
	`^kubectl loadline dashboard`,
}

// atTheEnd are commands that take away what others need.
var atTheEnd = []string{
	`^kubectl delete -k `,
	`^kubectl delete configmap -n loadline-system -l `,
}

// table finds the rows for a command, and remembers which have been used.
type table struct {
	name string
	rows []row
	used map[string]bool
}

func newTable(name string, rows []row) *table { return &table{name, rows, map[string]bool{}} }

func newList(name string, expressions []string) *table {
	var rows []row
	for _, expression := range expressions {
		rows = append(rows, row{expression: expression})
	}
	return newTable(name, rows)
}

// find is what the first row for a command says.
func (t *table) find(text string) (means string, found bool) {
	for _, row := range t.rows {
		if regexp.MustCompile(row.expression).MatchString(text) {
			t.used[row.expression] = true
			return row.means, true
		}
	}
	return "", false
}

// replace has every row replace what it matches.
func (t *table) replace(text string) string {
	for _, row := range t.rows {
		expression := regexp.MustCompile(row.expression)
		if expression.MatchString(text) {
			t.used[row.expression] = true
			text = expression.ReplaceAllString(text, row.means)
		}
	}
	return text
}

// unused are the rows that were for no command.
func (t *table) unused() []string {
	var unused []string
	for _, row := range t.rows {
		if !t.used[row.expression] {
			unused = append(unused, row.expression)
		}
	}
	return unused
}

func TestTable(t *testing.T) {
	table := newTable("some", []row{{`^a (\w+)$`, "b $1"}, {`^b c$`, "d"}, {`e`, "f"}})
	if got := table.replace("a c"); got != "d" {
		t.Errorf("replaced by %q, want d", got)
	}
	if means, found := table.find("a x"); !found || means != "b $1" {
		t.Errorf("found %q, %v", means, found)
	}
	if got := table.unused(); len(got) != 1 || got[0] != "e" {
		t.Errorf("unused: %q, want e", got)
	}
}
