// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package lint_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/lint"
)

const header = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
`

// when is a rule set whose only rule has this condition on a metric.
func when(metric, condition string) string {
	return "  metrics: [" + metric + "]\n" +
		"  rules: [{name: a, when: [{metric: m, " + condition + "}], labels: {a: b}}]\n"
}

// having is a rule set whose only rule has these effects.
func having(effects string) string {
	return "  metrics: [{name: m, builtin: memory}]\n" +
		"  rules: [{name: a, when: [{metric: m, above: 90%, clear: 85%}], " + effects + "}]\n"
}

// evicting is a rule set whose only rule has these conditions on metrics and
// moves pods.
func evicting(metrics, conditions, evict string) string {
	return "  metrics: [" + metrics + "]\n" +
		"  rules: [{name: a, when: [" + conditions + "], reject: {maxNodes: 50%, giveUpAfter: 5m}, " + evict + "}]\n"
}

func query(query, rest string) string {
	return "  metrics: [{name: m, query: '" + query + "'" + rest + "}]\n" +
		"  preferences: [{metric: m, prefer: Lower}]\n"
}

const (
	fraction = "{name: m, builtin: memory}"
	number   = "{name: m, query: up}"
)

func TestCheck(t *testing.T) {
	const noBand = "evictions end right at the line, and the next rise begins them anew (5 percentage points are a good start)"
	const noNode = `spec.metrics[0].query: its result has no label "node" or "instance" to tell the node: aggregate by (node), or give nodeLabel`
	cases := map[string]struct {
		spec string
		want []string
	}{
		"nothing": {spec: when(fraction, "above: 90%, clear: 85%")},
		"percentage without its sign": {
			spec: when(fraction, "above: 90"),
			want: []string{"spec.rules[0].when[0].above: a fraction compared with 90: did you mean 90%?"},
		},
		"fraction of a resource": {
			spec: when("{name: m, query: up, resource: cpu}", "below: 20"),
			want: []string{"spec.rules[0].when[0].below: a fraction compared with 20: did you mean 20%?"},
		},
		"quantity and a fraction": {
			spec: when(fraction, "above: 2Gi"),
			want: []string{"spec.rules[0].when[0].above: a fraction compared with 2Gi"},
		},
		"no fraction": {spec: when(number, "above: 90")},
		"near and range": {
			spec: "  metrics: [" + fraction + "]\n  preferences: [{metric: m, near: 65, range: [0, 100]}]\n",
			want: []string{
				"spec.preferences[0].near: a fraction compared with 65: did you mean 65%?",
				"spec.preferences[0].range[1]: a fraction compared with 100: did you mean 100%?",
			},
		},
		"above everything":       {spec: when(fraction, "above: 100%"), want: []string{"spec.rules[0].when[0].above: can never hold: a fraction is not above 100%"}},
		"below nothing":          {spec: when(fraction, "below: 0"), want: []string{"spec.rules[0].when[0].below: can never hold: a fraction is never negative"}},
		"equal to nothing":       {spec: when(fraction, "equals: 120%"), want: []string{"spec.rules[0].when[0].equals: can never hold: a fraction is between 0 and 1"}},
		"above less than zero":   {spec: when(fraction, "above: -1"), want: []string{"spec.rules[0].when[0].above: always holds: a fraction is never negative"}},
		"below more than all":    {spec: when(fraction, "below: 110%"), want: []string{"spec.rules[0].when[0].below: always holds: a fraction is not above 100%"}},
		"clear at zero":          {spec: when(fraction, "above: 90%, clear: 0"), want: []string{"spec.rules[0].when[0].clear: can never clear: a fraction is not below 0"}},
		"clear at all":           {spec: when(fraction, "below: 10%, clear: 100%"), want: []string{"spec.rules[0].when[0].clear: can never clear: a fraction is not above 100%"}},
		"above zero, no band":    {spec: when(fraction, "above: 0, clear: 0")},
		"clear of a temperature": {spec: when(number, "above: 90, clear: -5")},
		"evict at once": {
			spec: having("evict: {}, reject: {maxNodes: 50%, giveUpAfter: 5m}"),
			want: []string{"spec.rules[0].evict: has no for: a single measurement evicts pods (5m is a good start)"},
		},
		"evict after the rule's own time": {spec: having("for: 5m, evict: {}, reject: {maxNodes: 50%, giveUpAfter: 5m}")},
		"evict and let come": {
			spec: having("evict: {for: 5m}"),
			want: []string{"spec.rules[0].evict: evicts and does not reject: new pods may come to the node that others are evicted from"},
		},
		"evict by what nothing tells": {
			spec: evicting("{name: m, query: up, resource: nvidia.com/gpu}", "{metric: m, above: 90%, clear: 85%}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].evict.order: chooses pods by what they use, which nothing tells: give the metric a perPod, or nothing is ever moved"},
		},
		"evict down to the line": {
			spec: evicting(fraction, "{metric: m, above: 90%}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].when[0]: has no clear: " + noBand},
		},
		"evict down to hardly below": {
			spec: evicting(fraction, "{metric: m, above: 90%, clear: 89%}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].when[0].clear: is hardly below 90%: " + noBand},
		},
		"evict down to the line itself": {
			spec: evicting(fraction, "{metric: m, above: 90%, clear: 0.9}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].when[0].clear: is hardly below 90%: " + noBand},
		},
		"evict down to one of two lines": {
			spec: evicting(fraction+", {name: k, query: up, resource: nvidia.com/gpu}", "{metric: m, above: 90%, clear: 85%}, {metric: k, above: 30%}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].when[1]: has no clear: " + noBand},
		},
		"evict above a percentage without its sign": {
			spec: evicting(fraction, "{metric: m, above: 90}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].when[0].above: a fraction compared with 90: did you mean 90%?"},
		},
		"evict with the least band":        {spec: evicting(fraction, "{metric: m, above: 30%, clear: 28%}", "evict: {for: 5m}")},
		"evict all at the line":            {spec: evicting(fraction, "{metric: m, above: 90%}", "evict: {for: 5m, all: true}")},
		"evict in steps without a clear":   {spec: evicting(number, "{metric: m, above: 90}", "evict: {for: 5m}")},
		"evict while another metric holds": {spec: evicting(fraction+", {name: k, query: down}", "{metric: m, above: 90%, clear: 85%}, {metric: k, equals: 1}", "evict: {for: 5m}")},
		"evict for less than the window": {
			spec: evicting("{name: m, builtin: cpu}", "{metric: m, above: 90%, clear: 85%}", "for: 1m, evict: {for: 90s}"),
			want: []string{`spec.rules[0].evict.for: waits for less than the window of "m" (2m): pods may be evicted for a load that has passed`},
		},
		"evict for less than the window, by the rule": {
			spec: evicting("{name: m, builtin: cpu, window: 5m}", "{metric: m, above: 90%, clear: 85%}", "for: 1m, evict: {}"),
			want: []string{`spec.rules[0].evict: waits for less than the window of "m" (5m): pods may be evicted for a load that has passed`},
		},
		"evict for less than a query looks back": {
			spec: evicting("{name: m, query: 'avg_over_time(up[1h])'}", "{metric: m, above: 90}", "evict: {for: 5m}"),
			want: []string{`spec.rules[0].evict.for: waits for less than the window of "m" (1h): pods may be evicted for a load that has passed`},
		},
		"evict for as long as the window":      {spec: evicting("{name: m, builtin: cpu}", "{metric: m, above: 90%, clear: 85%}", "evict: {for: 2m}")},
		"evict after longer by the rule alone": {spec: evicting("{name: m, builtin: cpu}", "{metric: m, above: 90%, clear: 85%}", "for: 3m, evict: {for: 1m}")},
		"evict from empty nodes": {
			spec: evicting(fraction, "{metric: m, below: 20%}", "evict: {for: 5m}"),
			want: []string{"spec.rules[0].evict: evicts from nodes that are below a line: each pod that goes takes them further below, until none is left"},
		},
		"evict by a metric for that alone":    {spec: evicting(fraction+", {name: k, query: down}", "{metric: k, above: 90}", "evict: {for: 5m, orderBy: m}")},
		"evict all from empty nodes":          {spec: evicting(fraction, "{metric: m, below: 20%}", "evict: {for: 5m, all: true}")},
		"evict from empty nodes that are hot": {spec: evicting(fraction+", {name: k, query: down}", "{metric: m, below: 20%}, {metric: k, above: 90}", "evict: {for: 5m}")},
		"shares of nothing": {
			spec: query("up", ", perPod: {query: down}"),
			want: []string{"spec.metrics[0].perPod: has no effect without a resource, which the pods' shares would be of"},
		},
		"shares of a resource": {spec: query("up", ", resource: cpu, perPod: {query: down}")},
		"reject without limits": {
			spec: having("reject: {}"),
			want: []string{
				"spec.rules[0].reject: has no maxNodes: when the whole cluster is over the line, no pod is placed any more (50% is a good start)",
				"spec.rules[0].reject: has no giveUpAfter: a pod may wait for ever (5m is a good start)",
			},
		},
		"a hard taint without a limit": {
			spec: having("taint: {effect: NoSchedule}"),
			want: []string{"spec.rules[0].taint: has no maxNodes: when the whole cluster is over the line, no scheduler places a pod any more, and giveUpAfter does not help (20% is a good start)"},
		},
		"a hard taint with a limit":    {spec: having("taint: {effect: NoSchedule, maxNodes: 20%}")},
		"a soft taint without a limit": {spec: having("taint: {effect: PreferNoSchedule}")},
		"metric that nobody uses": {
			spec: "  metrics: [" + fraction + ", {name: other, builtin: cpu}]\n  preferences: [{metric: m, prefer: Lower}]\n",
			want: []string{`spec.metrics[1]: "other" is measured, and no rule or preference uses it`},
		},

		"aggregated to nothing":           {spec: query("sum(up)", ""), want: []string{noNode}},
		"aggregated by another label":     {spec: query("sum by (host) (up)", ""), want: []string{noNode}},
		"aggregated by nodeLabel":         {spec: query("sum by (host) (up)", ", nodeLabel: host")},
		"aggregated by node":              {spec: query("sum by (node) (up)", "")},
		"aggregated by instance":          {spec: query("sum by (instance) (up)", "")},
		"node lost further in":            {spec: query("max by (node) (sum(up))", ""), want: []string{noNode}},
		"nodeLabel lost":                  {spec: query("max by (node) (up)", ", nodeLabel: host"), want: []string{`spec.metrics[0].query: its result has no label "host", which nodeLabel names, to tell the node`}},
		"aggregated without the nodes":    {spec: query("sum without (node, instance) (up)", ""), want: []string{noNode}},
		"aggregated without others":       {spec: query("sum without (cpu) (up)", "")},
		"chosen":                          {spec: query("topk(3, up)", "")},
		"counted by value":                {spec: query("count_values(\"node\", up)", "")},
		"counted by other value":          {spec: query("count_values(\"v\", up)", ""), want: []string{noNode}},
		"matched on another label":        {spec: query("up / on (pool) down", ""), want: []string{noNode}},
		"matched on node":                 {spec: query("up / on (node) down", "")},
		"matched ignoring the nodes":      {spec: query("up / ignoring (node, instance) down", ""), want: []string{noNode}},
		"many to one":                     {spec: query("up / on (pool) group_left () down", "")},
		"many to one with the label":      {spec: query("sum by (pool) (up) / on (pool) group_left (node) down", "")},
		"many to one without the label":   {spec: query("sum by (pool) (up) / on (pool) group_left () down", ""), want: []string{noNode}},
		"one to many":                     {spec: query("sum by (pool) (up) / on (pool) group_right () down", "")},
		"either":                          {spec: query("sum(up) or down", "")},
		"both":                            {spec: query("sum(up) and on () down", ""), want: []string{noNode}},
		"with a scalar":                   {spec: query("1 - sum(up)", ""), want: []string{noNode}},
		"label made":                      {spec: query("label_replace(sum(up), \"node\", \"a\", \"\", \"\")", "")},
		"other label made":                {spec: query("label_replace(sum(up), \"host\", \"a\", \"\", \"\")", ""), want: []string{noNode}},
		"vector of a scalar":              {spec: query("vector(scalar(up))", ""), want: []string{noNode}},
		"rate of a range":                 {spec: query("-rate(up[5m])", "")},
		"range of what has no node":       {spec: query("max_over_time(sum(up)[5m:15s])", ""), want: []string{noNode}},
		"in parentheses, at a fixed time": {spec: query("(sum(up @ 0))", ""), want: []string{noNode}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules, err := v1alpha1.DecodeRuleSet([]byte(header + tc.spec))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, warning := range lint.Check(rules) {
				got = append(got, warning.Path.String()+": "+warning.Message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
