// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"
)

// line is something that is measured beside others.
type line struct {
	name string
	// run does it once.
	run func() error
	// before is not measured. Nil for nothing.
	before func()

	// The figures are by round, each the mean of its repetitions. Times are in
	// nanoseconds.
	wall, cpu, bytes, objects []float64
}

// collectEvery is the number of rounds between two garbage collections.
const collectEvery = 10

// alternate measures lines round by round, each of them a number of times per
// round, and every round begins with another line. Garbage is collected between
// rounds alone: the lines would pay for each other's otherwise. What they
// allocate is counted instead.
func alternate(ctx context.Context, lines []*line, rounds, repetitions int) error {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, l := range lines { // once to warm up
		if err := l.measure(1); err != nil {
			return fmt.Errorf("measuring %q: %w", l.name, err)
		}
		l.wall, l.cpu, l.bytes, l.objects = nil, nil, nil, nil
	}
	for round := range rounds {
		if round%collectEvery == 0 {
			runtime.GC()
		}
		for i := range lines {
			l, err := lines[(i+round)%len(lines)], error(nil)
			pprof.Do(ctx, pprof.Labels("line", l.name), func(context.Context) { err = l.measure(repetitions) })
			if err != nil {
				return fmt.Errorf("measuring %q: %w", l.name, err)
			}
		}
	}
	return nil
}

func (l *line) measure(repetitions int) error {
	var wall, cpu time.Duration
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range repetitions {
		if l.before != nil {
			l.before()
		}
		start, startCPU := time.Now(), cpuTime()
		if err := l.run(); err != nil {
			return err
		}
		wall += time.Since(start)
		cpu += cpuTime() - startCPU
	}
	runtime.ReadMemStats(&after)
	n := float64(repetitions)
	l.wall = append(l.wall, float64(wall)/n)
	l.cpu = append(l.cpu, float64(cpu)/n)
	l.bytes = append(l.bytes, float64(after.TotalAlloc-before.TotalAlloc)/n)
	l.objects = append(l.objects, float64(after.Mallocs-before.Mallocs)/n)
	return nil
}

// divide makes the figures those of one of so many parts.
func (l *line) divide(parts float64) {
	for _, figures := range [][]float64{l.wall, l.cpu, l.bytes, l.objects} {
		for i := range figures {
			figures[i] /= parts
		}
	}
}

// cpuTime is what this process has used so far, on all cores.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
