// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command telemetry measures what the embedded telemetry costs on large
// clusters: the CPU time and the memory of the scheduler's process, the duration
// of a tick, and the time until all nodes are known.
//
// The scheduler, its API server and its 5,000 Node objects are real. Kubelets
// are simulated, in one process, with one address, certificate and connection
// for each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/test/benchmark/record"
	"github.com/loadline-dev/loadline/test/benchmark/telemetry/internal/kubelets"
)

// sectionName is that of the lines of a file between which the figures are written.
const sectionName = "bench-telemetry"

const (
	// podsPerNode is the number of pods that each kubelet tells of.
	podsPerNode = 30
	// housekeeping is how often a kubelet measures, unless it is asked more often.
	housekeeping = 10 * time.Second
)

// options are what the command line says.
type options struct {
	nodes                      []int
	interval, warmUp, duration time.Duration
	record, profiles, binaries string
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "telemetry benchmark:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(args) > 0 && args[0] == kubeletsCommand {
		return runKubelets(ctx, args[1:])
	}
	options, err := parse(args)
	if err != nil {
		return err
	}
	klog.LogToStderr(false) // what the client libraries say would break the lines
	klog.SetOutput(io.Discard)
	return measureAll(ctx, options, os.Stdout)
}

func parse(args []string) (options, error) {
	var parsed options
	var nodes string
	flags := flag.NewFlagSet("telemetry", flag.ContinueOnError)
	flags.StringVar(&nodes, "nodes", "1000,5000", "numbers of nodes, measured one after the other")
	flags.DurationVar(&parsed.interval, "interval", 15*time.Second, "time between two measurements of a node")
	flags.DurationVar(&parsed.warmUp, "warm-up", 2*time.Minute, "time from the scheduler's start to that which is measured")
	flags.DurationVar(&parsed.duration, "duration", 150*time.Second, "time that is measured, a whole number of intervals")
	flags.StringVar(&parsed.record, "record", "", "file into which to write the figures, between its markers")
	flags.StringVar(&parsed.profiles, "profiles", "", "folder for profiles of the scheduler, which are taken after the time that is measured")
	flags.StringVar(&parsed.binaries, "binaries", "", "folder with the programs (default: build/bin)")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	for _, text := range strings.Split(nodes, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < 1 || count > kubelets.MaxNodes {
			return options{}, fmt.Errorf("--nodes: %q is no number from 1 to %d", text, kubelets.MaxNodes)
		}
		parsed.nodes = append(parsed.nodes, count)
	}
	return parsed, parsed.check(flags.Args())
}

// check refuses early what would fail after minutes. rest are the arguments
// that are no flags.
func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag", rest[0])
	case o.interval < time.Second || o.duration < 2*o.interval || o.duration%o.interval != 0:
		return errors.New("--duration: want two or more whole intervals, of a second or more each")
	case o.warmUp < 0:
		return errors.New("--warm-up: want no negative duration")
	}
	if o.profiles != "" {
		if _, err := os.Stat(o.profiles); err != nil {
			return fmt.Errorf("--profiles: %w", err)
		}
	}
	if o.record == "" {
		return nil
	}
	return record.Check(o.record, sectionName)
}

// measureAll measures each size on a cluster of its own.
func measureAll(ctx context.Context, options options, progress io.Writer) error {
	var all []figures
	for _, nodes := range options.nodes {
		measured, err := measure(ctx, options, nodes, progress)
		if err != nil {
			return fmt.Errorf("measuring %d nodes: %w", nodes, err)
		}
		all = append(all, measured)
	}
	section := report(ctx, options, all)
	fmt.Fprint(progress, "\n", section)
	if options.record == "" {
		return nil
	}
	return record.Write(options.record, sectionName, section)
}

// kubeletsCommand has this program simulate the kubelets, so that they are in a
// process of their own.
const kubeletsCommand = "kubelets"

func runKubelets(ctx context.Context, args []string) error {
	simulated := kubelets.Options{PodsPerNode: podsPerNode}
	flags := flag.NewFlagSet(kubeletsCommand, flag.ContinueOnError)
	flags.IntVar(&simulated.Nodes, "nodes", 0, "number of nodes")
	flags.DurationVar(&simulated.Housekeeping, "housekeeping", housekeeping, "time between two measurements of a kubelet")
	flags.IntVar(&simulated.Port, "port", 0, "port of all kubelets")
	flags.StringVar(&simulated.CAFile, "ca-file", "", "where to write the authority of the certificates, once all listen")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return kubelets.Serve(ctx, simulated)
}
