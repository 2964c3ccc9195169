// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package engine

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/load"
)

// BenchmarkLoads is what it takes to show the last hour of 5,000 nodes and eight
// queries, to the first who looks and to those who look a minute later.
func BenchmarkLoads(b *testing.B) {
	bed := newTestbed(b, int(time.Hour/(15*time.Second)))
	bed.tick(quiet(b.Context()), bed.at)
	before, now := load.NewAxis(time.Hour, bed.interval, bed.at.Add(-time.Minute)), load.NewAxis(time.Hour, bed.interval, bed.at)
	look := func(b *testing.B, past *past, axis load.Axis) {
		loads, err := past.loads(b.Context(), axis, "")
		if err != nil {
			b.Fatal(err)
		}
		for key, load := range loads {
			if nodes := load.Nodes[axis.Steps-1]; nodes != benchmarkNodes {
				b.Fatalf("%v: %d nodes: this shows nothing", key, nodes)
			}
		}
	}
	for name, earlier := range map[string]bool{"first": false, "again": true} {
		b.Run(name, func(b *testing.B) {
			memory, used := maxMemory(), time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				past := bed.newPast(b.Context())
				if earlier {
					look(b, past, before)
				}
				b.StartTimer()
				began := cpuTime()
				look(b, past, now)
				used += cpuTime() - began
			}
			b.ReportMetric(float64(used.Milliseconds())/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(maxMemory()-memory)/(1<<20), "MiB/more")
		})
	}
}
