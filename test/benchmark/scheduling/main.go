// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command scheduling measures what Loadline adds to the cost of placing a pod
// in a large cluster, beside the stock scheduler and its plugins.
//
// All lines of a table come from one run, in which they take turns, so that
// what slows the machine down slows them all.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// sectionName is that of the lines of a file between which the figures are
// written.
const sectionName = "bench-scheduling"

// options are what the command line says.
type options struct {
	nodes, pods     int
	rounds          int
	record, profile string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "scheduling benchmark:", err)
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
	stopProfile, err := record.Profile(options.profile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopProfile()) }()
	return measureAll(ctx, options, os.Stdout)
}

func parse(args []string) (options, error) {
	var parsed options
	flags := flag.NewFlagSet("scheduling", flag.ContinueOnError)
	flags.IntVar(&parsed.nodes, "nodes", 5000, "number of nodes")
	flags.IntVar(&parsed.pods, "pods", 150000, "number of pods that run on them")
	flags.IntVar(&parsed.rounds, "rounds", 200, "number of rounds in which the lines take turns")
	flags.StringVar(&parsed.record, "record", "", "file into which to write the figures, between its markers")
	flags.StringVar(&parsed.profile, "profile", "", "file for a CPU profile, in which samples are tagged with their line")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case len(flags.Args()) > 0:
		return options{}, fmt.Errorf("%q is no flag", flags.Arg(0))
	case parsed.nodes < minNodes:
		return options{}, fmt.Errorf("--nodes: want %d or more", minNodes)
	case parsed.pods < 0 || parsed.pods > maxPodsPerNode*parsed.nodes:
		return options{}, fmt.Errorf("--pods: want no more than %d per node", maxPodsPerNode)
	case parsed.rounds < 1:
		return options{}, errors.New("--rounds: want one or more")
	case parsed.record != "":
		return parsed, record.Check(parsed.record, sectionName)
	}
	return parsed, nil
}

// measureAll measures both tables.
func measureAll(ctx context.Context, options options, output io.Writer) error {
	source := record.Source(ctx)
	cycles, err := measureCycles(ctx, options)
	if err != nil {
		return fmt.Errorf("measuring whole cycles: %w", err)
	}
	nodes, err := measureNodes(ctx, options)
	if err != nil {
		return fmt.Errorf("measuring single plugins: %w", err)
	}
	section := report(source, options, cycles, nodes)
	fmt.Fprint(output, section)
	if options.record == "" {
		return nil
	}
	return record.Write(options.record, sectionName, section)
}
