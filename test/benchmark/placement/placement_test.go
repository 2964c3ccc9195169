// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// Where what pods will use is known and there is room, no node is over the line
// for a moment. Projection is what does it.
func TestNoNodeIsOverTheLine(t *testing.T) {
	for name, kind := range map[string]scenario.Kind{
		"all at once": {Burst: true, Known: true},
		"in bursts":   {Known: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				s := scenario.New(kind, seed)
				if o := simulate(s, contender{policy: newOmniscient}, time.Minute, seed); o.Over > 0 || o.Pending > 0 {
					t.Fatalf("seed %d: there is no room for the pods: %+v", seed, o)
				}
				with := simulate(s, contender{policy: newLoadline(options{})}, time.Minute, seed)
				if with.Minutes > 0 || with.Over > 0 || with.Pending > 0 {
					t.Errorf("seed %d: got %+v, want no node over the line and no pod pending", seed, with)
				}
				without := simulate(s, contender{policy: newLoadline(options{measuredOnly: true})}, time.Minute, seed)
				if without.Minutes == 0 {
					t.Errorf("seed %d: no node is over the line with projection off either", seed)
				}
			}
		})
	}
}

func TestSimulationsRepeat(t *testing.T) {
	for _, contender := range contenders {
		first := simulate(scenario.New(kinds[0], 7), contender, time.Minute, 7)
		if second := simulate(scenario.New(kinds[0], 7), contender, time.Minute, 7); first != second {
			t.Errorf("%s: got %+v, then %+v with the same seed", contender.name, first, second)
		}
	}
}

// newNode is a cluster of one node with eight of sixteen cores in use.
func newNode(age time.Duration) *scenario.Cluster {
	return scenario.NewCluster(&scenario.Scenario{Nodes: []scenario.Node{{Name: "a", Capacity: 16, Base: 8}}}, age)
}

func TestMeasured(t *testing.T) {
	c := newNode(time.Minute)
	p := &scenario.Pod{Object: scenario.NewObject(&scenario.Workload{Name: "app"}, 0), Workload: &scenario.Workload{}, Demand: 4}
	on := c.Bind(p, 0)
	for _, tc := range []struct {
		at          time.Duration
		want        float64
		wantReading float64
		wantKnown   bool
	}{
		{at: 0, want: 0.5},
		{at: time.Minute, want: 0.5},
		{at: 2 * time.Minute, want: (8 + 4.0/5) / 16, wantReading: 4, wantKnown: true},
		{at: 6 * time.Minute, want: 12.0 / 16, wantReading: 4, wantKnown: true},
	} {
		for c.Now < tc.at {
			c.Advance()
		}
		if got := c.Measured(0); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("at %v: measured %v, want %v", tc.at, got, tc.want)
		}
		if got, known := c.Reading(on); math.Abs(got-tc.wantReading) > 1e-9 || known != tc.wantKnown {
			t.Errorf("at %v: the pod reads %v, %v, want %v, %v", tc.at, got, known, tc.wantReading, tc.wantKnown)
		}
	}
}

func TestNodesGiveNoMoreThanTheyHave(t *testing.T) {
	c := newNode(0)
	on := c.Bind(&scenario.Pod{Object: scenario.NewObject(&scenario.Workload{Name: "app"}, 0), Workload: &scenario.Workload{}, Demand: 24}, 0)
	for c.Now < 5*time.Minute {
		c.Advance()
	}
	// 32 cores are wanted of 16: each gets half of what it wants.
	if got := c.Measured(0); math.Abs(got-1) > 1e-9 {
		t.Errorf("measured %v, want 1", got)
	}
	if got, _ := c.Reading(on); math.Abs(got-12) > 1e-9 {
		t.Errorf("the pod reads %v, want 12", got)
	}
}

// 8 cores measured, 0.85 for the pod, 1.7 for another of two cores that the
// report does not count yet: 16 - 10.55 of 16 are 34.06%.
func TestKoordinatorScore(t *testing.T) {
	c := newNode(time.Minute)
	c.Bind(&scenario.Pod{Object: scenario.NewObject(&scenario.Workload{Name: "app"}, 0), Workload: &scenario.Workload{Request: 2}}, 0)
	p := &scenario.Pod{Workload: &scenario.Workload{Request: 1}}
	for _, tc := range []struct {
		at   time.Duration
		want float64
	}{
		{at: 0, want: 34},
		{at: 2*time.Minute - scenario.Step, want: 34},
		{at: 2 * time.Minute, want: 44}, // 16 - 8.85: it counts no more
	} {
		for c.Now < tc.at {
			c.Advance()
		}
		if got := koordinatorScore(c, p, 0); got != tc.want {
			t.Errorf("at %v: got %v, want %v", tc.at, got, tc.want)
		}
	}
}

func TestScenarios(t *testing.T) {
	for _, kind := range kinds {
		s := scenario.New(kind, 3)
		capacity, demand := 0.0, 0.0
		for _, n := range s.Nodes {
			capacity += n.Capacity
		}
		for _, p := range s.Pods {
			demand += p.Demand
			if ratio := p.Demand / p.Workload.Request; ratio < scenario.LowestRatio-1e-9 || ratio > scenario.HighestRatio+1e-9 {
				t.Errorf("%s: a pod uses %v times its request", kind.Title, ratio)
			}
			if p.Arrival > scenario.ArrivalSpan || p.Arrival%scenario.Step != 0 {
				t.Errorf("%s: a pod comes at %v", kind.Title, p.Arrival)
			}
		}
		if math.Abs(demand/capacity-scenario.MeanLoad) > 1e-9 {
			t.Errorf("%s: pods use %v of the capacity, want %v", kind.Title, demand/capacity, scenario.MeanLoad)
		}
	}
}

func TestBest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	if _, ok := best(random, nil, nil, 0); ok {
		t.Error("got a node of none")
	}
	for band, want := range map[float64]map[int]bool{0: {5: true}, 2: {5: true, 6: true}} {
		got := map[int]bool{}
		for range 100 {
			node, _ := best(random, []int{4, 5, 6}, []float64{-9, -1, -3}, band)
			got[node] = true
		}
		if len(got) != len(want) || !got[5] {
			t.Errorf("band %v: got nodes %v, want %v", band, got, want)
		}
	}
}
