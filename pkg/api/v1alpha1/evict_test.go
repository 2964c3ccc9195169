// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// evicting is a rule set with a rule of each kind of metric: "memory", "gpu" and
// "gpu-requests" have a resource, "swap" and "heat" have none, and "power" has
// shares of pods that nothing tells what they are of.
func evicting(when, evict string) string {
	return ruleSet + `
spec:
  metrics:
  - {name: memory, builtin: memory}
  - {name: swap, builtin: swap}
  - {name: heat, query: celsius}
  - {name: gpu, query: used, resource: nvidia.com/gpu, perPod: {query: ofPod}}
  - {name: gpu-requests, query: used, resource: nvidia.com/gpu}
  - {name: power, query: watts, perPod: {query: ofPod}}
  rules:
  - {name: a, when: [` + when + `], evict: ` + evict + `}
`
}

func TestEvictDefaults(t *testing.T) {
	const oneAtATime = "{orderBy: requests.cpu, step: 1}"
	cases := map[string]struct {
		when, evict string
		want        string // the same as it is after decoding
	}{
		"resource":                     {when: "{metric: memory, above: 90%}", evict: "{}", want: "{order: OverRequest}"},
		"resource, order given":        {when: "{metric: memory, above: 90%}", evict: "{order: Fewest}", want: "{order: Fewest}"},
		"resource of a query":          {when: "{metric: gpu, above: 90%}", evict: "{for: 5m}", want: "{for: 5m, order: OverRequest}"},
		"resource that is requested":   {when: "{metric: gpu-requests, above: 90%}", evict: "{}", want: "{order: OverRequest}"},
		"no resource":                  {when: "{metric: heat, above: 85}", evict: "{}", want: oneAtATime},
		"fraction without a resource":  {when: "{metric: swap, above: 10%}", evict: "{}", want: oneAtATime},
		"shares of nothing":            {when: "{metric: power, above: 300}", evict: "{}", want: oneAtATime},
		"below a line of a resource":   {when: "{metric: memory, below: 10%}", evict: "{}", want: oneAtATime},
		"equal to a part of it":        {when: "{metric: memory, equals: 0}", evict: "{}", want: oneAtATime},
		"one of two has a resource":    {when: "{metric: heat, above: 85}, {metric: memory, above: 50%}", evict: "{}", want: "{order: OverRequest}"},
		"the one below has a resource": {when: "{metric: heat, above: 85}, {metric: memory, below: 50%}", evict: "{}", want: oneAtATime},
		"step given":                   {when: "{metric: heat, above: 85}", evict: "{step: 3}", want: "{orderBy: requests.cpu, step: 3}"},
		"orderBy given":                {when: "{metric: heat, above: 85}", evict: "{orderBy: memory}", want: "{orderBy: memory, step: 1}"},
		"explicit nulls":               {when: "{metric: heat, above: 85}", evict: "{for: null, order: null, step: null, orderBy: null, all: null}", want: oneAtATime},
		"explicit nulls of a resource": {when: "{metric: memory, above: 85%}", evict: "{for: null, order: null, step: null, orderBy: null, all: null}", want: "{order: OverRequest}"},
		"all":                          {when: "{metric: heat, above: 85}", evict: "{all: true}", want: "{all: true}"},
		"all of a resource":            {when: "{metric: memory, above: 90%}", evict: "{for: 5m, all: true}", want: "{all: true, for: 5m}"},
		"not all":                      {when: "{metric: memory, above: 90%}", evict: "{all: false}", want: "{order: OverRequest}"},
		"extended resource":            {when: "{metric: heat, above: 85}", evict: "{orderBy: requests.nvidia.com/gpu}", want: "{orderBy: requests.nvidia.com/gpu, step: 1}"},
		"huge pages":                   {when: "{metric: heat, above: 85}", evict: "{orderBy: requests.hugepages-2Mi}", want: "{orderBy: requests.hugepages-2Mi, step: 1}"},
		"disk":                         {when: "{metric: heat, above: 85}", evict: "{orderBy: requests.ephemeral-storage}", want: "{orderBy: requests.ephemeral-storage, step: 1}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rules, err := v1alpha1.DecodeRuleSet([]byte(evicting(tc.when, tc.evict)))
			if err != nil {
				t.Fatal(err)
			}
			checkManners(t, rules)
			rewrite(t, rules, v1alpha1.DecodeRuleSet)
			// Written in one line: the keys are sorted.
			lines := strings.Split(strings.TrimSpace(written(t, rules.Spec.Rules[0].Evict)), "\n")
			if diff := cmp.Diff(tc.want, "{"+strings.Join(lines, ", ")+"}"); diff != "" {
				t.Errorf("evict (-want +got):\n%s", diff)
			}
		})
	}
}

// checkManners finds rules that would evict in none or in two ways.
func checkManners(t *testing.T, rules *v1alpha1.RuleSet) {
	t.Helper()
	for _, rule := range rules.Spec.Rules {
		evict := rule.Evict
		if evict == nil {
			continue
		}
		manners := 0
		for _, given := range []bool{evict.Order != "", evict.Step != nil, evict.All} {
			if given {
				manners++
			}
		}
		if manners != 1 || (evict.Step != nil) != (evict.OrderBy != "") {
			t.Errorf("rule %q evicts by %s, want by one of order, step (with orderBy) and all", rule.Name, written(t, evict))
		}
	}
}

func TestEvictRefuses(t *testing.T) {
	const (
		hot  = "{metric: heat, above: 85}"
		full = "{metric: memory, above: 90%}"
		path = "spec.rules[0].evict."
	)
	cases := map[string]struct {
		when, evict string
		want        []string // parts of the error
		wantNot     string   // no part of it
	}{
		"an amount for a fraction":     {when: "{metric: gpu, above: 60Gi}", evict: "{}", want: []string{"spec.rules[0].evict", `"gpu" has a resource`, "60Gi"}},
		"step of zero":                 {when: hot, evict: "{step: 0}", want: []string{path + "step", "greater than zero"}},
		"step backwards":               {when: hot, evict: "{step: -1}", want: []string{path + "step", "greater than zero"}},
		"half a step":                  {when: hot, evict: "{step: 1.5}", want: []string{"evict.step"}},
		"all, and order":               {when: full, evict: "{all: true, order: Fewest}", want: []string{path + "order: Forbidden", "together with all"}},
		"all, and step":                {when: hot, evict: "{all: true, step: 1}", want: []string{path + "step: Forbidden", "together with all"}},
		"all, and orderBy":             {when: hot, evict: "{all: true, orderBy: memory}", want: []string{path + "orderBy: Forbidden", "together with all"}},
		"all, and nonsense":            {when: hot, evict: "{all: true, order: Random}", want: []string{path + "order: Unsupported", path + "order: Forbidden"}},
		"step of a resource":           {when: full, evict: "{step: 2}", want: []string{path + "step: Forbidden", `of "memory" it is known`, "give order"}, wantNot: "evict.order"},
		"orderBy of a resource":        {when: full, evict: "{orderBy: memory}", want: []string{path + "orderBy: Forbidden", "give order"}},
		"step where one has it":        {when: hot + ", " + full, evict: "{step: 2}", want: []string{path + "step: Forbidden", `"memory"`}},
		"order without a resource":     {when: hot, evict: "{order: Fewest}", want: []string{path + "order: Forbidden", "give step and orderBy instead, or all"}, wantNot: "evict.step"},
		"order of shares of nothing":   {when: "{metric: power, above: 300}", evict: "{order: Fewest}", want: []string{path + "order: Forbidden"}},
		"order and step":               {when: hot, evict: "{order: Fewest, step: 1}", want: []string{path + "order: Forbidden"}, wantNot: "evict.step"},
		"order below a line":           {when: "{metric: memory, below: 10%}", evict: "{order: OverRequest}", want: []string{path + "order: Forbidden", "above"}},
		"unknown order":                {when: full, evict: "{order: Random}", want: []string{path + "order: Unsupported", `"OverRequest", "Fewest"`}},
		"unknown order, no resource":   {when: hot, evict: "{order: Random}", want: []string{path + "order: Unsupported", path + "order: Forbidden"}},
		"undefined metric":             {when: "{metric: cpu, above: 1}", evict: "{order: Fewest}", want: []string{"spec.rules[0].when[0].metric"}, wantNot: "evict.order"},
		"undefined metric, and step":   {when: "{metric: cpu, above: 1}", evict: "{step: 2}", want: []string{"spec.rules[0].when[0].metric"}, wantNot: "evict.step"},
		"by an undefined metric":       {when: hot, evict: "{orderBy: cpu}", want: []string{path + "orderBy", `"gpu" "gpu-requests" "memory"`, "requests.cpu"}},
		"by the metric itself":         {when: hot, evict: "{orderBy: heat}", want: []string{path + "orderBy", "pods have no shares", "requests.cpu"}},
		"by a built-in without shares": {when: hot, evict: "{orderBy: swap}", want: []string{path + "orderBy", "pods have no shares"}},
		"by shares of nothing":         {when: hot, evict: "{orderBy: power}", want: []string{path + "orderBy", "pods have no shares"}},
		"by no resource":               {when: hot, evict: "{orderBy: requests.}", want: []string{path + "orderBy", "names no resource"}},
		"by a resource misspelt":       {when: hot, evict: "{orderBy: requests.mem}", want: []string{path + "orderBy", "names no resource", "requests.memory"}},
		"by pods":                      {when: hot, evict: "{orderBy: requests.pods}", want: []string{path + "orderBy", "names no resource"}},
		"by a broken resource":         {when: hot, evict: "{orderBy: 'requests.a b/c'}", want: []string{path + "orderBy", "names no resource"}},
		"by limits":                    {when: hot, evict: "{orderBy: limits.cpu}", want: []string{path + "orderBy", "requests.cpu"}},
		"for":                          {when: hot, evict: "{for: 5}", want: []string{path + "for", "with a unit"}},
		"unknown field":                {when: hot, evict: "{steps: 1}", want: []string{`unknown field "` + path + `steps"`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := v1alpha1.DecodeRuleSet([]byte(evicting(tc.when, tc.evict)))
			if err == nil {
				t.Fatalf("got no error, want one with %q", tc.want)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			if tc.wantNot != "" && strings.Contains(err.Error(), tc.wantNot) {
				t.Errorf("got %q, want no %q in it", err, tc.wantNot)
			}
		})
	}
}
