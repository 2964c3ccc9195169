// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/pkg/cli/convert"
	"github.com/loadline-dev/loadline/pkg/cli/ruletest"
)

// policyOf is a policy with these strategies, in the namespace of the pods that
// tests are about.
func policyOf(strategies string) string {
	return "apiVersion: telemetry.intel.com/v1alpha1\nkind: TASPolicy\nmetadata: {name: p, namespace: default}\nspec:\n  strategies:\n    " +
		strings.ReplaceAll(strings.TrimSpace(strategies), "\n", "\n    ") + "\n"
}

// play plays tests of rule sets: of a pod that is linked to the policy "p".
func play(t *testing.T, rules, test string) {
	t.Helper()
	directory := t.TempDir()
	if err := os.WriteFile(filepath.Join(directory, "rules.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	suite, problems := ruletest.Load(filepath.Join(directory, "test.yaml"), []byte("ruleSets: [rules.yaml]\ntests:\n- name: test\n"+test))
	if len(problems) > 0 {
		t.Fatalf("loading the test: %v\n%s", problems, rules)
	}
	results, err := suite.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range results[0].Failures {
		t.Errorf("at %s: %s%+v\n%s", failure.At, failure.Query, failure.Differences, rules)
	}
}

const (
	hot, cold, mixed = "{metricname: temperature, operator: GreaterThan, target: 80}", "{metricname: temperature, operator: LessThan, target: 10}", "{metricname: freeRAM, operator: LessThan, target: 200}"
	labelled         = "telemetry.aware.scheduling.p/"
)

// Rule sets do what TAS documents of their policies.
func TestBehaviour(t *testing.T) {
	// five nodes: hot, at the line, full, both, and one that is measured by half
	const both = `
  - {series: 'node_temperature{instance="hot"}', values: 80.5}
  - {series: 'node_temperature{instance="line"}', values: 80}
  - {series: 'node_temperature{instance="full"}', values: 20}
  - {series: 'node_temperature{instance="both"}', values: 99}
  - {series: 'node_temperature{instance="half"}', values: 99}
  - {series: 'node_freeRAM{instance="hot"}', values: 200}
  - {series: 'node_freeRAM{instance="line"}', values: 200}
  - {series: 'node_freeRAM{instance="full"}', values: 199}
  - {series: 'node_freeRAM{instance="both"}', values: 100}
`
	cases := map[string]struct {
		strategies string
		series     string
		pod        string // default: linked to the policy
		expect     string
	}{
		"dontschedule GreaterThan": {
			strategies: "dontschedule: {rules: [" + hot + "]}", series: both,
			expect: "{rejected: {hot: [temperature-above-80], both: [temperature-above-80], half: [temperature-above-80]}, evict: {}, labels: {}, scores: {}}",
		},
		"dontschedule LessThan": {
			strategies: "dontschedule: {rules: [" + mixed + "]}", series: both,
			expect: "{rejected: {full: [freeram-below-200], both: [freeram-below-200]}, evict: {}, labels: {}}",
		},
		"dontschedule Equals": {
			strategies: "dontschedule: {rules: [{metricname: temperature, operator: Equals, target: 80}]}", series: both,
			expect: "{rejected: {line: [temperature-equals-80]}, evict: {}, labels: {}}",
		},
		"a target that is left out is zero": {
			strategies: "dontschedule: {rules: [{metricname: x, operator: Equals}, {metricname: x, operator: LessThan, target: -9}]}",
			series:     "\n  - {series: 'node_x{node=\"a\"}', values: 0}\n  - {series: 'node_x{node=\"b\"}', values: -9}\n  - {series: 'node_x{node=\"c\"}', values: -9.5}\n",
			expect:     "{rejected: {a: [x-equals-0], c: [x-below-minus-9]}}",
		},
		"dontschedule, any by default": {
			strategies: "dontschedule: {rules: [" + hot + ", " + mixed + "]}", series: both,
			expect: "{rejected: {hot: [temperature-above-80], full: [freeram-below-200], both: [temperature-above-80, freeram-below-200], half: [temperature-above-80]}}",
		},
		"dontschedule, anyOf": {
			strategies: "dontschedule: {logicalOperator: anyOf, rules: [" + hot + ", " + mixed + "]}", series: both,
			expect: "{rejected: {hot: [temperature-above-80], full: [freeram-below-200], both: [temperature-above-80, freeram-below-200], half: [temperature-above-80]}}",
		},
		"dontschedule, allOf": {
			strategies: "dontschedule: {logicalOperator: allOf, rules: [" + hot + ", " + mixed + "]}", series: both,
			expect: "{rejected: {both: [temperature-above-80-and-freeram-below-200]}}",
		},
		"deschedule": {
			strategies: "deschedule: {rules: [" + hot + "]}", series: both,
			expect: "{rejected: {}, evict: {hot: [temperature-above-80], both: [temperature-above-80], half: [temperature-above-80]}, labels: {hot: {p: violating}, both: {p: violating}, half: {p: violating}}}",
		},
		"deschedule, any": {
			strategies: "deschedule: {rules: [" + hot + ", " + mixed + "]}", series: both,
			expect: "{rejected: {}, evict: {hot: [temperature-above-80], full: [freeram-below-200], both: [temperature-above-80, freeram-below-200], half: [temperature-above-80]}, " +
				"labels: {hot: {p: violating}, full: {p: violating}, both: {p: violating}, half: {p: violating}}}",
		},
		"deschedule, allOf": {
			strategies: "deschedule: {logicalOperator: allOf, rules: [" + hot + ", " + mixed + "]}", series: both,
			expect: "{rejected: {}, evict: {both: [temperature-above-80-and-freeram-below-200]}, labels: {both: {p: violating}}}",
		},
		"deschedule, any of one metric": {
			strategies: "deschedule: {rules: [" + hot + ", " + cold + "]}",
			series:     "\n  - {series: 'temperature{node=\"a\"}', values: 81}\n  - {series: 'temperature{node=\"b\"}', values: 50}\n  - {series: 'temperature{node=\"c\"}', values: 0}\n",
			expect:     "{evict: {a: [temperature-above-80], c: [temperature-below-10]}, labels: {a: {p: violating}, c: {p: violating}}}",
		},
		"any of what two exporters on a node measure": {
			strategies: "deschedule: {rules: [" + hot + ", " + mixed + "]}\nlabeling: {rules: [{metricname: temperature, operator: GreaterThan, target: 80, labels: [x=1]}, {metricname: freeRAM, operator: GreaterThan, target: 0, labels: [x=2]}]}",
			series:     "\n  - {series: 'temperature{node=\"a\", instance=\"a:1\"}', values: 90}\n  - {series: 'freeRAM{node=\"a\", instance=\"a:2\"}', values: 100}\n",
			expect:     "{evict: {a: [temperature-above-80, freeram-below-200]}, labels: {a: {p: violating, " + labelled + "x: \"2\"}}}",
		},
		"one rule in two strategies": {
			strategies: "dontschedule: {rules: [" + hot + "]}\ndeschedule: {rules: [" + hot + "]}\nlabeling: {rules: [{metricname: temperature, operator: GreaterThan, target: 80, labels: [hot=on]}]}", series: both,
			expect: "{rejected: {hot: [temperature-above-80], both: [temperature-above-80], half: [temperature-above-80]}, evict: {hot: [temperature-above-80], both: [temperature-above-80], half: [temperature-above-80]}, " +
				"labels: {hot: {p: violating, " + labelled + "hot: \"on\"}, both: {p: violating, " + labelled + "hot: \"on\"}, half: {p: violating, " + labelled + "hot: \"on\"}}}",
		},
		"labeling": {
			strategies: "labeling: {rules: [{metricname: temperature, operator: GreaterThan, target: 80, labels: [hot=1, on=y]}, {metricname: freeRAM, operator: LessThan, target: 200, labels: [full=]}]}", series: both,
			expect: "{rejected: {}, evict: {}, labels: {hot: {" + labelled + "hot: \"1\", " + labelled + "on: \"y\"}, full: {" + labelled + "full: \"\"}, " +
				"both: {" + labelled + "hot: \"1\", " + labelled + "on: \"y\", " + labelled + "full: \"\"}, half: {" + labelled + "hot: \"1\", " + labelled + "on: \"y\"}}}",
		},
		"labeling, allOf": {
			strategies: "labeling: {logicalOperator: allOf, rules: [{metricname: temperature, operator: GreaterThan, target: 80, labels: [hot=1]}, {metricname: freeRAM, operator: LessThan, target: 200, labels: [full=1, hot=1]}]}", series: both,
			expect: "{labels: {both: {" + labelled + "hot: \"1\", " + labelled + "full: \"1\"}}}",
		},
		"labeling with one label of two rules": {
			strategies: "labeling: {rules: [{metricname: temperature, operator: GreaterThan, target: 80, labels: [bad=1]}, {metricname: freeRAM, operator: LessThan, target: 200, labels: [bad=1]}]}", series: both,
			expect: "{labels: {hot: {" + labelled + "bad: \"1\"}, full: {" + labelled + "bad: \"1\"}, both: {" + labelled + "bad: \"1\"}, half: {" + labelled + "bad: \"1\"}}}",
		},
		"scheduleonmetric LessThan": {
			strategies: "scheduleonmetric: {rules: [{metricname: x, operator: LessThan}]}",
			series:     "\n  - {series: 'x{node=\"a\"}', values: 10}\n  - {series: 'x{node=\"b\"}', values: 40}\n  - {series: 'x{node=\"c\"}', values: 50}\n  - {series: 'z{node=\"d\"}', values: 1}\n",
			expect:     "{rejected: {}, scores: {a: 100, b: 25, c: 0, d: 0}}",
		},
		"scheduleonmetric GreaterThan, the first rule alone": {
			strategies: "scheduleonmetric: {rules: [{metricname: x, operator: GreaterThan, target: 7}, {metricname: z, operator: GreaterThan}]}",
			series:     "\n  - {series: 'x{node=\"a\"}', values: 10}\n  - {series: 'x{node=\"b\"}', values: 40}\n  - {series: 'x{node=\"c\"}', values: 50}\n  - {series: 'z{node=\"a\"}', values: 1}\n",
			expect:     "{rejected: {}, scores: {a: 0, b: 75, c: 100}}",
		},
		"scheduleonmetric Equals ranks nothing": {
			strategies: "scheduleonmetric: {rules: [{metricname: temperature, operator: Equals}]}\ndontschedule: {rules: [" + mixed + "]}", series: both,
			expect: "{rejected: {full: [freeram-below-200], both: [freeram-below-200]}, scores: {}}",
		},
		"a pod of another policy": {
			strategies: "dontschedule: {rules: [" + hot + "]}\nscheduleonmetric: {rules: [{metricname: temperature, operator: LessThan}]}", series: both,
			pod: "{labels: {telemetry-policy: q}}", expect: "{rejected: {}, scores: {}}",
		},
		"a pod of another namespace": {
			strategies: "dontschedule: {rules: [" + hot + "]}\nscheduleonmetric: {rules: [{metricname: temperature, operator: LessThan}]}", series: both,
			pod: "{namespace: other, labels: {telemetry-policy: p}}", expect: "{rejected: {}, scores: {}}",
		},
		"names that PromQL would take for something else": {
			strategies: "dontschedule: {rules: [{metricname: inf, operator: GreaterThan, target: 1}, {metricname: gpu-usage, operator: GreaterThan, target: 1}, {metricname: 9_sum, operator: GreaterThan, target: 1}, {metricname: by, operator: GreaterThan, target: 1}]}",
			series: "\n  - {series: '{\"inf\", node=\"a\"}', values: 2}\n  - {series: '{\"gpu-usage\", node=\"b\"}', values: 2}\n  - {series: '{\"9_sum\", node=\"c\"}', values: 2}\n  - {series: '{\"by\", node=\"d\"}', values: 2}\n" +
				"  - {series: '{\"node_gpu-usage\", node=\"e\"}', values: 2}\n",
			expect: "{rejected: {a: [inf-above-1], b: [gpu-usage-above-1], c: [9-sum-above-1], d: [by-above-1], e: [gpu-usage-above-1]}}",
		},
		"names that differ only where names of rules cannot": {
			strategies: "dontschedule: {rules: [{metricname: A_b, operator: GreaterThan, target: 1}, {metricname: a-b, operator: GreaterThan, target: 1}, {metricname: _, operator: GreaterThan, target: 1}, {metricname: __, operator: GreaterThan, target: 1}]}",
			series:     "\n  - {series: 'A_b{node=\"a\"}', values: 2}\n  - {series: '{\"a-b\", node=\"b\"}', values: 2}\n  - {series: '_{node=\"c\"}', values: 2}\n  - {series: '__{node=\"d\"}', values: 2}\n",
			expect:     "{rejected: {a: [a-b-above-1], b: [a-b-2-above-1], c: [metric-above-1], d: [metric-2-above-1]}}",
		},
		"several series and labels of a node": {
			strategies: "dontschedule: {rules: [" + hot + "]}",
			series:     "\n  - {series: 'node_temperature{instance=\"10.0.0.1:9100\", node=\"a\", chip=\"0\"}', values: 20}\n  - {series: 'node_temperature{instance=\"10.0.0.1:9100\", node=\"a\", chip=\"1\"}', values: 90}\n  - {series: 'node_temperature{instance=\"b:9100\"}', values: 90}\n",
			expect:     "{rejected: {a: [temperature-above-80], b: [temperature-above-80]}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules := converted(t, convert.Options{Namespace: "loadline-system"}, "policy.yaml", []byte(policyOf(tc.strategies)))
			pod := tc.pod
			if pod == "" {
				pod = "{labels: {telemetry-policy: p}}"
			}
			play(t, rules, "  series:"+tc.series+"  pod: "+pod+"\n  expect:\n  - {at: 0s, "+strings.TrimPrefix(tc.expect, "{")+"\n")
		})
	}
}

// Of rules that put different values into one label, the one with the greatest
// metric wins, or with the smallest for LessThan.
func TestSharedLabels(t *testing.T) {
	cases := map[string]struct {
		operators [3]string
		logical   string
		// values are of the metrics of three rules, whose targets are 100, 200 and
		// 100. "_" is one that is missing.
		values [3]string
		// want is the number of the rule that wins, 0 for none.
		want string
	}{
		"none":                   {values: [3]string{"100", "200", "0"}},
		"one":                    {values: [3]string{"100", "201", "0"}, want: "2"},
		"greatest":               {values: [3]string{"300", "400", "200"}, want: "2"},
		"greatest of the broken": {values: [3]string{"110", "200", "120"}, want: "3"},
		"equal":                  {values: [3]string{"300", "300", "300"}, want: "1"},
		"last two equal":         {values: [3]string{"299", "300", "300"}, want: "2"},
		"missing":                {values: [3]string{"300", "_", "_"}, want: "1"},
		"first missing":          {values: [3]string{"_", "300", "200"}, want: "2"},
		"smallest":               {operators: [3]string{"LessThan", "LessThan", "LessThan"}, values: [3]string{"50", "20", "-1"}, want: "3"},
		"smallest of the broken": {operators: [3]string{"LessThan", "LessThan", "LessThan"}, values: [3]string{"100", "150", "120"}, want: "2"},
		"all, and not all are":   {logical: "allOf", values: [3]string{"300", "100", "500"}},
		"all":                    {logical: "allOf", values: [3]string{"300", "250", "500"}, want: "3"},
		"not comparable: first":  {operators: [3]string{"LessThan", "GreaterThan", "Equals"}, values: [3]string{"1", "300", "100"}, want: "1"},
		"not comparable: second": {operators: [3]string{"LessThan", "GreaterThan", "Equals"}, values: [3]string{"100", "300", "100"}, want: "2"},
		"not comparable: third":  {operators: [3]string{"LessThan", "GreaterThan", "Equals"}, values: [3]string{"100", "200", "100"}, want: "3"},
		"not comparable: alone":  {operators: [3]string{"LessThan", "GreaterThan", "Equals"}, values: [3]string{"_", "_", "100"}, want: "3"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			strategy, series := "labeling:\n  logicalOperator: "+tc.logical+"\n  rules:\n", ""
			if tc.logical == "" {
				strategy = "labeling:\n  rules:\n"
			}
			for i, target := range []string{"100", "200", "100"} {
				operator, number := tc.operators[i], string(rune('1'+i))
				if operator == "" {
					operator = "GreaterThan"
				}
				strategy += "  - {metricname: m" + number + ", operator: " + operator + ", target: " + target + ", labels: [foo=" + number + "]}\n"
				series += "  - {series: 'm" + number + "{node=\"a\"}', values: " + tc.values[i] + "}\n"
			}
			rules := converted(t, convert.Options{Namespace: "loadline-system"}, "policy.yaml", []byte(policyOf(strategy)))
			labels := "{}"
			if tc.want != "" {
				labels = "{a: {" + labelled + "foo: \"" + tc.want + "\"}}"
			}
			play(t, rules, "  series:\n"+series+"  expect:\n  - {at: 0s, labels: "+labels+"}\n")
		})
	}
}

// What the configuration of the adapter says is what is measured.
func TestBehaviourWithAdapter(t *testing.T) {
	adapter, err := convert.ReadAdapter("adapter.yaml", readFile(t, "adapter.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	rules := converted(t, convert.Options{Namespace: "loadline-system", Adapter: adapter}, "with-adapter.yaml", readFile(t, "with-adapter.yaml"))
	play(t, rules, `
  series:
  - {series: 'node_health_metric{instance="a"}', values: 2x20}
  - {series: 'health_metric{instance="b"}', values: 2x20}
  - {series: 'node_network_transmit_errs_total{instance="b", device="eth0"}', values: 0+100x20}
  - {series: 'node_network_transmit_errs_total{instance="a", device="lo"}', values: 0+100x20}
  - {series: 'DCGM_FI_DEV_GPU_TEMP{instance="10.1.2.3:9400", Hostname="c"}', values: 90x20}
  nodes: {a: {}, b: {}, c: {}}
  pod: {labels: {telemetry-policy: adapted}}
  expect:
  - {at: 3m, rejected: {a: [health-metric-above-1], b: [network-transmit-errs-per-second-above-5], c: [gpu-temperature-above-85]}}
`)
}
