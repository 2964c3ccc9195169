// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// fleet are nodes with two metrics, of which any may lack what others have.
func fleet(t *testing.T, random *rand.Rand, spec string) *verdict.Snapshot {
	t.Helper()
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	in := verdict.Input{
		Now: start, Nodes: nodesNamed(names), Sets: []*verdict.Set{set(t, spec)},
		Samples: map[verdict.MetricKey]verdict.Samples{}, Projections: map[verdict.MetricKey]*verdict.Projection{},
	}
	for usage, metric := range []string{"m", "k"} {
		key := verdict.MetricKey{Set: "set", Metric: metric}
		projected := &verdict.Projection{Usage: usage, Capacity: map[string]float64{}, Correction: map[string]float64{}, Expected: map[string]float64{}}
		in.Samples[key], in.Projections[key] = verdict.Samples{}, projected
		for _, name := range names {
			if random.IntN(5) > 0 {
				in.Samples[key][name] = verdict.Sample{Value: random.Float64(), Time: start}
			} else {
				projected.Expected[name] = 10 * random.Float64()
			}
			if random.IntN(5) > 0 {
				projected.Capacity[name] = 10
			}
			projected.Correction[name] = random.NormFloat64()
		}
	}
	return verdict.Evaluate(in)
}

func TestSuspectsMissNoRefusal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	specs := []string{
		"{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%}], for: 5m, reject: {}}]}",
		"{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 90%}], reject: {}}]}",
		"{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%}], onMissing: Reject, reject: {}}]}",
		"{metrics: [{name: m, query: up, resource: cpu}, {name: k, query: up, resource: memory}], rules: [{name: line, when: [{metric: m, above: 60%}, {metric: k, above: 40%}], reject: {}}]}",
		"{metrics: [{name: m, query: up, resource: cpu}, {name: k, query: up, resource: memory}], rules: [{name: line, when: [{metric: m, below: 60%}, {metric: k, above: 40%}], reject: {}}]}",
	}
	refused, spared := 0, 0
	for i := range 2000 {
		spec := specs[i%len(specs)]
		snapshot := fleet(t, random, spec)
		arrival := verdict.Arrival{Amounts: []float64{3 * random.Float64(), 3 * random.Float64()}}
		for range 2 {
			arrival.Pending = append(arrival.Pending, new(projection.Amounts).Plus(random.IntN(8), random.Float64()))
		}
		rule := snapshot.Sets[0].Rules[0]
		suspects := slices.Collect(rule.Suspects(&arrival))
		if rule.MayRefuse(&arrival) != (len(suspects) > 0) {
			t.Fatalf("%s: MayRefuse says %t, but the suspects are %v", spec, rule.MayRefuse(&arrival), suspects)
		}
		for node := range snapshot.Nodes() {
			switch isSuspect := slices.Contains(suspects, node); {
			case rule.Judge(node, &arrival) == verdict.Accepted && !isSuspect:
				spared++
			case rule.Judge(node, &arrival) != verdict.Accepted:
				refused++
				if !isSuspect {
					t.Fatalf("%s: node %d is refused to %+v, but is none of the suspects %v", spec, node, arrival, suspects)
				}
			}
		}
	}
	if refused < 500 || spared < 500 {
		t.Errorf("%d nodes were refused and %d not even suspected, which shows little", refused, spared)
	}
}
