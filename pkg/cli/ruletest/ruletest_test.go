// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ruletest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/cli/ruletest"
)

// rules are the rule sets that the tests here are for, by file.
var rules = map[string]string{
	"hot.yaml": ruleSet("hot", `
  metrics: [{name: heat, query: heat}]
  rules:
  - name: hot
    for: 30s
    when: [{metric: heat, above: 90%, clear: 85%}]
    reject: {}
    evict: {for: 45s}
    labels: {loadline.dev/hot: heat}
    taint: {effect: PreferNoSchedule, value: "yes"}
  preferences: [{metric: heat, prefer: Lower, range: [0, 1]}]
`),
	"few.yaml": ruleSet("few", `
  metrics: [{name: heat, query: heat}]
  rules: [{name: hot, when: [{metric: heat, above: 90%}], reject: {maxNodes: 50%}}]
`),
	"missing.yaml": ruleSet("missing", `
  metrics: [{name: heat, query: heat}]
  rules: [{name: hot, onMissing: Reject, when: [{metric: heat, above: 90%}], reject: {}}]
`),
	"observe.yaml": ruleSet("observe", `
  mode: Observe
  metrics: [{name: heat, query: heat}]
  rules: [{name: hot, when: [{metric: heat, above: 90%}], reject: {}, evict: {}, labels: {hot: "yes"}}]
  preferences: [{metric: heat, prefer: Lower, range: [0, 1]}]
`),
	"pods.yaml": ruleSet("pods", `
  podSelector: {matchLabels: {app: web}}
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop, tier: gold}}
  priorityClassNames: [high]
  metrics: [{name: heat, query: heat}]
  rules: [{name: hot, when: [{metric: heat, above: 90%}], reject: {}, evict: {}}]
  preferences: [{metric: heat, prefer: Lower, range: [0, 1]}]
`),
	"pool.yaml": ruleSet("pool", `
  nodeSelector: {matchLabels: {pool: web}}
  metrics: [{name: heat, query: heat}]
  rules: [{name: hot, when: [{metric: heat, above: 90%}], reject: {}}]
  preferences: [{metric: heat, prefer: Lower, range: [0, 1]}]
`),
	"host.yaml": ruleSet("host", `
  metrics: [{name: heat, query: max by (host) (heat), nodeLabel: host}]
  rules: [{name: hot, when: [{metric: heat, above: 90%}], reject: {}}]
`),
	"builtin.yaml": ruleSet("builtin", `
  metrics: [{name: memory, builtin: memory}]
  rules: [{name: hot, when: [{metric: memory, above: 90%}], reject: {}}]
`),
	"bad.yaml":   ruleSet("bad", "  rulez: []\n"),
	"other.yaml": "kind: Namespace\n",
}

func ruleSet(name, spec string) string {
	return "apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: " + name + "}\nspec:\n" + strings.TrimPrefix(spec, "\n")
}

// suite is a file with one test.
func suite(rules, test string) string {
	return "ruleSets: [" + rules + "]\ntests:\n- name: the test\n  " + strings.ReplaceAll(strings.TrimSpace(test), "\n", "\n  ") + "\n"
}

// load writes the rule sets and a file of tests into a folder and loads it.
func load(t *testing.T, text string) (*ruletest.Suite, []string) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range rules {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	suite, problems := ruletest.Load(filepath.Join(folder, "the.test.yaml"), []byte(text))
	var texts []string
	for _, problem := range problems {
		texts = append(texts, strings.ReplaceAll(problem.String(), folder+"/", ""))
	}
	return suite, texts
}

// hot is a node "a" that comes over 90% at 15s and is back below 85% at 90s, and
// a node "b" that is cool.
const hot = `
series:
- {series: 'heat{node="a"}', values: '0.5 0.95 0.88x3 0.84'}
- {series: 'heat{node="b"}', values: '0.20x10'}
`

func TestRun(t *testing.T) {
	cases := map[string]struct {
		rules string
		test  string
		// want are the failures, one line each.
		want []string
	}{
		"all aspects, as they are": {
			rules: "hot.yaml",
			test: hot + `expect:
- {at: 0s, rejected: {}, scores: {a: 50, b: 80}, evict: {}, labels: {}, taints: {}}
- {at: 30s, rejected: {}, scores: {a: 12, b: 80}, evict: {}}
- {at: 45s, rejected: {a: [hot]}, scores: {b: 80}, evict: {}, labels: {a: {loadline.dev/hot: heat}}, taints: {a: ["loadline.dev/hot=yes:PreferNoSchedule"]}}
- {at: 60s, rejected: {a: [hot]}, evict: {a: [hot]}}
- {at: 90s, rejected: {}, evict: {}, labels: {}, taints: {}}`,
		},
		"all aspects, otherwise": {
			rules: "hot.yaml",
			test: hot + `expect:
- {at: 60s, rejected: {b: [hot]}, scores: {b: 79}, evict: {}, labels: {a: {loadline.dev/hot: cold}}, taints: {b: ["x:NoSchedule"]}}`,
			want: []string{
				"1m rejected a want [] got [hot] at [heat=0.88]",
				"1m rejected b want [hot] got [] at [heat=0.2]",
				"1m scores b want [79] got [80] at [heat=0.2]",
				"1m evict a want [] got [hot] at [heat=0.88]",
				"1m labels a want [loadline.dev/hot=cold] got [loadline.dev/hot=heat] at [heat=0.88]",
				"1m taints a want [] got [loadline.dev/hot=yes:PreferNoSchedule] at [heat=0.88]",
				"1m taints b want [x:NoSchedule] got [] at [heat=0.2]",
			},
		},
		"what is left out is not looked at": {rules: "hot.yaml", test: hot + "expect: [{at: 60s, scores: {b: 80}}]"},
		"expectations in any order":         {rules: "hot.yaml", test: hot + "expect: [{at: 90s, rejected: {}}, {at: 45s, rejected: {a: [hot]}}, {at: 45s, evict: {}}]"},
		"more nodes than maxNodes": {
			rules: "few.yaml",
			test: `series: [{series: 'heat{node="a"}', values: '0.95 0.95'}, {series: 'heat{node="b"}', values: '0.5 0.95'}, {series: 'heat{node="c"}', values: '0.5 0.5'}]
expect:
- {at: 0s, rejected: {a: [hot]}, scores: {}}
- {at: 15s, rejected: {}, scores: {a: 0, b: 0, c: 100}}`,
		},
		"missing": {
			rules: "missing.yaml",
			test: `series: [{series: 'heat{node="a"}', values: '0.5 stale'}, {series: 'heat{node="b"}', values: '0.5x10'}]
expect: [{at: 90s, rejected: {}}, {at: 105s, rejected: {a: [hot]}}]`,
		},
		"age is shown": {
			rules: "few.yaml",
			test: `series: [{series: 'heat{node="a"}', values: '0.5 _ _'}]
nodes: {a: {}, b: {}}
expect: [{at: 30s, rejected: {a: [hot], b: [hot]}}]`,
			want: []string{"30s rejected a want [hot] got [] at [heat=0.5 (30s old)]", "30s rejected b want [hot] got [] at [heat=missing]"},
		},
		"observed as if enforced": {
			rules: "observe.yaml",
			test:  hot + `expect: [{at: 15s, rejected: {a: [hot]}, scores: {b: 80}, evict: {a: [hot]}, labels: {a: {hot: "yes"}}}]`,
		},
		"pod that no rule set selects": {rules: "pods.yaml", test: hot + "expect: [{at: 15s, rejected: {}, scores: {}, evict: {a: [hot]}}]"},
		"pod that a rule set selects": {
			rules: "pods.yaml",
			test: hot + `pod: {namespace: shop, namespaceLabels: {tier: gold}, labels: {app: web}, priorityClassName: high}
expect: [{at: 15s, rejected: {a: [hot]}, scores: {b: 80}}]`,
		},
		"pod of another namespace": {
			rules: "pods.yaml",
			test:  hot + "pod: {namespaceLabels: {tier: gold}, labels: {app: web}, priorityClassName: high}\nexpect: [{at: 15s, rejected: {}}]",
		},
		"node that is not selected": {
			rules: "pool.yaml",
			test:  hot + "nodes: {a: {labels: {pool: db}}, b: {labels: {pool: web}}}\nexpect: [{at: 15s, rejected: {}, scores: {a: 50, b: 80}}]",
		},
		"nodes by instance": {
			rules: "few.yaml",
			test: `series: [{series: 'heat{instance="a:9100"}', values: 0.95}, {series: 'heat{instance="b"}', values: 0.5}]
expect: [{at: 0s, rejected: {a: [hot]}}]`,
		},
		"nodes by nodeLabel": {
			rules: "host.yaml",
			test: `series: [{series: 'heat{host="a",instance="x"}', values: 0.95}, {series: 'heat{host="b",instance="x"}', values: 0.5}]
expect: [{at: 0s, rejected: {a: [hot]}}]`,
		},
		"same name in two rule sets": {
			rules: "few.yaml, pool.yaml",
			test:  hot + "nodes: {a: {labels: {pool: web}}, b: {}}\nexpect: [{at: 15s, rejected: {a: [few/hot, pool/hot]}}]",
		},
		"capacity of the node": {
			rules: "builtin.yaml",
			test: `series: [{series: 'node_memory_working_set_bytes{node="a"}', values: '950'}, {series: 'node_memory_working_set_bytes{node="b"}', values: '950'}]
nodes: {a: {allocatable: {memory: 1k}}, b: {allocatable: {memory: 2k}}}
expect: [{at: 0s, rejected: {a: [hot]}}]`,
		},
		"query that fails": {
			rules: "few.yaml",
			test: `series: [{series: 'heat{node="a",x="1"}', values: '_ 0.5 0.5'}, {series: 'heat{node="a",x="2"}', values: '_ 0.5 0.5'}]
expect: [{at: 30s, rejected: {}}]`,
			want: []string{`15s query heat: two samples for node "a": {__name__="heat", node="a", x="1"} and {__name__="heat", node="a", x="2"}: aggregate them, for example with max by (node) (...)`},
		},
		"hours": {
			rules: "few.yaml",
			test: `series: [{series: 'heat{node="a"}', values: '0.5x1200 0.95x400'}, {series: 'heat{node="b"}', values: '0.5x1600'}]
expect: [{at: 5h, rejected: {}}, {at: 6h, rejected: {a: [hot]}}]`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			suite, problems := load(t, suite(tc.rules, tc.test))
			if len(problems) > 0 {
				t.Fatalf("problems: %q", problems)
			}
			results, err := suite.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, failure := range results[0].Failures {
				got = append(got, describe(failure)...)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}

func describe(failure ruletest.Failure) []string {
	at := strings.TrimSuffix(failure.At.String(), "0s")
	if failure.Query != "" {
		return []string{failure.At.String() + " query " + failure.Query}
	}
	if !strings.HasSuffix(at, "m") {
		at = failure.At.String()
	}
	var texts []string
	for _, d := range failure.Differences {
		texts = append(texts, fmt.Sprintf("%s %s %s want %v got %v at %v", at, d.Aspect, d.Node, d.Want, d.Got, d.Measured))
	}
	return texts
}

// Tests share nothing: the second does not see the series of the first.
func TestTestsAreApart(t *testing.T) {
	loaded, problems := load(t, suite("few.yaml", hot+"expect: [{at: 15s, rejected: {a: [hot]}}]")+`
- name: the other
  series: [{series: 'up{node="a"}', values: 1}, {series: 'up{node="b"}', values: 1}]
  expect: [{at: 15s, rejected: {}}]
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	results, err := loaded.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 || len(results[0].Failures)+len(results[1].Failures) > 0 {
		t.Errorf("got %+v, want two tests that pass", results)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	loaded, _ := load(t, suite("few.yaml", hot+"expect: [{at: 1000h, rejected: {}}]"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := loaded.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was stopped", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	const expect = "expect: [{at: 15s, rejected: {}}]"
	cases := map[string]struct {
		text string
		// want are the beginnings of the problems.
		want []string
	}{
		"nothing":               {text: "", want: []string{"the.test.yaml:1: must hold one YAML document, and holds 0"}},
		"two documents":         {text: suite("few.yaml", hot+expect) + "---\ntests: []\n", want: []string{"the.test.yaml:1: must hold one YAML document, and holds 2"}},
		"broken":                {text: "tests:\n- a\n b: c", want: []string{"the.test.yaml:3: yaml: "}},
		"unknown fields":        {text: suite("few.yaml", hot+"expect: [{at: 15s, rejekted: {}}]\npodd: {}"), want: []string{`the.test.yaml:7: unknown field "tests[0].expect[0].rejekted"`, `the.test.yaml:8: unknown field "tests[0].podd"`}},
		"field given twice":     {text: suite("few.yaml", hot+expect+"\nname: again"), want: []string{`the.test.yaml:8: yaml: key "name" already set in map`}},
		"wrong type":            {text: suite("few.yaml", hot+"expect: [{at: 15s, rejected: [a]}]"), want: []string{"the.test.yaml:2: json: cannot unmarshal array"}},
		"no rule sets":          {text: suite("", hot+expect), want: []string{"the.test.yaml:1: ruleSets: Required value"}},
		"rule sets not there":   {text: suite("none.yaml", hot+expect), want: []string{`the.test.yaml:1: ruleSets[0]: Invalid value: "none.yaml": open none.yaml: no such file`}},
		"rule sets of no kind":  {text: suite("few.yaml, other.yaml", hot+expect), want: []string{`the.test.yaml:1: ruleSets[1]: Invalid value: "other.yaml": holds no rule set`}},
		"bad rule sets":         {text: suite("bad.yaml", hot+expect), want: []string{"bad.yaml:4: spec: Required value", `bad.yaml:5: unknown field "spec.rulez"`}},
		"rule set twice":        {text: suite("few.yaml, few.yaml", hot+expect), want: []string{`the.test.yaml:1: ruleSets[1]: Invalid value: "few.yaml": holds a second rule set "few"`}},
		"interval":              {text: "interval: 100ms\n" + suite("few.yaml", hot+expect), want: []string{"the.test.yaml:1: interval: Invalid value"}},
		"interval in words":     {text: "interval: often\n" + suite("few.yaml", hot+expect), want: []string{"the.test.yaml:1: interval: Invalid value"}},
		"built-in of no name":   {text: "builtins: {heat: heat}\n" + suite("few.yaml", hot+expect), want: []string{`the.test.yaml:1: builtins[heat]: Unsupported value: "heat"`}},
		"built-in of no PromQL": {text: "builtins: {memory: 'heat{'}\n" + suite("few.yaml", hot+expect), want: []string{`the.test.yaml:1: builtins[memory]: Invalid value: "heat{": does not parse`}},
		"no tests":              {text: "ruleSets: [few.yaml]", want: []string{"the.test.yaml:1: tests: Required value"}},
		"no name":               {text: strings.Replace(suite("few.yaml", hot+expect), "name: the test", "name: ''", 1), want: []string{"the.test.yaml:3: tests[0].name: Required value"}},
		"name twice":            {text: suite("few.yaml", hot+expect) + strings.SplitAfter(suite("few.yaml", hot+expect), "tests:\n")[1], want: []string{"the.test.yaml:8: tests[1].name: Duplicate value"}},
		"no series":             {text: suite("few.yaml", "nodes: {a: {}}\n"+expect), want: []string{"the.test.yaml:3: tests[0].series: Required value"}},
		"series":                {text: suite("few.yaml", "series: [{series: 'heat{', values: 1}]\n"+expect), want: []string{`the.test.yaml:4: tests[0].series[0].series: Invalid value: "heat{": does not parse`}},
		"series without a name": {text: suite("few.yaml", "series: [{series: '{node=\"a\"}', values: 1}]\n"+expect), want: []string{"the.test.yaml:4: tests[0].series[0].series: Invalid value"}},
		"series twice":          {text: suite("few.yaml", "series: [{series: 'm{node=\"a\",b=\"c\"}', values: 1}, {series: 'm{b=\"c\",node=\"a\"}', values: 1}]\n"+expect), want: []string{"the.test.yaml:4: tests[0].series[1].series: Duplicate value"}},
		"values":                {text: suite("few.yaml", "series: [{series: 'm{node=\"a\"}', values: 1 x}]\n"+expect), want: []string{`the.test.yaml:4: tests[0].series[0].values: Invalid value: "1 x": does not parse`}},
		"no values":             {text: suite("few.yaml", "series: [{series: 'm{node=\"a\"}'}]\n"+expect), want: []string{"the.test.yaml:4: tests[0].series[0].values: Required value"}},
		"histogram":             {text: suite("few.yaml", "series: [{series: 'm{node=\"a\"}', values: '{{count:1}}'}]\n"+expect), want: []string{"the.test.yaml:4: tests[0].series[0].values: Invalid value"}},
		"no node":               {text: suite("few.yaml", "series: [{series: m, values: 1}]\n"+expect), want: []string{"the.test.yaml:3: tests[0].nodes: Required value"}},
		"node's name":           {text: suite("few.yaml", hot+"nodes: {A_B: {}}\n"+expect), want: []string{"the.test.yaml:7: tests[0].nodes[A_B]: Invalid value"}},
		"node's labels":         {text: suite("few.yaml", hot+"nodes: {a.b: {labels: {pool: 'a b'}}}\n"+expect), want: []string{"the.test.yaml:7: tests[0].nodes[a.b].labels: Invalid value"}},
		"quantity":              {text: suite("few.yaml", hot+"nodes:\n  a:\n    allocatable:\n      cpu: 4\n      memory: 16 Gi\n"+expect), want: []string{`the.test.yaml:11: tests[0].nodes[a].allocatable[memory]: Invalid value: "16 Gi"`}},
		"pod's labels":          {text: suite("few.yaml", hot+"pod: {labels: {a: 'b c'}}\n"+expect), want: []string{"the.test.yaml:7: tests[0].pod.labels: Invalid value"}},
		"pod's namespace":       {text: suite("few.yaml", hot+"pod: {namespace: A}\n"+expect), want: []string{"the.test.yaml:7: tests[0].pod.namespace: Invalid value"}},
		"labels of namespaces":  {text: suite("few.yaml", hot+"pod: {namespaceLabels: {a: 'b c'}}\n"+expect), want: []string{"the.test.yaml:7: tests[0].pod.namespaceLabels: Invalid value"}},
		"exempt pod":            {text: suite("few.yaml", hot+"pod: {priorityClassName: system-node-critical}\n"+expect), want: []string{"the.test.yaml:7: tests[0].pod.priorityClassName: Invalid value"}},
		"no expectation":        {text: suite("few.yaml", hot), want: []string{"the.test.yaml:3: tests[0].expect: Required value"}},
		"empty expectation":     {text: suite("few.yaml", hot+"expect: [{at: 15s}]"), want: []string{"the.test.yaml:7: tests[0].expect[0]: Required value"}},
		"no time":               {text: suite("few.yaml", hot+"expect: [{rejected: {}}]"), want: []string{"the.test.yaml:7: tests[0].expect[0].at: Required value"}},
		"time in words":         {text: suite("few.yaml", hot+"expect: [{at: soon, rejected: {}}]"), want: []string{`the.test.yaml:7: tests[0].expect[0].at: Invalid value: "soon"`}},
		"time between ticks":    {text: suite("few.yaml", hot+"expect: [{at: 20s, rejected: {}}]"), want: []string{`the.test.yaml:7: tests[0].expect[0].at: Invalid value: "20s": must be a multiple of the interval, 15s`}},
		"time before all":       {text: suite("few.yaml", hot+"expect: [{at: -15s, rejected: {}}]"), want: []string{"the.test.yaml:7: tests[0].expect[0].at: Invalid value"}},
		"unknown node":          {text: suite("few.yaml", hot+"expect: [{at: 15s, rejected: {c: [hot]}}]"), want: []string{`the.test.yaml:7: tests[0].expect[0].rejected[c]: Unsupported value: "c": supported values: "a", "b"`}},
		"unknown rule":          {text: suite("few.yaml", hot+"expect: [{at: 15s, evict: {a: [cold]}}]"), want: []string{`the.test.yaml:7: tests[0].expect[0].evict[a]: Invalid value: "cold": is not a rule of the rule sets, which are ["hot"]`}},
		"score too high":        {text: suite("few.yaml", hot+"expect: [{at: 15s, scores: {a: 101}}]"), want: []string{"the.test.yaml:7: tests[0].expect[0].scores[a]: Invalid value"}},
		"score not whole":       {text: suite("few.yaml", hot+"expect: [{at: 15s, scores: {a: 1.5}}]"), want: []string{"the.test.yaml:7: tests[0].expect[0].scores[a]: Invalid value"}},
		"all that is wrong": {
			text: suite("few.yaml", "series: [{series: m, values: 1 x}]\npod: {namespace: A}\nexpect: []"),
			want: []string{"the.test.yaml:4: tests[0].series[0].values", "the.test.yaml:5: tests[0].pod.namespace", "the.test.yaml:6: tests[0].expect: Required value"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, got := load(t, tc.text)
			if len(got) != len(tc.want) {
				t.Fatalf("got %q, want %q", got, tc.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tc.want[i]) {
					t.Errorf("got %q, want %q", got[i], tc.want[i])
				}
			}
		})
	}
}

// What the scheduler's configuration puts in the place of a built-in metric is
// measured here, too.
func TestOverriddenBuiltin(t *testing.T) {
	text := suite("builtin.yaml", hot+"expect: [{at: 15s, rejected: {a: [hot]}}]")
	for builtins, want := range map[string]int{"": 1, "builtins: {memory: heat}\n": 0, "builtins: {cpu: heat}\n": 1} {
		suite, problems := load(t, builtins+text)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		results, err := suite.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := len(results[0].Failures); got != want {
			t.Errorf("with %q: got failures %+v, want %d", builtins, results[0].Failures, want)
		}
	}
}
