// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const ruleSet = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
`

func TestDecodeRuleSetRefuses(t *testing.T) {
	cases := map[string]struct {
		// text follows apiVersion, kind and metadata, unless it brings its own.
		text string
		// want are parts of the error: the field path and the reason.
		want []string
	}{
		"nothing":                  {text: "# only a comment\n", want: []string{"no YAML document"}},
		"broken YAML":              {text: "apiVersion: [", want: []string{"yaml"}},
		"other kind":               {text: "apiVersion: loadline.dev/v1alpha1\nkind: Rules\n", want: []string{"kind", `"Rules"`, `must be "RuleSet"`}},
		"other version":            {text: "apiVersion: loadline.dev/v1\nkind: RuleSet\n", want: []string{"apiVersion", `must be "loadline.dev/v1alpha1"`}},
		"two documents":            {text: ruleSet + "---" + ruleSet, want: []string{"more than one YAML document"}},
		"no name":                  {text: "apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nspec: {}\n", want: []string{"metadata.name", "Required"}},
		"bad name":                 {text: "apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: Under_Line}\n", want: []string{"metadata.name", "Under_Line"}},
		"no effect at all":         {text: `spec: {}`, want: []string{"spec:", "rules or preferences"}},
		"unknown field":            {text: `spec: {rulez: []}`, want: []string{`unknown field "spec.rulez"`}},
		"unknown field in depth":   {text: `spec: {rules: [{name: a, when: [{metric: m, abov: 1}]}]}`, want: []string{`unknown field "spec.rules[0].when[0].abov"`}},
		"unknown field and others": {text: `spec: {rulez: [], metrics: [{name: m}], preferences: [{metric: x, prefer: Lower}]}`, want: []string{`unknown field "spec.rulez"`, "spec.metrics[0]:", "spec.preferences[0].metric"}},
		"field given twice":        {text: "spec:\n  metrics: []\n  metrics: []\n", want: []string{"metrics", "already set"}},
		"wrong type":               {text: `spec: {metrics: memory}`, want: []string{"spec.metrics: ", "must be a list, not a string"}},
		"text without quotes":      {text: `spec: {rules: [{name: a, labels: {hot: yes}}]}`, want: []string{"spec.rules.labels: ", "must be a string, not a boolean: put quotes around it"}},
		"a number for a name":      {text: `spec: {rules: [{name: 90}]}`, want: []string{"spec.rules.name: ", "must be a string, not a number: put quotes around it"}},
		"a list for a mapping":     {text: `spec: [rules]`, want: []string{"spec: ", "must be a mapping, not a list"}},
		"selector": {
			text: `spec: {podSelector: {matchExpressions: [{key: a, operator: Near}]}, preferences: [{metric: m, prefer: Lower}], metrics: [{name: m, builtin: cpu}]}`,
			want: []string{"spec.podSelector.matchExpressions[0].operator"},
		},
		"metric without a source":                {text: metric(`{name: m}`), want: []string{"spec.metrics[0]:", "builtin or query"}},
		"metric with two sources":                {text: metric(`{name: m, builtin: cpu, query: up}`), want: []string{"spec.metrics[0].query", "Forbidden"}},
		"unknown builtin":                        {text: metric(`{name: m, builtin: heat}`), want: []string{"spec.metrics[0].builtin", `"heat"`, `"cpu", "memory"`}},
		"PromQL that does not parse":             {text: metric(`{name: m, query: "sum by (node"}`), want: []string{"spec.metrics[0].query", "does not parse as PromQL", "1:13"}},
		"PromQL of a scalar":                     {text: metric(`{name: m, query: "1"}`), want: []string{"spec.metrics[0].query", "instant vector", "scalar"}},
		"PromQL of a range":                      {text: metric(`{name: m, query: "up[5m]"}`), want: []string{"spec.metrics[0].query", "instant vector", "range vector"}},
		"PromQL with a pattern of names":         {text: metric(`{name: m, query: 'max by (node) ({__name__=~"a|b"})'}`), want: []string{"spec.metrics[0].query", "must name each metric"}},
		"metric name":                            {text: metric(`{name: GPU, query: up}`), want: []string{"spec.metrics[0].name"}},
		"metric name twice":                      {text: metric(`{name: m, query: up}, {name: m, query: up}`), want: []string{"spec.metrics[1].name", "Duplicate"}},
		"window of memory":                       {text: metric(`{name: m, builtin: memory, window: 5m}`), want: []string{"spec.metrics[0].window", "Forbidden", "memory"}},
		"window without a unit":                  {text: metric(`{name: m, builtin: cpu, window: 90}`), want: []string{"spec.metrics[0].window", "90s"}},
		"window of zero":                         {text: metric(`{name: m, builtin: cpu, window: 0s}`), want: []string{"spec.metrics[0].window", "greater than zero"}},
		"staleAfter":                             {text: metric(`{name: m, builtin: memory, staleAfter: soon}`), want: []string{"spec.metrics[0].staleAfter", `"soon"`}},
		"nodeLabel of a builtin":                 {text: metric(`{name: m, builtin: memory, nodeLabel: host}`), want: []string{"spec.metrics[0].nodeLabel", "Forbidden"}},
		"resource of a builtin":                  {text: metric(`{name: m, builtin: memory, resource: cpu}`), want: []string{"spec.metrics[0].resource", "Forbidden"}},
		"perPod of a builtin":                    {text: metric(`{name: m, builtin: memory, perPod: {query: up}}`), want: []string{"spec.metrics[0].perPod", "Forbidden"}},
		"perPod query":                           {text: metric(`{name: m, query: up, perPod: {query: "1"}}`), want: []string{"spec.metrics[0].perPod.query", "instant vector"}},
		"resource name":                          {text: metric(`{name: m, query: up, resource: "a b"}`), want: []string{"spec.metrics[0].resource", `"a b"`}},
		"mode":                                   {text: "spec: {mode: Dry, metrics: [{name: m, builtin: cpu}], preferences: [{metric: m, prefer: Lower}]}", want: []string{"spec.mode", `"Dry"`, `"Enforce", "Observe"`}},
		"namespace selector":                     {text: "spec: {namespaceSelector: {matchLabels: {a b: c}}, metrics: [{name: m, builtin: cpu}], preferences: [{metric: m, prefer: Lower}]}", want: []string{"spec.namespaceSelector"}},
		"node selector":                          {text: "spec: {nodeSelector: {matchExpressions: [{key: a, operator: In}]}, metrics: [{name: m, builtin: cpu}], preferences: [{metric: m, prefer: Lower}]}", want: []string{"spec.nodeSelector.matchExpressions[0].values"}},
		"priority class":                         {text: "spec: {priorityClassNames: [ok, Not_One], metrics: [{name: m, builtin: cpu}], preferences: [{metric: m, prefer: Lower}]}", want: []string{"spec.priorityClassNames[1]"}},
		"for":                                    {text: rule(`{name: a, for: 30, when: [{metric: m, above: 1}], reject: {}}`), want: []string{"spec.rules[0].for", "90s"}},
		"onMissing":                              {text: rule(`{name: a, onMissing: Panic, when: [{metric: m, above: 1}], reject: {}}`), want: []string{"spec.rules[0].onMissing", `"Allow", "Reject"`}},
		"maxNodes over all":                      {text: rule(`{name: a, when: [{metric: m, above: 1}], reject: {maxNodes: 120%}}`), want: []string{"spec.rules[0].reject.maxNodes", "120%", "between 0% and 100%"}},
		"maxNodes as a count":                    {text: rule(`{name: a, when: [{metric: m, above: 1}], reject: {maxNodes: 3}}`), want: []string{"spec.rules[0].reject.maxNodes", "between 0% and 100%"}},
		"giveUpAfter":                            {text: rule(`{name: a, when: [{metric: m, above: 1}], reject: {giveUpAfter: never}}`), want: []string{"spec.rules[0].reject.giveUpAfter"}},
		"evict for":                              {text: rule(`{name: a, when: [{metric: m, above: 1}], evict: {for: -5m}}`), want: []string{"spec.rules[0].evict.for", "greater than zero"}},
		"evict order":                            {text: rule(`{name: a, when: [{metric: m, above: 1}], evict: {order: Random}}`), want: []string{"spec.rules[0].evict.order", `"OverRequest", "Fewest"`}},
		"taint without effect":                   {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {}}`), want: []string{"spec.rules[0].taint.effect"}},
		"taint NoExecute":                        {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {effect: NoExecute}}`), want: []string{"spec.rules[0].taint.effect", "use evict"}},
		"taint key of Kubernetes":                {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: node.kubernetes.io/hot, effect: NoSchedule}}`), want: []string{"spec.rules[0].taint.key", "belong to Kubernetes"}},
		"taint maxNodes":                         {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {effect: NoSchedule, maxNodes: 2}}`), want: []string{"spec.rules[0].taint.maxNodes"}},
		"taint key twice":                        {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: x/hot, effect: NoSchedule}}, {name: b, when: [{metric: m, above: 2}], taint: {key: x/hot, effect: NoSchedule}}`), want: []string{"spec.rules[1].taint.key", "Duplicate"}},
		"taint key twice, each with an effect":   {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: x/hot, effect: NoSchedule}}, {name: b, when: [{metric: m, above: 2}], taint: {key: x/hot, effect: PreferNoSchedule}}`), want: []string{"spec.rules[1].taint.key", "Duplicate"}},
		"taint key by default and by hand":       {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {effect: NoSchedule}}, {name: b, when: [{metric: m, above: 2}], taint: {key: loadline.dev/a, effect: NoSchedule}}`), want: []string{"spec.rules[1].taint.key", "Duplicate"}},
		"taint key below k8s.io":                 {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: x.k8s.io/hot, effect: NoSchedule}}`), want: []string{"spec.rules[0].taint.key", "belong to Kubernetes"}},
		"taint that looks like the autoscaler's": {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: cluster-autoscaler.kubernetes.io/hot, effect: NoSchedule}}`), want: []string{"spec.rules[0].taint.key", "belong to Kubernetes"}},
		"taint of the autoscaler without a name": {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: status-taint.cluster-autoscaler.kubernetes.io/, effect: NoSchedule}}`), want: []string{"spec.rules[0].taint.key", "Invalid"}},
		"taint of the autoscaler, NoExecute":     {text: rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: status-taint.cluster-autoscaler.kubernetes.io/hot, effect: NoExecute}}`), want: []string{"spec.rules[0].taint.effect", "use evict"}},
		"label of Kubernetes":                    {text: rule(`{name: a, when: [{metric: m, above: 1}], labels: {k8s.io/hot: x}}`), want: []string{"spec.rules[0].labels[k8s.io/hot]", "belong to Kubernetes"}},
		"label of the autoscaler":                {text: rule(`{name: a, when: [{metric: m, above: 1}], labels: {status-taint.cluster-autoscaler.kubernetes.io/hot: x}}`), want: []string{"spec.rules[0].labels", "belong to Kubernetes"}},
		"label key twice":                        {text: rule(`{name: a, when: [{metric: m, above: 1}], labels: {hot: x}}, {name: b, when: [{metric: m, above: 2}], labels: {hot: z}}`), want: []string{"spec.rules[1].labels[hot]", "Duplicate"}},
		"label value":                            {text: rule(`{name: a, when: [{metric: m, above: 1}], labels: {hot: "a b"}}`), want: []string{"spec.rules[0].labels", "a b"}},
		"prefer and near":                        {text: preference(`metric: m, prefer: Lower, near: 60%`), want: []string{"spec.preferences[0].near", "Forbidden"}},
		"near in words":                          {text: preference(`metric: m, near: middle`), want: []string{"spec.preferences[0].near", "90%"}},
		"empty range":                            {text: preference(`metric: m, prefer: Lower, range: [1, 1]`), want: []string{"spec.preferences[0].range", "[1, 1]", "is empty"}},
		"range of one":                           {text: preference(`metric: m, prefer: Lower, range: [1]`), want: []string{"spec.preferences[0].range", "two numbers"}},
		"range in words":                         {text: preference(`metric: m, prefer: Lower, range: [low, 1]`), want: []string{"spec.preferences[0].range[0]"}},
		"rule without a name":                    {text: rule(`{when: [{metric: m, above: 1}], reject: {}}`), want: []string{"spec.rules[0].name", "Required"}},
		"rule name twice":                        {text: rule(`{name: a, when: [{metric: m, above: 1}], reject: {}}, {name: a, when: [{metric: m, above: 1}], reject: {}}`), want: []string{"spec.rules[1].name", "Duplicate"}},
		"rule without a condition":               {text: rule(`{name: a, reject: {}}`), want: []string{"spec.rules[0].when", "Required"}},
		"rule without an effect":                 {text: rule(`{name: a, when: [{metric: m, above: 1}]}`), want: []string{"spec.rules[0]:", "effect"}},
		"undefined metric":                       {text: condition(`metric: other, above: 1`), want: []string{"spec.rules[0].when[0].metric", `"other"`, "not defined", `["m"]`}},
		"no operator":                            {text: condition(`metric: m`), want: []string{"spec.rules[0].when[0]:", "one of above, below and equals"}},
		"two operators":                          {text: condition(`metric: m, above: 1, below: 2`), want: []string{"spec.rules[0].when[0]:", "only one"}},
		"threshold in words":                     {text: condition(`metric: m, above: ninety`), want: []string{"spec.rules[0].when[0].above", `"ninety"`, "90%"}},
		"threshold as a list":                    {text: condition(`metric: m, above: [1]`), want: []string{"spec.rules[0].when[0].above", "90%"}},
		"threshold NaN":                          {text: condition(`metric: m, above: NaN`), want: []string{"spec.rules[0].when[0].above"}},
		"threshold infinite":                     {text: condition(`metric: m, above: .inf`), want: []string{"unsupported value: +Inf"}},
		"clear over above":                       {text: condition(`metric: m, above: 90%, clear: 95%`), want: []string{"spec.rules[0].when[0].clear", "95%", "90%"}},
		"clear under below":                      {text: condition(`metric: m, below: 10%, clear: 5%`), want: []string{"spec.rules[0].when[0].clear", "5%", "10%"}},
		"clear with equals":                      {text: condition(`metric: m, equals: 1, clear: 1`), want: []string{"spec.rules[0].when[0].clear", "equals"}},
		"preference of nothing":                  {text: preference(`prefer: Lower`), want: []string{"spec.preferences[0].metric", "Required"}},
		"preference undecided":                   {text: preference(`metric: m`), want: []string{"spec.preferences[0].prefer", "Required"}},
		"preference elsewhere":                   {text: preference(`metric: m, prefer: Left`), want: []string{"spec.preferences[0].prefer", `"Left"`}},
		"weight of zero":                         {text: preference(`metric: m, prefer: Lower, weight: 0`), want: []string{"spec.preferences[0].weight", "between 1 and 100"}},
		"weight over the limit":                  {text: preference(`metric: m, prefer: Lower, weight: 101`), want: []string{"spec.preferences[0].weight", "between 1 and 100"}},
		"two faults are both named":              {text: condition(`metric: other, above: ninety`), want: []string{"spec.rules[0].when[0].metric", "spec.rules[0].when[0].above"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			text := tc.text
			if strings.HasPrefix(text, "spec") {
				text = ruleSet + text
			}
			rules, err := v1alpha1.DecodeRuleSet([]byte(text))
			if err == nil {
				t.Fatalf("got %+v, want an error with %q", rules, tc.want)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
}

func metric(metrics string) string {
	return "spec: {metrics: [" + metrics + "], preferences: [{metric: m, prefer: Lower}]}"
}

func rule(rules string) string {
	return "spec: {metrics: [{name: m, builtin: memory}], rules: [" + rules + "]}"
}

func condition(fields string) string {
	return rule("{name: a, when: [{" + fields + "}], reject: {}}")
}

func preference(fields string) string {
	return "spec: {metrics: [{name: m, builtin: memory}], preferences: [{" + fields + "}]}"
}

// What is allowed, and looks like what is not.
// A text of a megabyte can have any number of mistakes, and is refused at once all the
// same.
func TestDecodeRuleSetBoundsErrors(t *testing.T) {
	var text strings.Builder
	text.WriteString("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: x}\nspec:\n  metrics:\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "  - {name: m%d, query: up}\n", i)
	}
	text.WriteString("  rules:\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "  - {name: r%d, when: [{metric: x%d, above: 1}], reject: {}}\n", i, i)
	}
	_, err := v1alpha1.DecodeRuleSet([]byte(text.String()))
	if err == nil || !strings.Contains(err.Error(), "and 1900 more") || !strings.Contains(err.Error(), "2000 others are") || len(err.Error()) > 20<<10 {
		t.Errorf("got an error of %d bytes, %.200v...", len(fmt.Sprint(err)), err)
	}
}

// Queries that would take long just to be gone through are refused.
func TestDecodeRuleSetBoundsQueries(t *testing.T) {
	for query, want := range map[string]string{
		strings.Repeat("-", 20<<10) + "up":                           "spec.metrics[0].query: Too long",
		strings.Repeat("(", 7000) + "up" + strings.Repeat(")", 7000): "spec.metrics[0].query: Invalid value: is nested more than 200 levels deep",
		"up" + strings.Repeat(" + up", 2000):                         "is nested more than 200 levels deep",
		"max_over_time(up[2h:1ms])":                                  "has a subquery of 7200000 steps",
		"max_over_time(up[100y:1s])":                                 "may have 11000 at most",
		"max_over_time(up[2h:1s])":                                   "",
		"max_over_time(up[2h:])":                                     "",
		"up" + strings.Repeat(" + up", 100):                          "",
		`up{node=~"` + strings.Repeat("(a|b)*c?", 1500) + `"}`:       "",
	} {
		_, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: x}\nspec:\n  metrics: [{name: m, query: '" +
			query + "'}]\n  preferences: [{metric: m, prefer: Lower}]\n"))
		if got := fmt.Sprint(err); (err == nil) != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%.40s...: got %.200s, want %q", query, got, want)
		}
	}
}

func TestDecodeRuleSetAccepts(t *testing.T) {
	cases := map[string]string{
		"taint for the cluster autoscaler": rule(`{name: a, when: [{metric: m, above: 1}], taint: {key: status-taint.cluster-autoscaler.kubernetes.io/hot, effect: NoSchedule}}`),
		"one key for a label and a taint":  rule(`{name: a, when: [{metric: m, above: 1}], labels: {x/hot: m}, taint: {key: x/hot, effect: PreferNoSchedule}}`),
		"domain that ends alike":           rule(`{name: a, when: [{metric: m, above: 1}], labels: {notk8s.io/hot: m}}`),
		"range of text":                    preference(`metric: m, near: 60%, range: [0, 100%]`),
		"clear at the threshold":           condition(`metric: m, above: 90%, clear: 0.9`),
		"evict alone":                      rule(`{name: a, when: [{metric: m, above: 1}], evict: {}}`),
		"everything":                       rule(`{name: a, for: 30s, onMissing: Reject, when: [{metric: m, above: 1}], reject: {maxNodes: 50%, giveUpAfter: 5m}, evict: {for: 5m, order: Fewest}, taint: {effect: NoSchedule, value: x, maxNodes: 20%}, labels: {a: b}}`),
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := v1alpha1.DecodeRuleSet([]byte(ruleSet + text)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDecodeRuleSetDefaults(t *testing.T) {
	rules, err := v1alpha1.DecodeRuleSet([]byte(ruleSet + `
spec:
  metrics:
  - {name: load, builtin: cpu}
  - {name: memory, builtin: memory}
  preferences:
  - {metric: load, prefer: Lower}
  - {metric: memory, prefer: Higher, weight: 3}
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := rules.Spec.Metrics[0].Window.Value(); got != v1alpha1.DefaultWindow {
		t.Errorf("window of cpu: got %s, want %s", got, v1alpha1.DefaultWindow)
	}
	if got := rules.Spec.Metrics[1].Window; got != nil {
		t.Errorf("window of memory: got %s, want none", got)
	}
	if got := *rules.Spec.Preferences[0].Weight; got != 1 {
		t.Errorf("weight left out: got %d, want 1", got)
	}
	if got := *rules.Spec.Preferences[1].Weight; got != 3 {
		t.Errorf("weight given: got %d, want 3", got)
	}
}

func TestThreshold(t *testing.T) {
	cases := map[string]float64{
		"90%": 0.9, "0.9": 0.9, `"0.9"`: 0.9, "200Mi": 200 << 20, "79500m": 79.5, "-5": -5, "1e3": 1000, "0": 0, "2.5%": 0.025, "100m": 0.1, `" 90 % "`: 0.9,
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			rules, err := v1alpha1.DecodeRuleSet([]byte(ruleSet + condition("metric: m, above: "+text)))
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.Spec.Rules[0].When[0].Above.Value(); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// What was read is written as it was read, so that a person recognises it.
func TestRoundTrip(t *testing.T) {
	const text = `{"metric":"m","above":"90%","clear":"0.85"}`
	var condition v1alpha1.Condition
	if err := yaml.Unmarshal([]byte(`{metric: m, above: 90%, clear: 0.85}`), &condition); err != nil {
		t.Fatal(err)
	}
	got, err := yaml.Marshal(condition)
	if err != nil {
		t.Fatal(err)
	}
	want, err := yaml.JSONToYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRuleSetName(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"good":                {text: ruleSet, want: "below-the-line"},
		"wrong further down":  {text: ruleSet + "spec: {rulez: 1}", want: "below-the-line"},
		"broken":              {text: ruleSet + "spec: [", want: ""},
		"no metadata":         {text: "kind: RuleSet", want: ""},
		"metadata is no name": {text: "metadata: [1]", want: ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := v1alpha1.RuleSetName([]byte(tc.text)); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Whatever an operator writes gets an error or a rule set, never a panic, and
// what is accepted is accepted again after it was written and read. Rules that
// evict have one way to choose pods.
func FuzzDecodeRuleSet(f *testing.F) {
	f.Add([]byte(ruleSet + condition("metric: m, above: 90%, clear: 85%")))
	f.Add([]byte(ruleSet + metric(`{name: m, query: "max by (node) (up)", staleAfter: 90s}`)))
	f.Add([]byte(ruleSet + rule(`{name: a, when: [{metric: m, above: 1}], evict: {for: 5m, order: Fewest}}`)))
	f.Add([]byte(ruleSet + rule(`{name: a, when: [{metric: m, below: 1}], evict: {step: 2, orderBy: m}}`)))
	f.Add([]byte(ruleSet + rule(`{name: a, when: [{metric: m, equals: 1}], evict: {all: true}}`)))
	f.Add([]byte("{}"))
	f.Add([]byte("--- \n--- "))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := v1alpha1.DecodeRuleSet(data)
		if err != nil {
			return
		}
		checkManners(t, rules)
		again := rewrite(t, rules, v1alpha1.DecodeRuleSet)
		if diff := cmp.Diff(written(t, rules), written(t, again)); diff != "" {
			t.Errorf("after it was written and read (-want +got):\n%s", diff)
		}
	})
}

// rewrite writes what was accepted, and reads it.
func rewrite[T any](t *testing.T, accepted T, decode func([]byte) (T, error)) T {
	t.Helper()
	text := written(t, accepted)
	again, err := decode([]byte(text))
	if err != nil {
		t.Fatalf("refused after it was written: %v\n%s", err, text)
	}
	return again
}

func written(t *testing.T, value any) string {
	t.Helper()
	text, err := yaml.Marshal(value)
	if err != nil {
		t.Fatalf("writing what was accepted: %v", err)
	}
	return string(text)
}

// The configurations that are shipped are good.
func TestShipped(t *testing.T) {
	for _, file := range glob(t, "../../../manifests/examples/rules/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var configMap struct {
				Metadata struct{ Labels map[string]string }
				Data     map[string]string
			}
			read(t, file, &configMap)
			if configMap.Metadata.Labels[v1alpha1.RulesLabel] != "true" {
				t.Errorf("not labelled %s=true: it would not be read", v1alpha1.RulesLabel)
			}
			for key, text := range configMap.Data {
				if _, err := v1alpha1.DecodeRuleSet([]byte(text)); err != nil {
					t.Errorf("%s: %v", key, err)
				}
			}
		})
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for %s: %d files, %v", pattern, len(files), err)
	}
	return files
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// No field has a name that YAML 1.1 reads as a boolean, as it reads "off": whoever
// writes it without quotes would be told that there is no field "false".
func TestFieldNames(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var check func(kind reflect.Type)
	check = func(kind reflect.Type) {
		for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, kind.Kind()) {
			kind = kind.Elem()
		}
		if kind.Kind() != reflect.Struct || seen[kind] {
			return
		}
		seen[kind] = true
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if name == "" && !kind.Field(i).Anonymous {
				continue
			}
			var content map[string]any
			if read := yaml.Unmarshal([]byte(name+": 1"), &content); name != "" && (read != nil || content[name] == nil) {
				t.Errorf("%s.%s: %q is read as %v", kind, kind.Field(i).Name, name, content)
			}
			check(kind.Field(i).Type)
		}
	}
	for _, object := range []any{v1alpha1.RuleSet{}, v1alpha1.LoadlineArgs{}, v1alpha1.DeschedulerConfiguration{}} {
		check(reflect.TypeOf(object))
	}
	if len(seen) < 20 {
		t.Errorf("looked at %d types, want all", len(seen))
	}
}
