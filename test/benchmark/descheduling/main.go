// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command descheduling compares what Loadline's descheduler and the plugin
// LowNodeUtilization of sigs.k8s.io/descheduler make of the same simulated clusters.
// Both are the real code. Its clock is simulated, and the same seeds always give the
// same figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/test/benchmark/record"
	"github.com/loadline-dev/loadline/test/simulation"
)

// name is that of the figures in the file into which they are written.
const name = "bench-descheduling"

// contender is one who deschedules.
type contender struct {
	name string
	// every is the time between two turns of LowNodeUtilization. Zero if it takes
	// none.
	every time.Duration
	// loadline tells that Loadline deschedules, and stock that the stock scheduler
	// places.
	loadline, stock bool
}

var contenders = []contender{
	{name: "nobody"},
	{name: "LowNodeUtilization every 5 min, stock scheduler", every: 5 * time.Minute, stock: true},
	{name: "LowNodeUtilization every 5 min, Loadline's scheduler", every: 5 * time.Minute},
	{name: "LowNodeUtilization every min, Loadline's scheduler", every: time.Minute},
	{name: "Loadline", loadline: true},
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "descheduling benchmark:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("descheduling", flag.ContinueOnError)
	seeds := flags.Uint64("seeds", 4, "number of clusters whose loads drift")
	file := flags.String("record", "", "file to write the figures into, as docs/benchmarks.md")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *seeds == 0 {
		return errors.New("want at least one seed")
	}
	if *file != "" {
		if err := record.Check(*file, name); err != nil {
			return err
		}
	}
	// LowNodeUtilization says much of each turn.
	klog.SetLogger(logr.Discard())
	ctx := klog.NewContext(context.Background(), logr.Discard())
	text := record.Source(ctx) + "\n\n"
	for _, s := range scenarios {
		table, err := compare(ctx, s, 1)
		if err != nil {
			return err
		}
		text += table
	}
	table, err := compare(ctx, drifting(), *seeds)
	if err != nil {
		return err
	}
	text += table
	fmt.Print(text)
	if *file == "" {
		return nil
	}
	return record.Write(*file, name, text)
}

// outcome is what somebody made of a cluster.
type outcome struct {
	evictions int
	// minutes is the time that nodes were above the line, of all nodes together, by
	// what their pods wanted.
	minutes float64
	// pending are the pods that were waiting at the end.
	pending int
}

// compare has everybody deal with a scenario, and gives a table.
func compare(ctx context.Context, s scenario, seeds uint64) (string, error) {
	text := fmt.Sprintf("%s (%s):\n\n| | evictions | node-minutes over the line | pods pending at the end |\n|---|---:|---:|---:|\n", s.title, s.duration)
	for _, who := range contenders {
		var sum outcome
		for seed := range seeds {
			got, err := deal(ctx, s, who, seed+1)
			if err != nil {
				return "", fmt.Errorf("%s, %s: %w", s.title, who.name, err)
			}
			sum.evictions, sum.minutes, sum.pending = sum.evictions+got.evictions, sum.minutes+got.minutes, sum.pending+got.pending
		}
		n := float64(seeds)
		text += fmt.Sprintf("| %s | %.4g | %.0f | %.4g |\n", who.name, float64(sum.evictions)/n, sum.minutes/n, float64(sum.pending)/n)
	}
	return text + "\n", nil
}

const rules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: cpu, builtin: cpu, window: 2m}]
  rules: [{name: cpu-high, when: [{metric: cpu, above: %d%%, clear: %d%%}], reject: {}, evict: {for: 2m}}]
  preferences: [{metric: cpu, prefer: Lower}]
`

// deal simulates one cluster.
func deal(ctx context.Context, s scenario, who contender, seed uint64) (outcome, error) {
	simulated, err := simulation.New(simulation.Settings{Rules: []string{fmt.Sprintf(rules, s.target, s.clear)}, Off: !who.loadline})
	if err != nil {
		return outcome{}, err
	}
	b := &builder{Simulation: simulated, random: rand.New(rand.NewPCG(seed, 19)), scheduler: simulation.SchedulerName}
	if who.stock {
		b.scheduler = corev1.DefaultSchedulerName
	}
	b.AddNode(&simulation.Node{Name: depot, Capacity: simulation.Amounts{1e5, 1 << 50}, Cordoned: true})
	s.build(b)
	var got outcome
	var failed error
	var rival *rival
	if who.every > 0 {
		if rival, err = newRival(ctx, simulated, who.every, float64(s.low), float64(s.target)); err != nil {
			return outcome{}, err
		}
	}
	before := simulated.OnStep
	simulated.OnStep = func() {
		before()
		for _, node := range simulated.Nodes {
			if node.Demand(simulated.Now())[0]/node.Capacity[0] > float64(s.target)/100+1e-9 {
				got.minutes += simulation.Step.Minutes()
			}
		}
		if rival != nil && failed == nil {
			failed = rival.step(ctx)
		}
	}
	if err := errors.Join(simulated.Run(ctx, s.duration), failed); err != nil {
		return outcome{}, err
	}
	got.evictions = len(simulated.Evictions)
	for _, pod := range simulated.Pods() {
		if pod.Spec.NodeName == "" {
			got.pending++
		}
	}
	return got, nil
}
