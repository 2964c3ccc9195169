// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/cli/convert"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

var update = flag.Bool("update", false, "write the expected results anew")

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// converted are the ConfigMaps of all policies in a file.
func converted(t *testing.T, options convert.Options, name string, data []byte) string {
	t.Helper()
	policies, problems := convert.Read(name, data)
	if len(problems) > 0 {
		t.Fatalf("reading policies: %v", problems)
	}
	var texts []string
	for _, policy := range policies {
		text, err := options.Convert(&policy)
		if err != nil {
			t.Fatalf("converting %s: %v", policy.Name(), err)
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "---\n")
}

// Policies become the rule sets beside them, which are good.
func TestConvert(t *testing.T) {
	adapter, err := convert.ReadAdapter("adapter.yaml", readFile(t, "adapter.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]convert.Options{
		"all-strategies": {Namespace: "loadline-system"},
		"several-rules":  {Namespace: "loadline-system", Observe: true},
		"shared-labels":  {Namespace: "other"},
		"with-adapter":   {Namespace: "loadline-system", Adapter: adapter},
	}
	for name, options := range cases {
		t.Run(name, func(t *testing.T) {
			got := converted(t, options, name+".yaml", readFile(t, name+".yaml"))
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", name+".rules.yaml"), []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(readFile(t, name+".rules.yaml")), got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			rules, problems := rulefile.Read("result", []byte(got))
			if len(rules) == 0 || len(problems) > 0 {
				t.Errorf("check: got %d rule sets and %v", len(rules), problems)
			}
		})
	}
}

const header = "apiVersion: telemetry.intel.com/v1alpha1\nkind: TASPolicy\nmetadata: {name: p, namespace: default}\n"

func TestRead(t *testing.T) {
	cases := map[string]struct {
		text string
		// want are the names of policies, and wantProblems what is wrong, without
		// the name of the file.
		want, wantProblems []string
	}{
		"policy":            {text: policyOf("dontschedule: {rules: [" + hot + "]}"), want: []string{"default/p"}},
		"several documents": {text: header + "spec: {strategies: {}}\n---\nkind: Namespace\n---\n" + strings.Replace(header, "name: p", "name: q", 1) + "spec: {strategies: {}}\n", want: []string{"default/p", "default/q"}},
		"no namespace":      {text: strings.Replace(header, ", namespace: default", "", 1) + "spec: {strategies: {}}\n", want: []string{"default/p"}},
		"what kubectl gets": {
			text: "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: \"\"}\nitems:\n- apiVersion: telemetry.intel.com/v1alpha1\n  kind: TASPolicy\n" +
				"  metadata: {name: p, namespace: a, uid: x, generation: 1, creationTimestamp: \"2024-01-01T00:00:00Z\", annotations: {a: b}, managedFields: [{manager: kubectl, operation: Update, apiVersion: telemetry.intel.com/v1alpha1, fieldsType: FieldsV1, fieldsV1: {\"f:spec\": {}}}]}\n" +
				"  spec: {strategies: {dontschedule: {policyName: p, rules: []}}}\n  status: {compliance: a}\n",
			want: []string{"a/p"},
		},
		"what the API server gives": {text: `{"apiVersion": "telemetry.intel.com/v1alpha1", "kind": "TASPolicyList", "metadata": {}, "items": [{"metadata": {"name": "p"}, "spec": {"strategies": {}}}]}`, want: []string{"default/p"}},
		"nothing of ours":           {text: "kind: ConfigMap\napiVersion: v1\n---\n[a]\n"},
		"nothing":                   {text: ""},
		"no strategies":             {text: header + "spec: {}\n", wantProblems: []string{"4: spec.strategies: Required value"}},
		"other version":             {text: strings.Replace(header, "v1alpha1", "v1", 1), wantProblems: []string{`1: apiVersion: Unsupported value: "telemetry.intel.com/v1": supported values: "telemetry.intel.com/v1alpha1"`}},
		"other kind":                {text: strings.Replace(header, "TASPolicy", "TasPolicy", 1), wantProblems: []string{`2: kind: Unsupported value: "TasPolicy": supported values: "TASPolicy"`}},
		"no version":                {text: "kind: TASPolicy\n", wantProblems: []string{`1: apiVersion: Unsupported value: "": supported values: "telemetry.intel.com/v1alpha1"`}},
		"no name":                   {text: strings.Replace(header, "name: p", "generateName: p", 1) + "spec: {strategies: {}}\n", wantProblems: []string{"3: metadata.name: Required value"}},
		"unknown strategy":          {text: policyOf("dontSchedule: {rules: []}"), wantProblems: []string{`6: spec.strategies.dontSchedule: Unsupported value: "dontSchedule": supported values: "deschedule", "dontschedule", "labeling", "scheduleonmetric"`}},
		"unknown field":             {text: policyOf("dontschedule:\n  logicaloperator: allOf\n  rules: []"), wantProblems: []string{`7: unknown field "spec.strategies.dontschedule.logicaloperator"`}},
		"unknown operators":         {text: policyOf("dontschedule:\n  logicalOperator: AllOf\n  rules:\n  - metricname: a\n    operator: greaterThan"), wantProblems: []string{`7: spec.strategies.dontschedule.logicalOperator: Unsupported value: "AllOf": supported values: "allOf", "anyOf"`, `10: spec.strategies.dontschedule.rules[0].operator: Unsupported value: "greaterThan": supported values: "Equals", "GreaterThan", "LessThan"`}},
		"no operator and no metric": {text: policyOf("dontschedule:\n  rules:\n  - {target: 1}"), wantProblems: []string{`8: spec.strategies.dontschedule.rules[0].metricname: Invalid value: "": must consist of letters, digits, '_' and '-'`, `8: spec.strategies.dontschedule.rules[0].operator: Unsupported value: "": supported values: "Equals", "GreaterThan", "LessThan"`}},
		"metric with a colon":       {text: policyOf("dontschedule:\n  rules:\n  - {metricname: \"a:b\", operator: Equals}"), wantProblems: []string{`8: spec.strategies.dontschedule.rules[0].metricname: Invalid value: "a:b": must consist of letters, digits, '_' and '-'`}},
		"fraction":                  {text: policyOf("dontschedule:\n  rules:\n  - metricname: a\n    operator: Equals\n    target: 0.8"), wantProblems: []string{`10: spec.strategies.dontschedule.rules[0].target: Invalid value: "0.8": must be a whole number of 64 bits, as TAS has it`}},
		"text for a number":         {text: policyOf("dontschedule:\n  rules:\n  - metricname: a\n    operator: Equals\n    target: \"8\""), wantProblems: []string{`10: spec.strategies.dontschedule.rules[0].target: Invalid value: "\"8\"": must be a whole number of 64 bits, as TAS has it`}},
		"labels": {
			text: policyOf("labeling:\n  rules:\n  - metricname: a\n    operator: Equals\n    labels:\n    - a\n    - a=b=c\n    - a/b=c\n    - good=1\n    - good=2"),
			wantProblems: []string{
				`11: spec.strategies.labeling.rules[0].labels[0]: Invalid value: "a": must be key=value`,
				`12: spec.strategies.labeling.rules[0].labels[1]: Invalid value: "a=b=c": cannot be the label telemetry.aware.scheduling.p/a of a node: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
				`13: spec.strategies.labeling.rules[0].labels[2]: Invalid value: "a/b=c": cannot be the label telemetry.aware.scheduling.p/a/b of a node: a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
				`15: spec.strategies.labeling.rules[0].labels[4]: Duplicate value: "good=2"`,
			},
		},
		"labels elsewhere are not read": {text: policyOf("dontschedule: {rules: [{metricname: a, operator: Equals, labels: [a]}]}"), want: []string{"default/p"}},
		"name that no label can have":   {text: strings.Replace(header, "name: p", "name: "+strings.Repeat("p", 64), 1) + "spec: {strategies: {}}\n", wantProblems: []string{`3: metadata.name: Invalid value: "` + strings.Repeat("p", 64) + `": must be no more than 63 bytes`}},
		"repeated field":                {text: header + "spec: {strategies: {}}\nspec: {}\n", wantProblems: []string{`5: yaml: key "spec" already set in map`}},
		"no YAML":                       {text: "a: b: c\n", wantProblems: []string{"1: yaml: mapping values are not allowed in this context"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			policies, problems := convert.Read("policies.yaml", []byte(tc.text))
			var got, gotProblems []string
			for _, policy := range policies {
				got = append(got, policy.Name())
			}
			for _, problem := range problems {
				gotProblems = append(gotProblems, strings.TrimPrefix(problem.String(), "policies.yaml:"))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("policies (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantProblems, gotProblems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// A policy that TAS would do nothing about has no rule set.
func TestNothingToConvert(t *testing.T) {
	for name, strategies := range map[string]string{
		"no strategies":           "{}",
		"no rules":                "dontschedule: {rules: []}\ndeschedule: {rules: []}\nlabeling: {}\nscheduleonmetric: {rules: []}",
		"no labels":               "labeling: {rules: [{metricname: a, operator: Equals}]}",
		"no order":                "scheduleonmetric: {rules: [{metricname: a, operator: Equals}]}",
		"no labels, and no order": "labeling: {rules: [{metricname: a, operator: Equals, labels: []}]}\nscheduleonmetric: {rules: [{metricname: a, operator: Equals}]}",
	} {
		t.Run(name, func(t *testing.T) {
			if got := converted(t, convert.Options{}, "p", []byte(policyOf(strategies))); got != "" {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// What cannot be said in a rule set is an error, not a bad rule set.
func TestNotConvertible(t *testing.T) {
	text := strings.Replace(policyOf("labeling: {rules: [{metricname: a, operator: Equals, labels: [a=b]}]}"), "name: p", "name: p.k8s.io", 1)
	policies, problems := convert.Read("p", []byte(text))
	if len(policies) != 1 || len(problems) > 0 {
		t.Fatalf("reading the policy: %v", problems)
	}
	_, err := convert.Options{Namespace: "a"}.Convert(&policies[0])
	if want := "its rules are not valid for Loadline: spec.rules[0].labels[telemetry.aware.scheduling.p.k8s.io/a]: Forbidden: keys under k8s.io belong to Kubernetes"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// Names that YAML would take for something else stay names.
func TestNames(t *testing.T) {
	for _, name := range []string{"on", "y", "no", "null", "123", "1e3", "0x1f", "1.5", "true"} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(policyOf("deschedule: {rules: [{metricname: \""+strings.ReplaceAll(name, ".", "_")+"\", operator: Equals}]}\nlabeling: {rules: [{metricname: a, operator: Equals, labels: [\""+name+"="+name+"\"]}]}"), "name: p", "name: \""+name+"\"", 1)
			text = strings.Replace(text, "namespace: default", "namespace: \"1\"", 1)
			rules, problems := rulefile.Read("result", []byte(converted(t, convert.Options{Namespace: "0"}, "p", []byte(text))))
			if len(rules) != 1 || len(problems) > 0 {
				t.Fatalf("got %d rule sets and %v", len(rules), problems)
			}
			spec := rules[0].Spec
			want := []map[string]string{{name: "violating"}, {"telemetry.aware.scheduling." + name + "/" + name: name}}
			if diff := cmp.Diff(want, []map[string]string{spec.Rules[0].Labels, spec.Rules[1].Labels}); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			if got := spec.PodSelector.MatchLabels["telemetry-policy"]; got != name || rules[0].Name != "1."+name {
				t.Errorf("got rule set %q for policy %q", rules[0].Name, got)
			}
		})
	}
}

// Numbers that are not exact as floating point numbers are pointed out.
func TestGreatTargets(t *testing.T) {
	for target, want := range map[string]bool{"9007199254740992": false, "9007199254740993": true, "-9223372036854775808": true, "9223372036854775807": true} {
		got := converted(t, convert.Options{Namespace: "a"}, "p", []byte(policyOf("dontschedule: {rules: [{metricname: a, operator: Equals, target: "+target+"}]}")))
		if strings.Contains(got, "too great") != want || !strings.Contains(got, "equals: "+target+"}") {
			t.Errorf("%s: want a remark: %t, got\n%s", target, want, got)
		}
	}
}

func TestReadAdapter(t *testing.T) {
	const rule = "rules:\n- seriesQuery: a\n  resources: {overrides: {node: {resource: node}}}\n  metricsQuery: <<.Series>>\n"
	cases := map[string]struct{ text, want string }{
		"as it is":    {text: rule},
		"ConfigMap":   {text: "kind: ConfigMap\ndata:\n  other: |\n    : :\n  config.yaml: |\n    " + strings.ReplaceAll(rule, "\n", "\n    ")},
		"list":        {text: "kind: List\nitems: [{kind: ConfigMap, data: {config.yaml: \"{rules: [{seriesQuery: a}]}\"}}]"},
		"no rules":    {text: "externalRules: []\n", want: "adapter.yaml: holds no rules of prometheus-adapter: give its config.yaml, or the ConfigMap that holds it"},
		"nothing":     {text: "", want: "adapter.yaml: holds no rules of prometheus-adapter: give its config.yaml, or the ConfigMap that holds it"},
		"no YAML":     {text: "a: b: c", want: "adapter.yaml:1: yaml: mapping values are not allowed in this context"},
		"wrong types": {text: "rules: {a: b}", want: "adapter.yaml:1: json: cannot unmarshal object into Go struct field .rules of type []convert.adapterRule"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := convert.ReadAdapter("adapter.yaml", []byte(tc.text))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("got error %q, want %q", got, tc.want)
			}
		})
	}
}

// Which query a rule of the adapter makes of a metric.
func TestAdapterRule(t *testing.T) {
	const toNode, all = "resources: {overrides: {node: {resource: node}}}", "metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'"
	const guess = "max by (node, instance) (node_load or load)"
	cases := map[string]struct {
		rule string
		// want is the query for the metric "load".
		want string
	}{
		"its own name":                 {rule: "seriesQuery: load, " + toNode + ", " + all, want: `sum by (node) (load{node!=""})`},
		"prefix":                       {rule: "seriesQuery: '{__name__=~\"node_.*\"}', name: {matches: ^node_(.*)$}, " + toNode + ", " + all, want: `sum by (node) (node_load{node!=""})`},
		"suffix":                       {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '(.*)_total'}, " + toNode + ", " + all, want: `sum by (node) (load_total{node!=""})`},
		"both":                         {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^a_(.+)_(total|sum)$', as: '${1}'}, " + toNode + ", " + all, want: guess},
		"second part":                  {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^(a_)(.*)(_b)$', as: $2}, " + toNode + ", " + all, want: `sum by (node) (a_load_b{node!=""})`},
		"two parts":                    {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^(.*)_(.*)$', as: $1$2}, " + toNode + ", " + all, want: guess},
		"two parts and no template":    {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^(.*)_(.*)$'}, " + toNode + ", " + all, want: guess},
		"template around":              {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^x(.*)', as: 'l${1}'}, " + toNode + ", " + all, want: `sum by (node) (xoad{node!=""})`},
		"template that does not fit":   {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^x(.*)', as: 'my_${1}'}, " + toNode + ", " + all, want: guess},
		"name for one series":          {rule: "seriesQuery: 'node_load1{job=\"x\"}', name: {as: load}, " + toNode + ", " + all, want: `sum by (node) (node_load1{node!=""})`},
		"name by a pattern of text":    {rule: "seriesQuery: '{node!=\"\"}', name: {matches: ^node_load5$, as: load}, " + toNode + ", " + all, want: `sum by (node) (node_load5{node!=""})`},
		"recording rule":               {rule: "seriesQuery: '{__name__=\"instance:load:rate5m\"}', name: {as: load}, " + toNode + ", " + all, want: `sum by (node) (instance:load:rate5m{node!=""})`},
		"other series":                 {rule: "seriesQuery: other, " + toNode + ", " + all, want: guess},
		"series left out by the query": {rule: "seriesQuery: '{__name__!~\"lo.*\"}', " + toNode + ", " + all, want: guess},
		"series left out by filters":   {rule: "seriesQuery: load, seriesFilters: [{isNot: ^l}], " + toNode + ", " + all, want: guess},
		"series not among filters":     {rule: "seriesQuery: load, seriesFilters: [{is: ^m}], " + toNode + ", " + all, want: guess},
		"series that pass filters":     {rule: "seriesQuery: load, seriesFilters: [{is: ^l}, {isNot: x}], " + toNode + ", " + all, want: `sum by (node) (load{node!=""})`},
		"pods":                         {rule: "seriesQuery: load, resources: {overrides: {pod: {resource: pod}}}, " + all, want: guess},
		"nodes of another group":       {rule: "seriesQuery: load, resources: {overrides: {node: {resource: node, group: example.com}}}, " + all, want: guess},
		"template of labels":           {rule: "seriesQuery: load, resources: {template: 'kube_<<.Resource>>'}, " + all, want: `sum by (kube_node) (load{kube_node!=""})`},
		"template that is none":        {rule: "seriesQuery: load, resources: {template: '<<.Resource'}, " + all, want: guess},
		"raw series":                   {rule: "seriesQuery: load, " + toNode + ", metricsQuery: <<.Series>>", want: "max by (node) (load)"},
		"other grouping":               {rule: "seriesQuery: load, " + toNode + ", metricsQuery: 'sum(<<.Series>>) by (node, cpu)'", want: "max by (node) (sum by (node, cpu) (load))"},
		"fields by name":               {rule: "seriesQuery: load, " + toNode + `, metricsQuery: 'sum(<<.Series>>{node=~"<<index .LabelValuesByName "node">>"}) by (<<index .GroupBySlice 0>>)'`, want: `sum by (node) (load{node=~".+"})`},
		"query with an unknown field":  {rule: "seriesQuery: load, " + toNode + ", metricsQuery: <<.Serie>>", want: guess},
		"query that is no PromQL":      {rule: "seriesQuery: load, " + toNode + ", metricsQuery: 'sum('", want: guess},
		"query that yields no vector":  {rule: "seriesQuery: load, " + toNode + ", metricsQuery: '<<.Series>>[1m]'", want: guess},
		"no query":                     {rule: "seriesQuery: load, " + toNode, want: guess},
		"pattern that is none":         {rule: "seriesQuery: load, name: {matches: '('}, " + toNode + ", " + all, want: guess},
		"filter that is none":          {rule: "seriesQuery: load, seriesFilters: [{is: '('}], " + toNode + ", " + all, want: guess},
		"selector that is none":        {rule: "seriesQuery: 'sum(', " + toNode + ", " + all, want: guess},
		"part that matches nothing":    {rule: "seriesQuery: load, name: {matches: 'x*'}, " + toNode + ", " + all, want: guess},
		"part of another part":         {rule: "seriesQuery: '{node!=\"\"}', name: {matches: '^(n_(.*))$', as: $2}, " + toNode + ", " + all, want: `sum by (node) (n_load{node!=""})`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			adapter, err := convert.ReadAdapter("adapter.yaml", []byte("rules: [{"+tc.rule+"}]"))
			if err != nil {
				t.Fatal(err)
			}
			text := converted(t, convert.Options{Namespace: "a", Adapter: adapter}, "p", []byte(policyOf("dontschedule: {rules: [{metricname: load, operator: Equals}]}")))
			rules, problems := rulefile.Read("result", []byte(text))
			if len(rules) != 1 || len(problems) > 0 {
				t.Fatalf("got %d rule sets and %v", len(rules), problems)
			}
			if got := rules[0].Spec.Metrics[0].Query; got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// Whatever there is in a file, nothing panics, and what is converted is good.
func FuzzConvert(f *testing.F) {
	f.Add(policyOf("dontschedule: {logicalOperator: allOf, rules: ["+hot+", "+mixed+"]}\nscheduleonmetric: {rules: ["+cold+"]}"), "")
	f.Add(policyOf("labeling: {rules: [{metricname: a, operator: Equals, labels: [a=b, c=]}, {metricname: b, operator: LessThan, labels: [a=c]}]}\ndeschedule: {rules: ["+hot+", "+mixed+"]}"),
		"rules: [{seriesQuery: '{node!=\"\"}', name: {matches: '^(a_)(.*)$', as: $2}, resources: {template: <<.Resource>>}, metricsQuery: <<.Series>>}]")
	f.Fuzz(func(t *testing.T, text, config string) {
		options := convert.Options{Namespace: "a"}
		if adapter, err := convert.ReadAdapter("adapter", []byte(config)); err == nil {
			options.Adapter = adapter
		}
		policies, problems := convert.Read("f", []byte(text))
		for _, problem := range problems {
			if problem.Line < 1 {
				t.Errorf("no line: %s", problem)
			}
		}
		for _, policy := range policies {
			result, err := options.Convert(&policy)
			if err != nil && !strings.Contains(err.Error(), "belong to Kubernetes") {
				t.Errorf("%s\n%v", text, err)
			}
			if _, problems := rulefile.Read("result", []byte(result)); len(problems) > 0 {
				t.Errorf("%s\n%v", result, problems)
			}
		}
	})
}
