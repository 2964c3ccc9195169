// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const schedulerConfig = "../../../manifests/scheduler/config.yaml"

// No time is asserted: this machine may be busy. That each turn is the one that is to
// be measured is checked by the program itself.
func TestRun(t *testing.T) {
	folder := t.TempDir()
	file, profile := filepath.Join(folder, "benchmarks.md"), filepath.Join(folder, "cpu.pprof")
	if err := os.WriteFile(file, []byte("<!-- bench-planning: begin -->\n<!-- bench-planning: end -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run([]string{
		fmt.Sprintf("--nodes=%d", minNodes), fmt.Sprintf("--pods=%d", minPods), "--rounds=1",
		"--scheduler-config=" + schedulerConfig, "--record=" + file, "--profile=" + profile,
	})
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 1 hot node with 30 pods each, default budgets | ", "| 50 hot nodes with 110 pods each, large budgets | ",
		"| from 10 to 100 hot nodes, from 30 to 30 pods on each | 10.00 | ", "memory resident",
	} {
		if !strings.Contains(string(recorded), want) {
			t.Errorf("%q is missing in\n%s", want, recorded)
		}
	}
	if strings.Contains(string(recorded), "NaN") || strings.Contains(string(recorded), "Inf") {
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
		"none":                       {},
		"few nodes":                  {args: []string{"--nodes=399"}, wantErr: "--nodes"},
		"too few pods for the crowd": {args: []string{"--pods=11000"}, wantErr: "--pods"},
		"more pods than fit":         {args: []string{"--nodes=400", "--pods=24001"}, wantErr: "--pods"},
		"no rounds":                  {args: []string{"--rounds=0"}, wantErr: "--rounds"},
		"no pattern":                 {args: []string{"--only=("}, wantErr: "only"},
		"a record of some lines":     {args: []string{"--only=1", "--record=main.go"}, wantErr: "--only"},
		"what is not a flag":         {args: []string{"5000"}, wantErr: `"5000"`},
		"missing record":             {args: []string{"--record=/no/such/file"}, wantErr: "/no/such/file"},
		"record without a line":      {args: []string{"--record=main.go"}, wantErr: "bench-planning: begin"},
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
