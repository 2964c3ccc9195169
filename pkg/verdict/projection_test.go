// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// projecting judges node "a", of ten cores, by "m", the share of them in use,
// and "k", which nothing is known of but its value.
type projecting struct {
	spec string
	// measured is m, and heat is k.
	measured, heat float64
	// correction and what is in doubt of it are in cores.
	correction, doubt float64
	used              float64 // in cores
	// before is what m was one tick earlier.
	before float64
}

const (
	oneLine    = "{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%, clear: 80%}], reject: {}}]}"
	notForLong = "{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%}], for: 5m, reject: {}}]}"
	belowLine  = "{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, below: 10%}], reject: {}}]}"
	twoMetrics = "{metrics: [{name: m, query: up, resource: cpu}, {name: k, query: up}], rules: [{name: line, when: [{metric: m, above: 90%}, {metric: k, above: 50}], reject: {}}]}"
	noResource = "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 90%}], reject: {}}]}"
	observing  = "{mode: Observe, metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%}], reject: {}}]}"
	noRejects  = "{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%}], labels: {a.b/c: d}}]}"
	suspending = "{metrics: [{name: m, query: up, resource: cpu}], rules: [{name: line, when: [{metric: m, above: 90%}], reject: {maxNodes: 0%}}]}"
)

func (p projecting) evaluate(t *testing.T) *verdict.Snapshot {
	t.Helper()
	set := set(t, p.spec)
	var snapshot *verdict.Snapshot
	for i, value := range []float64{p.before, p.measured} {
		now := start.Add(time.Duration(i) * 15 * time.Second)
		samples := map[verdict.MetricKey]verdict.Samples{
			{Set: "set", Metric: "m"}: at(now, value),
			{Set: "set", Metric: "k"}: at(now, p.heat),
		}
		snapshot = verdict.Evaluate(verdict.Input{
			Now: now, Nodes: nodesNamed([]string{"a"}), Sets: []*verdict.Set{set}, Samples: samples, Previous: snapshot,
			Projections: p.projections(),
		})
	}
	return snapshot
}

func (p projecting) projections() map[verdict.MetricKey]*verdict.Projection {
	if p.spec == noResource {
		return nil
	}
	return map[verdict.MetricKey]*verdict.Projection{{Set: "set", Metric: "m"}: {
		Capacity: map[string]float64{"a": 10}, Correction: map[string]float64{"a": p.correction}, Likely: map[string]float64{"a": p.correction - p.doubt},
		Used: map[string][]verdict.Used{"a": {{Priority: -1, Amount: p.used}, {Priority: 0, Amount: 5}}},
	}}
}

func TestJudge(t *testing.T) {
	pending := new(projection.Amounts).Plus(0, 2)
	missing := math.NaN()
	cases := map[string]struct {
		projecting
		arrival verdict.Arrival
		want    verdict.Refusal
	}{
		"room for the pod":           {projecting: projecting{spec: oneLine, measured: 0.5}, arrival: verdict.Arrival{Amounts: []float64{4}}},
		"exactly at the line":        {projecting: projecting{spec: oneLine, measured: 0.5}, arrival: verdict.Arrival{Amounts: []float64{4 - 1e-12}}},
		"no room for the pod":        {projecting: projecting{spec: oneLine, measured: 0.5}, arrival: verdict.Arrival{Amounts: []float64{4.1}}, want: verdict.RefusedForGood},
		"not with those that came":   {projecting: projecting{spec: oneLine, measured: 0.5, correction: 4}, arrival: verdict.Arrival{Amounts: []float64{1}}, want: verdict.RefusedForGood},
		"but with those that went":   {projecting: projecting{spec: oneLine, measured: 0.7, correction: -4}, arrival: verdict.Arrival{Amounts: []float64{3}}},
		"not with those pending":     {projecting: projecting{spec: oneLine, measured: 0.5}, arrival: verdict.Arrival{Amounts: []float64{3}, Pending: []*projection.Amounts{pending}}, want: verdict.RefusedForGood},
		"others could make room":     {projecting: projecting{spec: oneLine, measured: 0.5, used: 1}, arrival: verdict.Arrival{Amounts: []float64{4.1}}, want: verdict.Refused},
		"others could, as is likely": {projecting: projecting{spec: oneLine, measured: 0.5, correction: 9, doubt: 8, used: 2}, arrival: verdict.Arrival{Amounts: []float64{4.1}}, want: verdict.Refused},
		"others of its priority":     {projecting: projecting{spec: oneLine, measured: 0.5, used: 1}, arrival: verdict.Arrival{Amounts: []float64{4.1}, Priority: -1}, want: verdict.RefusedForGood},
		"others of both priorities":  {projecting: projecting{spec: oneLine, measured: 0.95, used: 1}, arrival: verdict.Arrival{Amounts: []float64{1}, Priority: 1}, want: verdict.Refused},
		"others, but into the band":  {projecting: projecting{spec: oneLine, measured: 0.95, used: 1}, want: verdict.RefusedForGood},
		"others could not":           {projecting: projecting{spec: oneLine, measured: 0.95, used: 0.4}, arrival: verdict.Arrival{Amounts: []float64{1}}, want: verdict.RefusedForGood},
		"in force":                   {projecting: projecting{spec: oneLine, measured: 0.95}, want: verdict.RefusedForGood},
		"in force in the band":       {projecting: projecting{spec: oneLine, before: 0.95, measured: 0.85, used: 9}, want: verdict.Refused},
		"in the band from below":     {projecting: projecting{spec: oneLine, measured: 0.85}},
		"not for long enough":        {projecting: projecting{spec: notForLong, measured: 0.95}, want: verdict.RefusedForGood},
		"no for without a resource":  {projecting: projecting{spec: noResource, measured: 0.5}, arrival: verdict.Arrival{Amounts: []float64{100}}},
		"below is not projected":     {projecting: projecting{spec: belowLine, measured: 0.5, correction: -4.9}},
		"both conditions":            {projecting: projecting{spec: twoMetrics, measured: 0.85, heat: 60}, arrival: verdict.Arrival{Amounts: []float64{1}}, want: verdict.RefusedForGood},
		"one of two conditions":      {projecting: projecting{spec: twoMetrics, measured: 0.85, heat: 40}, arrival: verdict.Arrival{Amounts: []float64{1}}},
		"other condition unknown":    {projecting: projecting{spec: twoMetrics, measured: 0.85, heat: missing}, arrival: verdict.Arrival{Amounts: []float64{1}}},
		"not measured":               {projecting: projecting{spec: oneLine, measured: missing}, arrival: verdict.Arrival{Amounts: []float64{100}}},
		"only observed":              {projecting: projecting{spec: observing, measured: 0.95}, arrival: verdict.Arrival{Amounts: []float64{100}}},
		"no effect on pods":          {projecting: projecting{spec: noRejects, measured: 0.95}, arrival: verdict.Arrival{Amounts: []float64{100}}},
		"suspended":                  {projecting: projecting{spec: suspending, measured: 0.95}, arrival: verdict.Arrival{Amounts: []float64{100}}},

		// What-ifs.
		"victims suffice":                    {projecting: projecting{spec: oneLine, measured: 0.95, used: 5}, arrival: verdict.Arrival{Amounts: []float64{1}, Removed: map[int][]float64{0: {3}}}},
		"victims do not suffice":             {projecting: projecting{spec: oneLine, measured: 0.95, used: 5}, arrival: verdict.Arrival{Amounts: []float64{1}, Removed: map[int][]float64{0: {2}}}, want: verdict.Refused},
		"victims suffice for what is likely": {projecting: projecting{spec: oneLine, measured: 0.85, correction: 4, doubt: 3, used: 5}, arrival: verdict.Arrival{Amounts: []float64{1}, Removed: map[int][]float64{0: {3}}}},
		"victims leave it in band":           {projecting: projecting{spec: oneLine, measured: 0.95, used: 5}, arrival: verdict.Arrival{Removed: map[int][]float64{0: {1}}}, want: verdict.Refused},
		"nobody removed, in band":            {projecting: projecting{spec: oneLine, before: 0.95, measured: 0.85, used: 5}, arrival: verdict.Arrival{Removed: map[int][]float64{0: {0}}}, want: verdict.Refused},
		"room made, victims gone":            {projecting: projecting{spec: oneLine, measured: 0.95, correction: -3}, arrival: verdict.Arrival{Amounts: []float64{1}, Removed: map[int][]float64{0: nil}}},
		"victims help no heat":               {projecting: projecting{spec: noResource, measured: 0.95}, arrival: verdict.Arrival{Removed: map[int][]float64{0: {100}}}, want: verdict.RefusedForGood},
		"another pod is thought there":       {projecting: projecting{spec: oneLine, measured: 0.5}, arrival: verdict.Arrival{Amounts: []float64{3}, Removed: map[int][]float64{0: {-2}}}, want: verdict.RefusedForGood},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rule := tc.evaluate(t).Sets[0].Rules[0]
			if got := rule.Judge(0, &tc.arrival); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if tc.want != verdict.Accepted && tc.arrival.Removed == nil && !rule.MayRefuse(&tc.arrival) {
				t.Error("MayRefuse says that it refuses no node")
			}
			if got := rule.Judge(verdict.NoNode, &tc.arrival); got != verdict.Accepted {
				t.Errorf("got %v for a node that the snapshot does not know, want it accepted", got)
			}
		})
	}
}

// MayRefuse never misses a refusal, and says so where there is plenty of room.
func TestMayRefuse(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		p := projecting{spec: []string{oneLine, notForLong, twoMetrics}[random.IntN(3)], measured: random.Float64(), before: random.Float64(), heat: 100 * random.Float64(), correction: 2 * random.NormFloat64()}
		rule := p.evaluate(t).Sets[0].Rules[0]
		arrival := verdict.Arrival{Amounts: []float64{5 * random.Float64()}, Pending: []*projection.Amounts{new(projection.Amounts).Plus(0, random.Float64())}}
		if rule.Judge(0, &arrival) != verdict.Accepted && !rule.MayRefuse(&arrival) {
			t.Fatalf("%+v refuses %+v, which MayRefuse denies", p, arrival)
		}
	}
	rule := projecting{spec: oneLine, measured: 0.2}.evaluate(t).Sets[0].Rules[0]
	if rule.MayRefuse(&verdict.Arrival{Amounts: []float64{5}}) {
		t.Error("got a possible refusal with room for seven cores, want none")
	}
}

func TestScoresAreOfProjectedValues(t *testing.T) {
	set := set(t, "{metrics: [{name: m, query: up, resource: cpu}], preferences: [{metric: m, prefer: Lower}]}")
	key := verdict.MetricKey{Set: "set", Metric: "m"}
	snapshot := verdict.Evaluate(verdict.Input{
		Now: start, Nodes: nodesNamed([]string{"a", "b", "c", "d", "e"}), Sets: []*verdict.Set{set},
		Samples: map[verdict.MetricKey]verdict.Samples{key: {
			"a": {Value: 0.5, Time: start}, "b": {Value: 0.5, Time: start}, "c": {Value: 0.5, Time: start}, "d": {Value: 0.5, Time: start},
		}},
		Projections: map[verdict.MetricKey]*verdict.Projection{key: {
			Capacity:   map[string]float64{"a": 10, "b": 10, "d": 20, "e": 10},
			Correction: map[string]float64{"b": 3},
			Expected:   map[string]float64{"e": 1},
		}},
	})
	arrival := verdict.Arrival{Amounts: []float64{1}, Pending: []*projection.Amounts{new(projection.Amounts).Plus(3, 2)}}
	// b has three cores to come, c has no capacity and is as measured, d has two
	// cores pending, and e is new with a pod of one core.
	want := []int64{40, 10, 50, 35, 80}
	if diff := cmp.Diff(want, verdict.Scores(snapshot.Sets, []int{0, 1, 2, 3, 4}, &arrival)); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
}
