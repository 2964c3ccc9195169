// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/cli/convert"
	"github.com/loadline-dev/loadline/pkg/cli/ruletest"
)

// modelRule is a rule of a policy.
type modelRule struct {
	metric, operator string
	target           int
	labels           map[string]string
}

// modelStrategy is what TAS documents of a strategy, on a node.
type modelStrategy struct {
	all   bool
	rules []modelRule
}

// values are what is measured on a node, by metric.
type values map[string]int

func (r modelRule) broken(node values) bool {
	value, measured := node[r.metric]
	switch r.operator {
	case "GreaterThan":
		return measured && value > r.target
	case "LessThan":
		return measured && value < r.target
	default:
		return measured && value == r.target
	}
}

// broken are the rules that count as broken: none unless the strategy is
// violated.
func (s modelStrategy) broken(node values) []modelRule {
	var broken []modelRule
	for _, r := range s.rules {
		if r.broken(node) {
			broken = append(broken, r)
		}
	}
	if s.all && len(broken) < len(s.rules) {
		return nil
	}
	return broken
}

// labels are those that the strategy labeling puts on a node.
func (s modelStrategy) labels(node values) []string {
	winners := map[string]modelRule{}
	for _, r := range s.broken(node) {
		for key := range r.labels {
			winner, taken := winners[key]
			if !taken || r.operator == "GreaterThan" && node[r.metric] > node[winner.metric] || r.operator == "LessThan" && node[r.metric] < node[winner.metric] {
				winners[key] = r
			}
		}
	}
	var labels []string
	for key, winner := range winners {
		labels = append(labels, labelled+key+"="+winner.labels[key])
	}
	return labels
}

func (s modelStrategy) yaml(name string) string {
	logical := ""
	if s.all {
		logical = "logicalOperator: allOf, "
	}
	var rules []string
	for _, r := range s.rules {
		var labels []string
		for _, key := range slices.Sorted(maps.Keys(r.labels)) {
			labels = append(labels, key+"="+r.labels[key])
		}
		rules = append(rules, fmt.Sprintf("{metricname: %s, operator: %s, target: %d, labels: [%s]}", r.metric, r.operator, r.target, strings.Join(labels, ", ")))
	}
	return fmt.Sprintf("%s: {%srules: [%s]}\n", name, logical, strings.Join(rules, ", "))
}

func one[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// randomStrategy has rules whose operators differ only where they share no label.
func randomStrategy(random *rand.Rand) modelStrategy {
	s := modelStrategy{all: one(random, true, false)}
	operators := map[string]string{}
	for _, key := range []string{"x", "y1", "z"} {
		operators[key] = one(random, "GreaterThan", "LessThan", "Equals")
	}
	for range random.IntN(4) {
		key := one(random, "x", "y1", "z")
		r := modelRule{one(random, "m1", "m2", "m3"), operators[key], random.IntN(4), map[string]string{key: one(random, "1", "2", "on")}}
		s.rules = append(s.rules, r)
	}
	return s
}

// Rule sets agree with what TAS documents, whatever the policy and the values.
func TestAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		reject, evict, label := randomStrategy(random), randomStrategy(random), randomStrategy(random)
		policy := policyOf(reject.yaml("dontschedule") + evict.yaml("deschedule") + label.yaml("labeling"))
		rules := converted(t, convert.Options{Namespace: "a"}, "p", []byte(policy))
		if rules == "" {
			continue
		}
		want, series := map[string]string{}, ""
		for node := range 6 {
			name, measured := fmt.Sprintf("n%d", node), values{}
			series += "  - {series: 'up{node=\"" + name + "\"}', values: 1}\n"
			for _, metric := range []string{"m1", "m2", "m3"} {
				if random.IntN(5) == 0 {
					continue
				}
				measured[metric] = random.IntN(5)
				series += fmt.Sprintf("  - {series: '%s{node=%q}', values: %d}\n", one(random, metric, "node_"+metric), name, measured[metric])
			}
			labels := label.labels(measured)
			if len(evict.broken(measured)) > 0 {
				want[name+" evict"] = "yes"
				labels = append(labels, "p=violating")
			}
			if len(reject.broken(measured)) > 0 {
				want[name+" rejected"] = "yes"
			}
			if len(labels) > 0 {
				slices.Sort(labels)
				want[name+" labels"] = strings.Join(labels, " ")
			}
		}
		if diff := cmp.Diff(want, does(t, rules, series)); diff != "" {
			t.Fatalf("policy %d (-want +got):\n%s\n%s\n%s\n%s", i, diff, policy, series, rules)
		}
	}
}

// does tells what rule sets do, by node and aspect.
func does(t *testing.T, rules, series string) map[string]string {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "rules.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "ruleSets: [rules.yaml]\ntests:\n- name: test\n  pod: {labels: {telemetry-policy: p}}\n  series:\n" + series +
		"  expect: [{at: 0s, rejected: {}, evict: {}, labels: {}}]\n"
	suite, problems := ruletest.Load(filepath.Join(directory, "test.yaml"), []byte(text))
	if len(problems) > 0 {
		t.Fatalf("loading the test: %v\n%s", problems, text)
	}
	results, err := suite.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, failure := range results[0].Failures {
		if failure.Query != "" {
			t.Fatalf("query failed: %s\n%s\n%s", failure.Query, series, rules)
		}
		for _, difference := range failure.Differences {
			got[difference.Node+" "+difference.Aspect] = "yes"
			if difference.Aspect == "labels" {
				got[difference.Node+" labels"] = strings.Join(difference.Got, " ")
			}
		}
	}
	return got
}
