// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMain lets the test binary be the process that simulates the kubelets.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == kubeletsCommand {
		main()
		return
	}
	os.Exit(m.Run())
}

// No duration is asserted: this machine may be busy.
func TestMeasure(t *testing.T) {
	options, err := parse([]string{"--nodes=50", "--interval=1s", "--warm-up=10s", "--duration=5s", "--profiles=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	got, err := measure(t.Context(), options, 50, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.ticks) < 4 {
		t.Errorf("counted %d ticks in five intervals", len(got.ticks))
	}
	for name, figure := range map[string]float64{
		"CPU":                  got.cpu,
		"most resident memory": float64(got.maxResident),
		"resident memory":      float64(got.resident),
		"heap":                 float64(got.heap),
		"median tick":          float64(percentile(got.ticks, 50)),
		"time until known":     float64(got.known),
		"stock memory":         float64(got.stockResident),
	} {
		if figure <= 0 {
			t.Errorf("%s: got %v, want a figure", name, figure)
		}
	}
	if _, err := strconv.ParseFloat(got.load, 64); err != nil {
		t.Errorf("load of the machine: %v", err)
	}
	for _, name := range []string{"heap.pprof", "allocs.pprof", "cpu.pprof", "metrics.txt"} {
		if file, err := os.Stat(filepath.Join(options.profiles, "50-"+name)); err != nil || file.Size() == 0 {
			t.Errorf("the profile %s is missing: %v", name, err)
		}
	}
}

func TestParse(t *testing.T) {
	cases := map[string]struct {
		args    []string
		want    []int
		wantErr string
	}{
		"none":                 {want: []int{1000, 5000}},
		"one size":             {args: []string{"--nodes=7"}, want: []int{7}},
		"no number":            {args: []string{"--nodes=10,many"}, wantErr: `"many"`},
		"no nodes":             {args: []string{"--nodes=0"}, wantErr: `"0"`},
		"more than addresses":  {args: []string{"--nodes=70000"}, wantErr: `"70000"`},
		"part of an interval":  {args: []string{"--duration=50s"}, wantErr: "whole intervals"},
		"one interval":         {args: []string{"--duration=15s"}, wantErr: "two or more"},
		"too short":            {args: []string{"--interval=10ms"}, wantErr: "a second or more"},
		"what is not a flag":   {args: []string{"5000"}, wantErr: `"5000"`},
		"a flag nobody knows":  {args: []string{"--pods=3"}, wantErr: "pods"},
		"negative warm-up":     {args: []string{"--warm-up=-1s"}, wantErr: "--warm-up"},
		"missing profiles":     {args: []string{"--profiles=/no/such/folder"}, wantErr: "/no/such/folder"},
		"missing record":       {args: []string{"--record=/no/such/file"}, wantErr: "/no/such/file"},
		"record without lines": {args: []string{"--record=main.go"}, wantErr: "bench-telemetry: begin"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := parse(tc.args)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
					t.Fatalf("got error %v, want %q in it", err, tc.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got.nodes); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReport(t *testing.T) {
	var ticks []time.Duration
	for i := range 200 {
		ticks = append(ticks, time.Duration(i+1)*time.Millisecond)
	}
	got := report(t.Context(), options{interval: 15 * time.Second, duration: time.Minute, warmUp: time.Minute}, []figures{
		{nodes: 10, cpu: 0.0123, maxResident: 450e6, ticks: ticks},
		{nodes: 20, known: 31400 * time.Millisecond},
	})
	for _, want := range []string{
		"| nodes | 10 | 20 |\n|---|---:|---:|\n",
		"| CPU, share of one core | 0.012 | 0.000 |\n",
		"| resident memory, most | 450 MB | 0 MB |\n",
		"| tick, median | 100 ms | 0 ms |\n",
		"| tick, 99th percentile | 198 ms | 0 ms |\n",
		"| all nodes known after | 0.0 s | 31.4 s |\n",
		"cores", "go1", time.Now().UTC().Format(time.DateOnly),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
}

func TestPercentile(t *testing.T) {
	cases := map[string]struct {
		durations    []time.Duration
		median, most time.Duration
	}{
		"none":  {},
		"one":   {durations: []time.Duration{5}, median: 5, most: 5},
		"two":   {durations: []time.Duration{9, 5}, median: 5, most: 9},
		"three": {durations: []time.Duration{9, 5, 7}, median: 7, most: 9},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := percentile(tc.durations, 50); got != tc.median {
				t.Errorf("median: got %v, want %v", got, tc.median)
			}
			if got := percentile(tc.durations, 99); got != tc.most {
				t.Errorf("99th percentile: got %v, want %v", got, tc.most)
			}
		})
	}
}

func TestParseUsage(t *testing.T) {
	const stat = "4242 (a (strange) name) S 1 2 3 0 -1 4194560 5 0 0 0 1234 66 7 8 20 0 9 0 100 0 0\n"
	const status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t9\n"
	want := usage{cpu: 13 * time.Second, resident: 1 << 20, maxResident: 2 << 20}
	got, err := parseUsage(stat, status)
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for name, files := range map[string][2]string{
		"cut off":   {"4242 (name) S 1 2", status},
		"empty":     {"", status},
		"no number": {strings.Replace(stat, "1234", "x", 1), status},
		"no memory": {stat, "Name:\tx\n"},
	} {
		if got, err := parseUsage(files[0], files[1]); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

// The test's own usage can only grow.
func TestWatch(t *testing.T) {
	watch, err := startWatch(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i := range 300_000_000 {
		sum += float64(i)
	}
	share, used, err := watch.stop()
	if err != nil {
		t.Fatal(err)
	}
	if share <= 0 || used.resident <= 0 || used.maxResident < used.resident {
		t.Errorf("got a share of %v and %+v after a sum of %v", share, used, sum)
	}
}

func TestTicksSince(t *testing.T) {
	before := scrape{ticks: 3, ticking: time.Second}
	cases := map[string]struct {
		now  scrape
		want string
	}{
		"none":        {now: before, want: "[]"},
		"one":         {now: scrape{ticks: 4, ticking: 1200 * time.Millisecond}, want: "[200ms]"},
		"two at once": {now: scrape{ticks: 5, ticking: 1400 * time.Millisecond}, want: "[200ms 200ms]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(tc.now.ticksSince(before)); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
