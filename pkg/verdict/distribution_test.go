// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Only the nodes that a rule set is about, and that have a value, count.
func TestDistribution(t *testing.T) {
	rules, err := v1alpha1.DecodeRuleSet([]byte(`
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: set}
spec:
  nodeSelector: {matchLabels: {pool: gpu}}
  metrics: [{name: m, query: up}]
  rules: [{name: hot, when: [{metric: m, above: 0.9}], reject: {}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	now, gpu := time.Unix(1000, 0), map[string]string{"pool": "gpu"}
	snapshot := verdict.Evaluate(verdict.Input{
		Now: now, Sets: []*verdict.Set{set},
		Nodes: []verdict.Node{{Name: "hot", Labels: gpu}, {Name: "cool", Labels: gpu}, {Name: "silent", Labels: gpu}, {Name: "other"}},
		Samples: map[verdict.MetricKey]verdict.Samples{{Set: "set", Metric: "m"}: {
			"hot": {Value: 0.95, Time: now}, "cool": {Value: 0.5, Time: now}, "other": {Value: 0.99, Time: now},
		}},
	})
	values := snapshot.Values(verdict.MetricKey{Set: "set", Metric: "m"})
	slices.Sort(values)
	if diff := cmp.Diff([]float64{0.5, 0.95}, values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	want := map[verdict.State]int{verdict.OK: 1, verdict.Pending: 0, verdict.InForce: 1, verdict.Undecided: 0, verdict.Unknown: 1}
	if diff := cmp.Diff(want, snapshot.Sets[0].Rules[0].Counts()); diff != "" {
		t.Errorf("nodes by state (-want +got):\n%s", diff)
	}
	if values := snapshot.Values(verdict.MetricKey{Set: "gone", Metric: "m"}); values != nil {
		t.Errorf("values of a rule set that is not there: %v", values)
	}
}
