// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli/ruletest"
)

func newTestCommand(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE...",
		Short: "Run unit tests of rule sets",
		Long: `Run unit tests of rule sets.

A file of tests names rule sets, gives series of measurements in promtool's
notation, one value per interval, and says what the rules are expected to do:

  ruleSets: [rules.yaml]            # paths relative to this file
  interval: 15s                     # between two values, and between two ticks
  builtins: {memory: node_memory}   # as in the scheduler's telemetry settings
  tests:
  - name: hot node is refused until it is below 85%
    series:
    - {series: 'node_metric{node="a"}', values: '0.50 0.95 0.88x3 0.84'}
    - {series: 'node_metric{node="b"}', values: '0.20x10'}
    nodes:                          # default: those that appear in the series
      a: {labels: {pool: web}, allocatable: {cpu: "4", memory: 16Gi}}
      b: {}
    pod: {namespace: default, labels: {app: web}}
    expect:
    - at: 15s
      rejected: {a: [memory-above-90]}          # by node; {} means none
      scores: {b: 100}                          # of the nodes that are left
      evict: {a: [memory-above-90]}
      labels: {a: {loadline.dev/hot: memory}}
      taints: {a: ["loadline.dev/hot:PreferNoSchedule"]}

In values, "0.88x3" is 0.88 and three times again, "1+2x3" counts up, "_" is a
measurement that is missing, and "stale" is the end of the series.

Each part of an expectation is compared as a whole; a part that is left out is not
checked. Rules are evaluated as in the scheduler, at every interval from the first
value on. Rule sets that only observe are evaluated as if they were enforced.

The exit code is 0 if all tests pass, 1 if any fails, and 2 if they cannot be run.`,
		Example: `  # Run the tests in a file
  kubectl loadline test memory.test.yaml

  # Run all tests of a folder
  kubectl loadline test tests/*.yaml`,
		Args:                  givenFiles,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, names []string) error {
			inputs, err := readAll(names, streams.In)
			if err != nil {
				return err
			}
			return test(command.Context(), inputs, streams.Out)
		},
	}
}

func test(ctx context.Context, inputs []input, out io.Writer) error {
	passed, failed := 0, 0
	for _, input := range inputs {
		suite, problems := ruletest.Load(input.name, input.data)
		if len(problems) > 0 {
			failed++
			fmt.Fprintf(out, "FAIL  %s\n", input.name)
			for _, problem := range problems {
				fmt.Fprintf(out, "  %s\n", problem)
			}
			continue
		}
		results, err := suite.Run(ctx)
		if err != nil {
			return err
		}
		for _, result := range results {
			printResult(out, input.name, result)
			if len(result.Failures) > 0 {
				failed++
			} else {
				passed++
			}
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return errFound
	}
	return nil
}

func printResult(out io.Writer, file string, result ruletest.Result) {
	if len(result.Failures) == 0 {
		fmt.Fprintf(out, "PASS  %s: %s\n", file, result.Name)
		return
	}
	fmt.Fprintf(out, "FAIL  %s: %s\n", file, result.Name)
	for _, failure := range result.Failures {
		if failure.Query != "" {
			fmt.Fprintf(out, "  at %s the query failed: %s\n", model.Duration(failure.At), failure.Query)
			continue
		}
		fmt.Fprintf(out, "  at %s\n", model.Duration(failure.At))
		table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
		fmt.Fprintln(table, "    \tNODE\tEXPECTED\tACTUAL\tMEASURED")
		for _, d := range failure.Differences {
			fmt.Fprintf(table, "    %s\t%s\t%s\t%s\t%s\n", d.Aspect, d.Node, list(d.Want), list(d.Got), list(d.Measured))
		}
		table.Flush()
	}
}

func list(texts []string) string {
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, ", ")
}
