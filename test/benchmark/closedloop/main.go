// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command closedloop measures how well pods are placed in a real cluster, by the
// stock kube-scheduler and by loadline-scheduler with its shipped configuration:
// on the same nodes, with the same pods, at the same times.
//
// API server, controller manager and schedulers are real, and so is the loop:
// what pods use, which kwok's kubelets tell, is what the next pods are placed by.
// To take less time, all times are shorter by the same factor: when pods come, how
// long they take to start, and the intervals and windows of measuring. What came
// of it is not what the schedulers believe, but what the pods truly use where
// they are, by the same figures as in the benchmark placement.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// name is that of the figures in the file into which they are written.
const name = "bench-closed-loop"

// kind is that of all runs, with the same deviation as in the benchmark
// placement.
var kind = scenario.Kind{Deviation: 0.1}

// contender is a scheduler that places the pods.
type contender struct {
	name string
	// loadline tells it from the stock scheduler.
	loadline bool
	// known tells that replicas of the workloads have run before.
	known bool
}

var contenders = []contender{
	{name: "stock kube-scheduler"},
	{name: "Loadline, workloads that have run before", loadline: true, known: true},
	{name: "Loadline, workloads never seen before", loadline: true},
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "closed loop benchmark:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	seeds            uint64
	pace             pace
	parallel         int
	contenders       []contender
	record, binaries string
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options, err := parse(args)
	if err != nil {
		return err
	}
	klog.LogToStderr(false) // what the client libraries say would break the lines
	klog.SetOutput(io.Discard)
	rows, err := measureAll(ctx, options, os.Stdout)
	if err != nil {
		return err
	}
	text := report(ctx, options, rows)
	fmt.Print("\n", text)
	if err := punctual(rows, options.pace); err != nil {
		return err
	}
	if options.record == "" {
		return nil
	}
	return record.Write(options.record, name, text)
}

// parse refuses early what would fail after minutes.
func parse(args []string) (options, error) {
	var parsed options
	var only string
	factor := 0
	flags := flag.NewFlagSet("closedloop", flag.ContinueOnError)
	flags.Uint64Var(&parsed.seeds, "seeds", 3, "number of runs of each scheduler")
	flags.IntVar(&factor, "factor", 5, "by how much everything is quicker than it says, from 1 to 15")
	flags.IntVar(&parsed.parallel, "parallel", 3, "number of clusters that run at the same time")
	flags.StringVar(&only, "only", "", "part of the names of the rows that are wanted, as \"stock\"")
	flags.StringVar(&parsed.record, "record", "", "file to write the figures into, as docs/benchmarks.md")
	flags.StringVar(&parsed.binaries, "binaries", "", "folder with the programs (default: build/bin)")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	for _, contender := range contenders {
		if strings.Contains(contender.name, only) {
			parsed.contenders = append(parsed.contenders, contender)
		}
	}
	switch {
	case len(parsed.contenders) == 0:
		return options{}, fmt.Errorf("--only: no row has %q in its name", only)
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("%q is no flag", flags.Arg(0))
	case parsed.seeds == 0 || parsed.parallel < 1:
		return options{}, errors.New("want at least one seed, and one cluster at a time")
	case factor < 1 || pace(factor).real(scenario.Interval) < time.Second:
		return options{}, errors.New("--factor: want one from 1 to 15, since Loadline measures once a second at most")
	}
	parsed.pace = pace(factor)
	if parsed.record == "" {
		return parsed, nil
	}
	return parsed, record.Check(parsed.record, name)
}

// pace is by how much time is quicker than a scenario says.
type pace int

// real is how long a time of the scenario takes.
func (p pace) real(d time.Duration) time.Duration { return d / time.Duration(p) }

// scenario is what a time stands for in the scenario.
func (p pace) scenario(d time.Duration) time.Duration { return d * time.Duration(p) }
