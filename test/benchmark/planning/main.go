// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command planning measures what one turn of the descheduler costs in a large
// cluster: to observe it, to bring the scheduler to it, and to plan.
//
// Nothing is evicted, and there is no API server. Else all is real: the objects are
// decoded as informers have them, the verdicts are Loadline's own, and where pods
// would go is asked of upstream's scheduler with the shipped configuration.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// sectionName is that of the lines of a file between which the figures are
// written.
const sectionName = "bench-planning"

// options are what the command line says.
type options struct {
	nodes, pods     int
	rounds          int
	scheduler       string
	only            *regexp.Regexp // nil for all
	record, profile string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "planning benchmark:", err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options, err := parse(args)
	if err != nil {
		return err
	}
	klog.LogToStderr(false) // it would be measured
	klog.SetOutput(io.Discard)
	return measureAll(ctx, options, os.Stdout)
}

func parse(args []string) (options, error) {
	var parsed options
	flags := flag.NewFlagSet("planning", flag.ContinueOnError)
	flags.IntVar(&parsed.nodes, "nodes", 5000, "number of nodes")
	flags.IntVar(&parsed.pods, "pods", 150000, "number of pods that run on them")
	flags.IntVar(&parsed.rounds, "rounds", 5, "number of rounds in which the lines take turns")
	flags.StringVar(&parsed.scheduler, "scheduler-config", "manifests/scheduler/config.yaml", "the scheduler's configuration")
	flags.Func("only", "regular expression: measure those lines alone whose names it matches", func(text string) (err error) {
		parsed.only, err = regexp.Compile(text)
		return err
	})
	flags.StringVar(&parsed.record, "record", "", "file into which to write the figures, between its markers")
	flags.StringVar(&parsed.profile, "profile", "", "file for a CPU profile, in which samples are tagged with their line and part")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case len(flags.Args()) > 0:
		return options{}, fmt.Errorf("%q is no flag", flags.Arg(0))
	case parsed.nodes < minNodes:
		return options{}, fmt.Errorf("--nodes: want %d or more", minNodes)
	case parsed.pods < minPods || parsed.pods > maxPodsPerNode*parsed.nodes:
		return options{}, fmt.Errorf("--pods: want %d or more, and no more than %d per node", minPods, maxPodsPerNode)
	case parsed.rounds < 1:
		return options{}, errors.New("--rounds: want one or more")
	case parsed.record != "" && parsed.only != nil:
		return options{}, errors.New("--record: all lines are recorded, so that --only does not go with it")
	case parsed.record != "":
		return parsed, record.Check(parsed.record, sectionName)
	}
	return parsed, nil
}

// measureAll measures all lines, and writes down what they come to.
func measureAll(ctx context.Context, options options, output io.Writer) (err error) {
	source := record.Source(ctx)
	b, err := newBench(ctx, options)
	if err != nil {
		return err
	}
	lines := allLines()
	if options.only != nil {
		lines = matching(lines, options.only)
	}
	stop, err := record.Profile(options.profile)
	if err != nil {
		return err
	}
	err = b.measure(ctx, lines, options.rounds)
	if err := errors.Join(err, stop()); err != nil {
		return err
	}
	memory, err := maxResident()
	if err != nil {
		return err
	}
	section := report(source, options, lines, memory)
	fmt.Fprint(output, section)
	if options.record == "" {
		return nil
	}
	return record.Write(options.record, sectionName, section)
}
