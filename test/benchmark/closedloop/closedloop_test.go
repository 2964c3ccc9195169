// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	dto "github.com/prometheus/client_model/go"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// small is the beginning of a scenario, on a few of its nodes. It is over soon.
func small() (s *scenario.Scenario, end time.Duration) {
	s = scenario.New(kind, 1)
	s.Nodes, s.Pods = s.Nodes[:4], s.Pods[:20]
	for i, p := range s.Pods {
		p.Arrival = time.Duration(i/10) * 30 * time.Second
		p.Life = 0
	}
	s.Pods[0].Life = time.Minute
	return s, 6 * time.Minute
}

// No time and no figure is asserted: this machine may be busy, and what is good
// is for the benchmark to tell.
func TestMeasure(t *testing.T) {
	options, err := parse([]string{"--factor=15"})
	if err != nil {
		t.Fatal(err)
	}
	for _, contender := range []contender{{name: "stock"}, {name: "loadline", loadline: true}} {
		t.Run(contender.name, func(t *testing.T) {
			t.Parallel()
			s, end := small()
			got, err := measure(t.Context(), options, contender, s, end)
			if err != nil {
				t.Fatal(err)
			}
			if got.outcome.Pending == len(s.Pods) || got.outcome.Highest == 0 {
				t.Errorf("got %+v, want pods on nodes", got.outcome)
			}
			if got.lateness.pods == 0 || (got.lateness.data > 0) != contender.loadline {
				t.Errorf("got %v, want to know how late pods and samples were", got.lateness)
			}
		})
	}
}

// The nodes' kubelets tell what the scenario says that pods use.
func TestKubeletsTellTheTruth(t *testing.T) {
	options, err := parse([]string{"--factor=15"})
	if err != nil {
		t.Fatal(err)
	}
	s, end := small()
	b, err := startBox(t.Context(), options, contender{name: "stock"}, s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	}()
	if err := b.prepare(); err != nil {
		t.Fatal(b.cause(err))
	}
	d, err := b.drive(end)
	if err != nil {
		t.Fatal(b.cause(err))
	}
	want := map[string]float64{}
	for _, node := range s.Nodes {
		want[node.Name] = node.Base
	}
	for i, fate := range d.fates() {
		if p := s.Pods[i]; p.Life == 0 {
			want[fate.node] += p.Demand
		}
	}
	got, err := kubeletCPU(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0.001, 0)); diff != "" {
		t.Errorf("cores in use by node, once all pods are up to what they use (-want +got):\n%s", diff)
	}
}

const second = time.Second

// Two nodes with sixteen cores, eight of them in use, and pods that use four:
// a node with two of them is above the line.
func pair(pods int) *scenario.Scenario {
	s := &scenario.Scenario{Nodes: []scenario.Node{{Name: "a", Capacity: 16, Base: 8}, {Name: "b", Capacity: 16, Base: 8}}}
	w := &scenario.Workload{Name: "app", Request: 1}
	for i := range pods {
		s.Pods = append(s.Pods, &scenario.Pod{Object: scenario.NewObject(w, i), Workload: w, Demand: 4})
	}
	return s
}

func TestReplay(t *testing.T) {
	on := func(node string, at time.Duration) fate {
		return fate{refused: never, bound: at, started: at, node: node}
	}
	refused := func(f fate, at time.Duration) fate { f.refused = at; return f }
	cases := map[string]struct {
		fates []fate
		want  scenario.Outcome
	}{
		"one on each": {
			fates: []fate{on("a", 0), on("b", 0)},
			want:  scenario.Outcome{Highest: 0.75},
		},
		"both on one": {
			fates: []fate{on("a", 0), on("a", 30*second)},
			want:  scenario.Outcome{Highest: 1, Over: 1, Minutes: 0.5, Longest: 30 * second},
		},
		"refused where there was room": {
			fates: []fate{on("a", 0), refused(on("b", 20*second), 10*second)},
			want:  scenario.Outcome{Highest: 0.75, Delayed: 1, WronglyRefused: 1, Longest: 20 * second},
		},
		"refused where there was none": {
			fates: []fate{on("a", 0), on("b", 1*second), refused(on("", never), 2*second)},
			want:  scenario.Outcome{Highest: 0.75, Delayed: 1, Pending: 1, Longest: 60 * second},
		},
		"started before it was seen to be bound": {
			fates: []fate{{refused: never, bound: 2 * second, started: -1 * second, node: "a"}, on("b", 0)},
			want:  scenario.Outcome{Highest: 0.75, Longest: 2 * second},
		},
		"bound after the end": {
			fates: []fate{on("a", 0), on("b", 61*second)},
			want:  scenario.Outcome{Highest: 0.75, Pending: 1, Longest: 60 * second},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := replay(pair(len(tc.fates)), tc.fates, time.Minute)
			got.Spread = 0 // nothing has settled yet
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLateness(t *testing.T) {
	cases := map[string]struct {
		lateness lateness
		pace     pace
		want     bool
	}{
		"in time":               {lateness: lateness{pods: 3 * second, placement: 3 * second, data: 9 * second, answers: second / 2}, pace: 5, want: true},
		"pods came late":        {lateness: lateness{pods: 4 * second}, pace: 5},
		"pods were placed late": {lateness: lateness{placement: 4 * second}, pace: 5},
		"ticks were late":       {lateness: lateness{data: 10 * second}, pace: 5},
		"kubelets were late":    {lateness: lateness{answers: second}, pace: 5},
		"late, but slow":        {lateness: lateness{pods: 4 * second, placement: 4 * second, data: 10 * second}, pace: 3, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := tc.lateness.check(tc.pace); (err == nil) != tc.want {
				t.Errorf("got %v, want it good: %v", err, tc.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	cases := map[string]struct {
		args    []string
		wantErr string
	}{
		"none":                 {},
		"real time":            {args: []string{"--factor=1", "--seeds=1"}},
		"backwards":            {args: []string{"--factor=0"}, wantErr: "--factor"},
		"too fast":             {args: []string{"--factor=16"}, wantErr: "--factor"},
		"no row":               {args: []string{"--only=nobody"}, wantErr: `"nobody"`},
		"no seeds":             {args: []string{"--seeds=0"}, wantErr: "one seed"},
		"what is not a flag":   {args: []string{"5"}, wantErr: `"5"`},
		"missing record":       {args: []string{"--record=/no/such/file"}, wantErr: "/no/such/file"},
		"record without lines": {args: []string{"--record=main.go"}, wantErr: "bench-closed-loop: begin"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parse(tc.args)
			if tc.wantErr == "" && err != nil || tc.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tc.wantErr)) {
				t.Errorf("got error %v, want %q in it", err, tc.wantErr)
			}
		})
	}
}

func TestAnswered(t *testing.T) {
	histogram := func(counts ...uint64) *dto.Histogram {
		h := &dto.Histogram{SampleCount: new(uint64)}
		*h.SampleCount = counts[2]
		for i, bound := range []float64{0.25, 0.5} {
			h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: &bound, CumulativeCount: &counts[i]})
		}
		return h
	}
	cases := map[string]struct {
		histogram *dto.Histogram
		want      time.Duration
	}{
		"all at once":       {histogram: histogram(100, 100, 100), want: second / 4},
		"one of a hundred":  {histogram: histogram(99, 100, 100), want: second / 4},
		"two of a hundred":  {histogram: histogram(98, 100, 100), want: second / 2},
		"beyond the bounds": {histogram: histogram(90, 98, 100), want: never},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := answered(tc.histogram); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	rows := []row{{contender: contenders[0], results: []result{
		{outcome: scenario.Outcome{Minutes: 2, Over: 1}, lateness: lateness{pods: second}},
		{outcome: scenario.Outcome{}, lateness: lateness{placement: 2 * second, data: 5 * second, answers: second / 10}},
	}}}
	got := report(t.Context(), options{seeds: 2, pace: 5}, rows)
	for _, want := range []string{
		"; ten minutes of the scenario take 2m0s, the interval is 3s and the window 1m0s",
		"at most 1.0 s late and were placed within 2.0 s, samples were at most 5.0 s old, and 99 of 100 kubelets answered within 0.1 s",
		"| stock kube-scheduler | 1.0 (0.0 to 2.0) |", "| 1 of 2 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
