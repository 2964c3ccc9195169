// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command throughput measures how many pods per second a scheduler with Loadline
// places, beside the stock scheduler, with upstream's own benchmark,
// scheduler_perf: real etcd and API server, and nodes that are objects alone.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// sectionName is that of the lines of a file between which the figures are
// written.
const sectionName = "bench-throughput"

// options are what the command line says.
type options struct {
	suites           string
	nodes, pods      int
	pairs            int
	binaries, record string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "throughput benchmark:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) > 0 && args[0] == workloadCommand {
		return runWorkload(args[1:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options, err := parse(args)
	if err != nil {
		return err
	}
	return measureAll(ctx, options, os.Stdout)
}

func parse(args []string) (options, error) {
	var parsed options
	flags := flag.NewFlagSet("throughput", flag.ContinueOnError)
	flags.StringVar(&parsed.suites, "suites", "SchedulingBasic,ResourceSaturation", "suites of suites.yaml to measure")
	flags.IntVar(&parsed.nodes, "nodes", 5000, "number of nodes")
	flags.IntVar(&parsed.pods, "pods", 10000, "number of pods that are placed in SchedulingBasic; in ResourceSaturation it is one per node")
	flags.IntVar(&parsed.pairs, "pairs", 3, "number of runs of each scheduler, in turn")
	flags.StringVar(&parsed.binaries, "binaries", "build/bin", "folder with etcd")
	flags.StringVar(&parsed.record, "record", "", "file into which to write the figures, between its markers")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case len(flags.Args()) > 0:
		return options{}, fmt.Errorf("%q is no flag", flags.Arg(0))
	case parsed.nodes < 1, parsed.pods < 1, parsed.pairs < 1:
		return options{}, errors.New("--nodes, --pods and --pairs: want one or more")
	}
	var err error
	if parsed.binaries, err = filepath.Abs(parsed.binaries); err != nil {
		return options{}, fmt.Errorf("--binaries: %w", err)
	}
	if _, err := os.Stat(filepath.Join(parsed.binaries, "etcd")); err != nil {
		return options{}, fmt.Errorf("--binaries: %w; run make bin first", err)
	}
	if parsed.record != "" {
		return parsed, record.Check(parsed.record, sectionName)
	}
	return parsed, nil
}

// schedulers are compared in this order. The first is what the other is compared
// with.
var schedulers = []string{stock, loadline}

// measureAll runs the schedulers in turn, each time in a process of its own.
func measureAll(ctx context.Context, options options, output io.Writer) error {
	source := record.Source(ctx)
	var all []suite
	for name := range strings.SplitSeq(options.suites, ",") {
		measured := suite{name: name, podsPerSecond: map[string][]float64{}}
		for pair := range options.pairs {
			for i := range schedulers {
				scheduler := schedulers[(i+pair)%len(schedulers)]
				rate, err := measure(ctx, options, name, scheduler)
				if err != nil {
					return fmt.Errorf("measuring %s with the %s scheduler: %w", name, scheduler, err)
				}
				fmt.Fprintf(output, "%s, %s: %.0f pods/s\n", name, scheduler, rate)
				measured.podsPerSecond[scheduler] = append(measured.podsPerSecond[scheduler], rate)
			}
		}
		all = append(all, measured)
	}
	section := report(source, options, all)
	fmt.Fprint(output, "\n", section)
	if options.record == "" {
		return nil
	}
	return record.Write(options.record, sectionName, section)
}

// measure has a child process run a suite once, and returns the pods per second.
func measure(ctx context.Context, options options, suite, scheduler string) (rate float64, err error) {
	folder, err := os.MkdirTemp("", "throughput")
	if err != nil {
		return 0, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := writeInputs(folder, options, scheduler); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("finding this program: %w", err)
	}
	command := exec.CommandContext(ctx, self, workloadCommand, suite)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.Dir = folder
	command.Env = append(os.Environ(), "PATH="+options.binaries+":"+os.Getenv("PATH"), "TMPDIR="+folder)
	log, err := command.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-maxLog):])
	}
	return readRate(folder)
}

// maxLog is how much is shown of the log of a run that failed, in bytes.
const maxLog = 10000
