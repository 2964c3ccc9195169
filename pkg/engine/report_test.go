// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
)

// Each case is a query that tells nothing of any node for a while, and the lines
// that are logged about it, tick by tick.
func TestQueryThatTellsNoNode(t *testing.T) {
	const foreign, nothing, again = "Query names no node", "Query returns nothing", "Query names nodes now"
	cases := map[string]struct {
		series []string
		nodes  []string
		want   map[int]string
	}{
		"series of something else": {
			series: []string{`m{instance="10.0.0.1:9100"} 1x20`, `m{instance="10.0.0.2:9100"} _x4 1x2 stale`},
			nodes:  []string{"a"}, want: map[int]string{0: foreign},
		},
		"labelled later": {
			series: []string{`m{instance="10.0.0.1:9100"} 1x3 stale`, `m{node="a"} _x6 1x20`},
			nodes:  []string{"a"}, want: map[int]string{0: foreign, 6: again},
		},
		"nothing": { // stale after 45s, which is three ticks
			series: []string{`other{node="a"} 1x20`}, nodes: []string{"a"}, want: map[int]string{3: nothing},
		},
		"nothing at first":       {series: []string{`m{node="a"} _x2 1x20`}, nodes: []string{"a"}},
		"some of something else": {series: []string{`m{instance="10.0.0.1:9100"} 1x20`, `m{node="a"} 1x20`}, nodes: []string{"a"}},
		"no nodes":               {series: []string{`m{instance="10.0.0.1:9100"} 1x20`}},
		"ends, and returns": {
			series: []string{`m{node="a"} 1x2 stale _x6 1x5`}, nodes: []string{"a"}, want: map[int]string{6: nothing, 10: again},
		},
	}
	const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: m, query: m, staleAfter: 45s}, {name: same, query: m, staleAfter: 45s}]
  preferences: [{metric: m, prefer: Lower}]
`
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			args := argsFor(t, telemetrytest.Serve(telemetrytest.Load(t, tc.series...)))
			started, clock, logged := start(t, args, telemetrytest.After(0), clusterOf(rules, tc.nodes...))
			seen := 0
			for i := range 12 {
				if i > 0 {
					tick(t, clock, started)
				}
				lines := linesWith(logged(), foreign, nothing, again)
				got := lines[seen:]
				seen = len(lines)
				if want := tc.want[i]; len(got) > 1 || strings.Join(got, "") == "" != (want == "") || !strings.Contains(strings.Join(got, ""), want) {
					t.Errorf("tick %d: logged %q, want %q", i, got, want)
				}
				if tc.want[i] == foreign && !strings.Contains(got[0], `example="{__name__=\"m\", instance=\"10.0.0.1:9100\"}"`) {
					t.Errorf("no example of a series: %s", got[0])
				}
			}
		})
	}
}

// A server that fails in one way after the other, as one that is overloaded does, is
// told of once for each way, and again once it has been well.
func TestFailuresThatAlternateAreLoggedOnce(t *testing.T) {
	var asked, well atomic.Int32
	answer := func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case well.Load() > 0:
			fmt.Fprint(w, `{"status": "success", "data": {"resultType": "vector", "result": []}}`)
		case asked.Add(1)%2 == 0:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}
	const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec: {metrics: [{name: m, query: m}], preferences: [{metric: m, prefer: Lower}]}
`
	args := argsFor(t, http.HandlerFunc(answer))
	started, clock, logged := start(t, args, telemetrytest.After(0), clusterOf(rules, "a"))
	count := func() int { return strings.Count(logged(), "Unable to measure") }
	for range 6 {
		tick(t, clock, started)
	}
	if got := count(); got != 2 {
		t.Errorf("%d lines tell of two ways to fail:\n%s", got, logged())
	}
	well.Store(1)
	tick(t, clock, started)
	well.Store(0)
	tick(t, clock, started)
	if got := count(); got != 3 {
		t.Errorf("%d lines once it has failed anew, want 3:\n%s", got, logged())
	}
}

func linesWith(log string, parts ...string) []string {
	return slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(line, part) })
	})
}

func TestMetrics(t *testing.T) {
	const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: m, query: m}, {name: gone, query: gone}, {name: twice, query: 'd'}]
  preferences: [{metric: m, prefer: Lower}, {metric: gone, prefer: Lower}, {metric: twice, prefer: Lower}]
`
	names := []string{
		"loadline_metric_sample_age_seconds", "loadline_metric_nodes_with_sample", "loadline_metric_nodes_without_sample",
		"loadline_metric_series", "loadline_metric_series_without_node", "loadline_query_failures_total", "loadline_snapshot_timestamp_seconds",
	}
	registry := metrics.NewKubeRegistry()
	args := argsFor(t, telemetrytest.Serve(telemetrytest.Load(t,
		`m{node="a"} 1x9`, `m{node="b"} 1x5`, `m{node="elsewhere"} 1x9`,
		`d{node="a",device="0"} 1x9`, `d{node="a",device="1"} 1x9`)))
	client := clusterOf(rules, "a", "b", "c")
	started, clock, _ := startWith(t, args, telemetrytest.After(8), client, registry.Register)
	tick(t, clock, started)
	want := `
# HELP loadline_metric_nodes_with_sample [ALPHA] Number of nodes of the rule set on which the metric is known.
# TYPE loadline_metric_nodes_with_sample gauge
loadline_metric_nodes_with_sample{metric="gone",rule_set="below-the-line"} 0
loadline_metric_nodes_with_sample{metric="m",rule_set="below-the-line"} 2
loadline_metric_nodes_with_sample{metric="twice",rule_set="below-the-line"} 0
# HELP loadline_metric_nodes_without_sample [ALPHA] Number of nodes of the rule set on which the metric is missing or stale, but for those that nobody can measure.
# TYPE loadline_metric_nodes_without_sample gauge
loadline_metric_nodes_without_sample{metric="gone",rule_set="below-the-line"} 3
loadline_metric_nodes_without_sample{metric="m",rule_set="below-the-line"} 1
loadline_metric_nodes_without_sample{metric="twice",rule_set="below-the-line"} 3
# HELP loadline_metric_sample_age_seconds [ALPHA] Age of the oldest sample of a metric that counts. Absent where no node has one.
# TYPE loadline_metric_sample_age_seconds gauge
loadline_metric_sample_age_seconds{metric="m",rule_set="below-the-line"} 60
# HELP loadline_metric_series [ALPHA] Number of series in the latest answer to the metric's query.
# TYPE loadline_metric_series gauge
loadline_metric_series{metric="gone",rule_set="below-the-line"} 0
loadline_metric_series{metric="m",rule_set="below-the-line"} 3
loadline_metric_series{metric="twice",rule_set="below-the-line"} 0
# HELP loadline_metric_series_without_node [ALPHA] Number of series in the latest answer to the metric's query that name no node of the cluster.
# TYPE loadline_metric_series_without_node gauge
loadline_metric_series_without_node{metric="gone",rule_set="below-the-line"} 0
loadline_metric_series_without_node{metric="m",rule_set="below-the-line"} 1
loadline_metric_series_without_node{metric="twice",rule_set="below-the-line"} 0
# HELP loadline_query_failures_total [ALPHA] Number of ticks in which the metric's query had failed.
# TYPE loadline_query_failures_total counter
loadline_query_failures_total{metric="gone",rule_set="below-the-line"} 0
loadline_query_failures_total{metric="m",rule_set="below-the-line"} 0
loadline_query_failures_total{metric="twice",rule_set="below-the-line"} 2
# HELP loadline_snapshot_timestamp_seconds [ALPHA] Unix time of the snapshot that pods are placed by.
# TYPE loadline_snapshot_timestamp_seconds gauge
loadline_snapshot_timestamp_seconds 1.772366535e+09
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, histogram := range []string{"loadline_tick_duration_seconds", "loadline_query_duration_seconds"} {
		if !slices.ContainsFunc(families, func(family *testutil.MetricFamily) bool {
			return family.GetName() == histogram && family.Metric[0].Histogram.GetSampleCount() > 1
		}) {
			t.Errorf("%s is not observed", histogram)
		}
	}

	// With the rule set, all that is told of it goes.
	if err := client.CoreV1().ConfigMaps(v1alpha1.DefaultRulesNamespace).Delete(t.Context(), "rules", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the rules to be gone", func() bool { return len(started.Snapshot().Sets) == 0 })
	tick(t, clock, started)
	if err := testutil.GatherAndCompare(registry, strings.NewReader(""), names[:6]...); err != nil {
		t.Error(err)
	}
}
