// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

func TestMetricsOfRuleSetsAreMeasured(t *testing.T) {
	set := func(name string, metrics ...v1alpha1.Metric) *v1alpha1.RuleSet {
		return &v1alpha1.RuleSet{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.RuleSetSpec{Metrics: metrics}}
	}
	queries := telemetry.Queries([]*v1alpha1.RuleSet{
		set("one", v1alpha1.Metric{Name: "heat", Query: `m`}, v1alpha1.Metric{Name: "broken", Query: `m * on (x) m`}),
		set("two", v1alpha1.Metric{Name: "warmth", Query: `m`}, v1alpha1.Metric{Name: "heat", Query: `2 * m`}),
	}, interval, time.Hour, nil)
	measurer := telemetry.NewMeasurer(load(t, `m{node="a"} 1`, `m{node="b"} 2`).Query, timeout)
	samples, failures := measurer.MeasureMetrics(t.Context(), queries, nodesNamed("a", "b"), start)
	got := map[verdict.MetricKey]map[string]float64{}
	for key, samples := range samples {
		got[key] = values(samples)
	}
	want := map[verdict.MetricKey]map[string]float64{
		{Set: "one", Metric: "heat"}:   {"a": 1, "b": 2},
		{Set: "one", Metric: "broken"}: {},
		{Set: "two", Metric: "warmth"}: {"a": 1, "b": 2},
		{Set: "two", Metric: "heat"}:   {"a": 2, "b": 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values by metric (-want +got):\n%s", diff)
	}
	if len(failures) != 1 || failures[queries[verdict.MetricKey{Set: "one", Metric: "broken"}]] == nil {
		t.Errorf("got failures %v, want that of the broken one", failures)
	}
}

func TestEveryBuiltinHasAMeaningAndAQuery(t *testing.T) {
	for _, builtin := range v1alpha1.Builtins() {
		metric := v1alpha1.Metric{Builtin: builtin, Window: v1alpha1.NewDuration(time.Minute)}
		if telemetry.Meaning(builtin) == "" || telemetry.QueryFor(metric, interval, time.Hour, nil).Expression == "" {
			t.Errorf("%q lacks its meaning or its query", builtin)
		}
	}
}
