// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
)

// What came of a move shows only after the window of the metric that asked for it,
// whether pods have shares of it or not.
func TestWindowOfMetricsThatEvict(t *testing.T) {
	cases := map[string]struct {
		spec string
		want map[string]time.Duration // by metric
	}{
		"no rule evicts": {
			spec: `{metrics: [{name: heat, query: 'max by (node) (avg_over_time(heat[1h]))'}], rules: [{name: hot, when: [{metric: heat, above: 70}], reject: {}}]}`,
		},
		"a metric of no resource": {
			spec: `{metrics: [{name: heat, query: 'max by (node) (avg_over_time(heat[5m]))'}], rules: [{name: hot, when: [{metric: heat, above: 70}], evict: {}}]}`,
			want: map[string]time.Duration{"heat": 5*time.Minute + 15*time.Second},
		},
		"several": {
			spec: `{metrics: [{name: heat, query: 'max by (node) (avg_over_time(heat[5m]))'}, {name: cpu, builtin: cpu, window: 10m}], rules: [{name: hot, when: [{metric: heat, above: 70}, {metric: cpu, above: 90%}], evict: {}}]}`,
			want: map[string]time.Duration{"heat": 5*time.Minute + 15*time.Second, "cpu": 10*time.Minute + 15*time.Second},
		},
		"a metric that another rule only rejects by": {
			spec: `{metrics: [{name: heat, query: 'max by (node) (avg_over_time(heat[5m]))'}, {name: slow, query: 'max by (node) (avg_over_time(heat[1h]))'}], rules: [{name: hot, when: [{metric: heat, above: 70}], evict: {}}, {name: slow, when: [{metric: slow, above: 60}], reject: {}}]}`,
			want: map[string]time.Duration{"heat": 5*time.Minute + 15*time.Second},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			set, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: s}\nspec: " + tc.spec))
			if err != nil {
				t.Fatal(err)
			}
			active := []*v1alpha1.RuleSet{set}
			queries := telemetry.Queries(active, 15*time.Second, 90*time.Second, nil)
			got := map[string]time.Duration{}
			for key, window := range evicting(active, queries, 15*time.Second) {
				got[key.Metric] = window
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("windows (-want +got):\n%s", diff)
			}
		})
	}
}
