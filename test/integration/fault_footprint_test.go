// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"os"
	"strings"
)

// footprint is what a program takes of the machine.
type footprint struct {
	goroutines, files float64
	memory            float64 // resident, in bytes
}

func (f *fixture) footprint(program program) footprint {
	f.Helper()
	return footprint{
		goroutines: f.metric(program, "go_goroutines"),
		files:      f.metric(program, "process_open_fds"),
		memory:     f.metric(program, "process_resident_memory_bytes"),
	}
}

// with is the same with so many more connections.
func (f footprint) with(connections float64) footprint {
	f.goroutines += 2 * connections // to read and to write
	f.files += connections
	return f
}

// awaitFootprint waits until a program has no more goroutines and files than it had,
// but for what a single connection needs.
func (f *fixture) awaitFootprint(program program, before footprint) {
	f.Helper()
	const connection = 4 // goroutines: to read, to write, and for a request on each side
	f.await("goroutines and files to be as before", func() string {
		if now := f.footprint(program); now.goroutines > before.goroutines+connection || now.files > before.files+1 {
			return fmt.Sprintf("%s: now %+v, before %+v", program.LogFile(), now, before)
		}
		return ""
	})
}

// maxGrowth is the memory that a fault may cost, in bytes: eight queries at their bound
// of five million samples, of 16 bytes each.
const maxGrowth = 640 << 20

// checkMemory fails if a program has grown beyond that.
func (f *fixture) checkMemory(program program, before, during footprint) {
	f.Helper()
	f.Logf("%s: before %+v, during the fault %+v", program.LogFile(), before, during)
	if grown := during.memory - before.memory; grown > maxGrowth {
		f.Errorf("%s: %.0f MiB more memory during the fault, want %d at most", program.LogFile(), grown/(1<<20), maxGrowth>>20)
	}
}

// linesOf are those of a program's log.
func (f *fixture) linesOf(program program) []string {
	f.Helper()
	data, err := os.ReadFile(program.LogFile())
	f.must(err)
	return strings.Split(string(data), "\n")
}
