// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// A rule waits for its own metrics alone, and a start only for the rules that move
// pods.
func TestWindows(t *testing.T) {
	rules, err := v1alpha1.DecodeRuleSet([]byte(`
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: set}
spec:
  metrics: [{name: fast, query: up}, {name: slow, query: up}, {name: other, query: up}]
  rules:
  - {name: quick, when: [{metric: fast, above: 1}], evict: {step: 1}}
  - {name: both, when: [{metric: fast, above: 1}, {metric: slow, above: 1}], evict: {step: 1}}
  - {name: kept, when: [{metric: other, above: 1}], reject: {}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[v1alpha1.Mode]time.Duration{v1alpha1.Enforce: time.Hour, v1alpha1.Observe: 0} {
		rules.Spec.Mode = mode
		set, err := verdict.NewSet(rules, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		snapshot := verdict.Evaluate(verdict.Input{
			Sets: []*verdict.Set{set}, Window: 2 * time.Minute,
			Windows: map[verdict.MetricKey]time.Duration{{Set: "set", Metric: "fast"}: time.Second, {Set: "set", Metric: "slow"}: time.Hour},
		})
		if got := snapshot.EvictionWindow(); got != want {
			t.Errorf("%s: the window of evictions is %s, want %s", mode, got, want)
		}
		for i, want := range []time.Duration{time.Second, time.Hour, 2 * time.Minute} {
			if rule := snapshot.Sets[0].Rules[i]; rule.Window() != want {
				t.Errorf("the window of %s is %s, want %s", rule.Key.Rule, rule.Window(), want)
			}
		}
	}
}
