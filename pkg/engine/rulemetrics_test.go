// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
)

// What rules make of nodes is told by rule and by metric, and nothing by node.
func TestRuleMetrics(t *testing.T) {
	const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: heat}
spec:
  metrics: [{name: m, query: m}, {name: gone, query: gone}]
  rules:
  - {name: hot, when: [{metric: m, above: 85, clear: 75}], reject: {}}
  - {name: many, when: [{metric: m, above: 15}, {metric: gone, equals: 1}], onMissing: Reject, reject: {maxNodes: 50%}}
  - {name: cold, when: [{metric: m, below: 15}], for: 10m, labels: {loadline.dev/cold: "true"}}
`
	const want = `
# HELP loadline_metric_value [ALPHA] What the nodes of the rule set measure by a metric, in its own unit: the lowest, median, ninetieth percentile (p90) and highest of those on which it is known.
# TYPE loadline_metric_value gauge
loadline_metric_value{metric="m",rule_set="heat",statistic="highest"} 90
loadline_metric_value{metric="m",rule_set="heat",statistic="lowest"} 10
loadline_metric_value{metric="m",rule_set="heat",statistic="median"} 20
loadline_metric_value{metric="m",rule_set="heat",statistic="p90"} 90
# HELP loadline_nodes [ALPHA] Number of nodes of the cluster at the latest snapshot.
# TYPE loadline_nodes gauge
loadline_nodes 5
# HELP loadline_rule_nodes [ALPHA] Number of nodes by the state of a rule: OK, Pending (broken for less than its for), InForce, Undecided (in its band since the start), Unknown (not measured).
# TYPE loadline_rule_nodes gauge
loadline_rule_nodes{rule="cold",rule_set="heat",state="InForce"} 0
loadline_rule_nodes{rule="cold",rule_set="heat",state="OK"} 3
loadline_rule_nodes{rule="cold",rule_set="heat",state="Pending"} 1
loadline_rule_nodes{rule="cold",rule_set="heat",state="Undecided"} 0
loadline_rule_nodes{rule="cold",rule_set="heat",state="Unknown"} 1
loadline_rule_nodes{rule="hot",rule_set="heat",state="InForce"} 1
loadline_rule_nodes{rule="hot",rule_set="heat",state="OK"} 2
loadline_rule_nodes{rule="hot",rule_set="heat",state="Pending"} 0
loadline_rule_nodes{rule="hot",rule_set="heat",state="Undecided"} 1
loadline_rule_nodes{rule="hot",rule_set="heat",state="Unknown"} 1
loadline_rule_nodes{rule="many",rule_set="heat",state="InForce"} 0
loadline_rule_nodes{rule="many",rule_set="heat",state="OK"} 1
loadline_rule_nodes{rule="many",rule_set="heat",state="Pending"} 0
loadline_rule_nodes{rule="many",rule_set="heat",state="Undecided"} 0
loadline_rule_nodes{rule="many",rule_set="heat",state="Unknown"} 4
# HELP loadline_rule_nodes_refused [ALPHA] Number of nodes that a rule refuses to new pods by what they measure.
# TYPE loadline_rule_nodes_refused gauge
loadline_rule_nodes_refused{rule="cold",rule_set="heat"} 0
loadline_rule_nodes_refused{rule="hot",rule_set="heat"} 1
loadline_rule_nodes_refused{rule="many",rule_set="heat"} 0
# HELP loadline_rule_sets [ALPHA] Number of data keys of rule ConfigMaps by what has become of their content: InForce, Refused or Superseded.
# TYPE loadline_rule_sets gauge
loadline_rule_sets{state="InForce"} 1
loadline_rule_sets{state="Refused"} 0
loadline_rule_sets{state="Superseded"} 0
# HELP loadline_rule_suspended [ALPHA] 1 while more nodes are over the line of a rule than its reject.maxNodes allows, so that it refuses none, else 0.
# TYPE loadline_rule_suspended gauge
loadline_rule_suspended{rule="cold",rule_set="heat"} 0
loadline_rule_suspended{rule="hot",rule_set="heat"} 0
loadline_rule_suspended{rule="many",rule_set="heat"} 1
# HELP loadline_rule_threshold [ALPHA] What a condition of a rule compares a metric with, in the metric's own unit.
# TYPE loadline_rule_threshold gauge
loadline_rule_threshold{metric="gone",operator="equals",rule="many",rule_set="heat"} 1
loadline_rule_threshold{metric="m",operator="above",rule="hot",rule_set="heat"} 85
loadline_rule_threshold{metric="m",operator="above",rule="many",rule_set="heat"} 15
loadline_rule_threshold{metric="m",operator="below",rule="cold",rule_set="heat"} 15
`
	names := []string{
		"loadline_nodes", "loadline_metric_value", "loadline_rule_threshold", "loadline_rule_nodes",
		"loadline_rule_nodes_refused", "loadline_rule_suspended", "loadline_rule_sets",
	}
	registry := metrics.NewKubeRegistry()
	args := argsFor(t, telemetrytest.Serve(telemetrytest.Load(t,
		`m{node="a"} 90x9`, `m{node="b"} 80x9`, `m{node="c"} 20x9`, `m{node="d"} 10x9`)))
	client := clusterOf(rules, "a", "b", "c", "d", "e")
	started, clock, _ := startWith(t, args, telemetrytest.After(0), client, registry.Register)
	tick(t, clock, started)
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}

	// With the rule set, all that is told of it goes.
	if err := client.CoreV1().ConfigMaps(v1alpha1.DefaultRulesNamespace).Delete(t.Context(), "rules", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the rules to be gone", func() bool { return len(started.Snapshot().Sets) == 0 })
	tick(t, clock, started)
	if err := testutil.GatherAndCompare(registry, strings.NewReader(""), names[1:6]...); err != nil {
		t.Error(err)
	}
}
