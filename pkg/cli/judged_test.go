// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	belowTheLine = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: memory, builtin: memory}, {name: cpu, builtin: cpu}]
  rules:
  - name: memory-above-90
    when: [{metric: memory, above: 90%, clear: 85%}]
    for: 30s
    reject: {maxNodes: 50%, giveUpAfter: 5m}
    evict: {for: 2m}
    taint: {effect: PreferNoSchedule, maxNodes: 20%}
    labels: {loadline.dev/hot: memory}
  - name: cpu-above-80
    when: [{metric: cpu, above: 80%}]
    reject: {maxNodes: 50%, giveUpAfter: 5m}
  preferences: [{metric: memory, prefer: Lower}]
`
	heat = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: heat}
spec:
  mode: Observe
  metrics: [{name: memory, builtin: memory}, {name: temperature, query: max by (node) (temperature)}]
  rules:
  - name: hot
    when: [{metric: temperature, above: 85}]
    reject: {maxNodes: 50%, giveUpAfter: 5m}
`
)

// judgedAt is when the nodes of a test were.
var judgedAt = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// measured is what nodes were: memory, cpu and temperature. What is missing is zero.
var measured = map[string][3]float64{
	"ip-10-0-3-17": {0.953, 0.41, 71},
	"ip-10-0-7-2":  {0.882, 0.611, 70},
	"ip-10-0-7-3":  {0.35, 0.2, 91},
	"ip-10-0-7-4":  {0.51, 0.799, 64},
	"ip-10-0-9-9":  {0, 0.3, 60},
	"fargate-1":    {},
}

// judged is what a scheduler makes of measured, which it has been for three minutes.
func judged(t testing.TB, texts ...string) *verdict.Snapshot {
	t.Helper()
	var sets []*verdict.Set
	for _, text := range texts {
		rules, err := v1alpha1.DecodeRuleSet([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		set, err := verdict.NewSet(rules, 90*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	var nodes []verdict.Node
	for name := range measured {
		nodes = append(nodes, verdict.Node{Name: name, Exempt: name == "fargate-1"})
	}
	var snapshot *verdict.Snapshot
	for _, ago := range []time.Duration{3 * time.Minute, 0} {
		snapshot = verdict.Evaluate(verdict.Input{
			Now: judgedAt.Add(-ago), Nodes: nodes, Sets: sets, Previous: snapshot, Samples: samplesAt(judgedAt.Add(-ago)),
			Projections: map[verdict.MetricKey]*verdict.Projection{{Set: "below-the-line", Metric: "memory"}: memoryProjection()},
			Shares:      map[types.UID][]float64{"web-1": {0.5 * gibibyte}, "db-0": {1.9 * gibibyte}, "idle": {0}},
		})
	}
	estimators := []projection.Estimator{{Resource: "memory"}}
	new(projection.Ledger).Rebase(judgedAt, 0, estimators, snapshot.Index, func(p *projection.Pending) { snapshot.Pending = p })
	return snapshot
}

const gibibyte = 1 << 30

// memoryProjection has a pod of 0.5 GiB come to one of the nodes of 16 GiB.
func memoryProjection() *verdict.Projection {
	p := &verdict.Projection{Capacity: map[string]float64{}, Correction: map[string]float64{"ip-10-0-7-2": 0.5 * gibibyte}}
	for name := range measured {
		p.Capacity[name] = 16 * gibibyte
	}
	return p
}

func samplesAt(now time.Time) map[verdict.MetricKey]verdict.Samples {
	samples := map[verdict.MetricKey]verdict.Samples{}
	for i, metric := range []string{"memory", "cpu", "temperature"} {
		byNode := verdict.Samples{}
		for name, values := range measured {
			if values[i] != 0 {
				byNode[name] = verdict.Sample{Value: values[i], Time: now.Add(-time.Duration(4+3*i) * time.Second)}
			}
		}
		for _, set := range []string{"below-the-line", "heat"} {
			samples[verdict.MetricKey{Set: set, Metric: metric}] = byNode
		}
	}
	return samples
}

// judging is a scheduler with a snapshot that is five seconds old. It returns its
// address.
func judging(t *testing.T, snapshot *verdict.Snapshot) string {
	t.Helper()
	return inspected(t, (&inspect.Scheduler{
		Journal: explain.NewJournal(1), Snapshot: func() *verdict.Snapshot { return snapshot },
		Clock: clocktesting.NewFakePassiveClock(judgedAt.Add(5 * time.Second)),
	}).Handler())
}
