// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command placement simulates how well pods are placed by what was measured some
// time ago: by Loadline's own verdicts and projections and by other policies, on
// the same nodes and with the same pods. Its clock is simulated, and the same
// seeds always give the same figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
	"github.com/loadline-dev/loadline/test/benchmark/record"
)

// name is that of the figures in the file into which they are written.
const name = "bench-placement"

// kinds are the scenarios. One replica's use differs from another's by a tenth.
var kinds = []scenario.Kind{
	{Title: "In bursts over ten minutes, of workloads that have run before", Known: true, Deviation: 0.1},
	{Title: "All at once, of workloads that have run before", Burst: true, Known: true, Deviation: 0.1},
	{Title: "In bursts over ten minutes, of workloads that have run before, each pod starting one to six minutes late", Known: true, Deviation: 0.1, Slow: true},
	{Title: "In bursts over ten minutes, of workloads never seen before", Deviation: 0.1},
	{Title: "All at once, of workloads never seen before", Burst: true, Deviation: 0.1},
}

var contenders = []contender{
	{"Loadline", newLoadline(options{})},
	{"Loadline, projection off", newLoadline(options{measuredOnly: true})},
	{"random node", newRandom},
	{"better of two random nodes", newTwoChoice},
	{"Koordinator's formula", newKoordinator},
	{"stock, least requested", newLeastRequested},
	{"for comparison: one that knows what pods will use", newOmniscient},
}

// experiments are of Loadline with something that it does not do.
var experiments = []contender{
	{"tried: any node within 5 points of the best per minute of age", newLoadline(options{band: 5})},
	{"tried: the same with projection off", newLoadline(options{measuredOnly: true, band: 5})},
}

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "placement benchmark:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("placement", flag.ContinueOnError)
	seeds := flags.Uint64("seeds", 20, "number of simulations of each kind")
	age := flags.Duration("age", time.Minute, "age of the samples, a multiple of 5s")
	tried := flags.Bool("experiments", false, "also what Loadline might do otherwise")
	file := flags.String("record", "", "file to write the figures into, as docs/benchmarks.md")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *age < 0 || *age%scenario.Step != 0 || *seeds == 0 {
		return fmt.Errorf("want an age that is a multiple of %v, and at least one seed", scenario.Step)
	}
	if *file != "" {
		if err := record.Check(*file, name); err != nil {
			return err
		}
	}
	compared := contenders
	if *tried {
		compared = append(compared, experiments...)
	}
	text := heading(context.Background(), *seeds, *age)
	for _, kind := range kinds {
		text += table(kind, compared, *seeds, *age)
	}
	fmt.Print(text)
	if *file == "" {
		return nil
	}
	return record.Write(*file, name, text)
}
