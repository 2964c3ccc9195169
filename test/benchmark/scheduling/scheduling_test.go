// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/parallelize"

	"github.com/loadline-dev/loadline/pkg/plugin"
)

// No time is asserted: this machine may be busy.
func TestRun(t *testing.T) {
	folder := t.TempDir()
	file, profile := filepath.Join(folder, "benchmarks.md"), filepath.Join(folder, "cpu.pprof")
	if err := os.WriteFile(file, []byte("<!-- bench-scheduling: begin -->\n<!-- bench-scheduling: end -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"--nodes=50", "--pods=100", "--rounds=2", "--record=" + file, "--profile=" + profile}); err != nil {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"| stock |", "| Loadline, no node refused |", "| Loadline, a tenth of the nodes refused |", "| TaintToleration |"} {
		if !strings.Contains(string(recorded), line) {
			t.Errorf("the line %q is missing in\n%s", line, recorded)
		}
	}
	if strings.Contains(string(recorded), "NaN") {
		t.Errorf("something was not measured:\n%s", recorded)
	}
	if written, err := os.Stat(profile); err != nil || written.Size() == 0 {
		t.Errorf("the profile is missing: %v", err)
	}
}

func TestParse(t *testing.T) {
	cases := map[string]struct {
		args    []string
		wantErr string
	}{
		"none":                  {},
		"few nodes":             {args: []string{"--nodes=39"}, wantErr: "--nodes"},
		"more pods than fit":    {args: []string{"--nodes=100", "--pods=6001"}, wantErr: "--pods"},
		"no rounds":             {args: []string{"--rounds=0"}, wantErr: "--rounds"},
		"what is not a flag":    {args: []string{"5000"}, wantErr: `"5000"`},
		"missing record":        {args: []string{"--record=/no/such/file"}, wantErr: "/no/such/file"},
		"record without a line": {args: []string{"--record=main.go"}, wantErr: "bench-scheduling: begin"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parse(tc.args)
			if (tc.wantErr == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("got error %v, want %q in it", err, tc.wantErr)
			}
		})
	}
}

// A node that passes Filter, and one that is scored, cost no allocation.
func TestNodesAllocateNothing(t *testing.T) {
	cluster := newFleet(minNodes, 0)
	engines, err := cluster.engines()
	if err != nil {
		t.Fatal(err)
	}
	s, err := newScheduler(t.Context(), cluster, engines, parallelize.DefaultParallelism)
	if err != nil {
		t.Fatal(err)
	}
	built, err := s.plugin(t.Context(), tenthProfile, plugin.Name)
	if err != nil {
		t.Fatal(err)
	}
	p, state, pod := built.(*plugin.Plugin), framework.NewCycleState(), newPod("new")
	if _, status := p.PreFilter(t.Context(), state, pod, s.nodes); !status.IsSuccess() {
		t.Fatalf("PreFilter: %v, want nodes to be filtered", status)
	}
	var feasible []fwk.NodeInfo
	for _, node := range s.nodes {
		if p.Filter(t.Context(), state, pod, node).IsSuccess() {
			feasible = append(feasible, node)
		}
	}
	if want := minNodes - cluster.refusals()[tenthProfile]; len(feasible) != want {
		t.Fatalf("%d nodes are feasible, want %d", len(feasible), want)
	}
	if status := p.PreScore(t.Context(), state, pod, feasible); !status.IsSuccess() {
		t.Fatalf("PreScore: %v, want nodes to be scored", status)
	}
	allocated := testing.AllocsPerRun(100, func() {
		for _, node := range feasible {
			if status := p.Filter(t.Context(), state, pod, node); !status.IsSuccess() {
				t.Errorf("Filter: %v, want node %s to pass as before", status, node.Node().Name)
			}
			if _, status := p.Score(t.Context(), state, pod, node); !status.IsSuccess() {
				t.Errorf("Score: %v", status)
			}
		}
	})
	if allocated > 0 {
		t.Errorf("%.2f allocations for %d nodes, want none", allocated, len(feasible))
	}
}

func TestSpread(t *testing.T) {
	cases := map[string]struct {
		of, to []float64
		want   spread
	}{
		"one round":      {of: []float64{3}, to: []float64{2}, want: spread{1.5, 1.5, 1.5}},
		"round by round": {of: []float64{10, 40, 3}, to: []float64{10, 20, 2}, want: spread{1.5, 1.25, 1.75}},
		"an even number": {of: []float64{1, 2, 3, 4}, to: []float64{1, 1, 1, 1}, want: spread{2.5, 1.75, 3.25}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, ratio(tc.of, tc.to), cmp.AllowUnexported(spread{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := newSpread(nil).median; !math.IsNaN(got) {
		t.Errorf("got %v of nothing, want NaN", got)
	}
}
