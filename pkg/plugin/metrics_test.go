// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"strings"
	"testing"

	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Rule sets come and go under ever new names, of which nothing is left.
func TestRulesThatAreGoneAreNotCounted(t *testing.T) {
	counted, registry := newPluginMetrics(), metrics.NewKubeRegistry()
	if err := counted.register(registry.Register); err != nil {
		t.Fatal(err)
	}
	snapshot := func(rules ...string) *verdict.Snapshot {
		set := &verdict.SetVerdict{Name: "set"}
		for _, rule := range rules {
			set.Rules = append(set.Rules, &verdict.RuleVerdict{Key: verdict.RuleKey{Set: "set", Rule: rule}})
		}
		return &verdict.Snapshot{Sets: []*verdict.SetVerdict{set}}
	}
	for _, rule := range []string{"stays", "goes"} {
		counted.refusalsOf(verdict.RuleKey{Set: "set", Rule: rule}).Inc()
		counted.countPlacedOver(verdict.RuleKey{Set: "set", Rule: rule})
	}
	counted.forget(nil, snapshot("stays", "goes"))
	counted.forget(snapshot("stays", "goes"), snapshot("stays", "comes"))
	want := `
# HELP loadline_pods_placed_over_line_total [ALPHA] Number of pods that were placed on a node over the line of a rule because it had kept them waiting for as long as its reject.giveUpAfter.
# TYPE loadline_pods_placed_over_line_total counter
loadline_pods_placed_over_line_total{rule="stays",rule_set="set"} 1
# HELP loadline_refused_nodes_total [ALPHA] Number of times that a rule refused a node to a pod, counted once per node and scheduling attempt.
# TYPE loadline_refused_nodes_total counter
loadline_refused_nodes_total{rule="stays",rule_set="set"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "loadline_refused_nodes_total", "loadline_pods_placed_over_line_total"); err != nil {
		t.Error(err)
	}
}
