// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/prometheus/common/model"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
)

func newMetricsCommand(streams genericiooptions.IOStreams) *cobra.Command {
	output, interval := "", v1alpha1.DefaultInterval
	command := &cobra.Command{
		Use:   "metrics",
		Short: "Print the built-in metrics and the PromQL that they stand for",
		Long: `Print the built-in metrics and the PromQL that they stand for.

A rule set measures by a built-in metric or by a PromQL query of its own. All of
the built-in ones are fractions: 90% and 0.9 are the same.`,
		Example: `  # What is built in
  kubectl loadline metrics

  # The same for a scheduler that measures every 30 seconds, for a program to read
  kubectl loadline metrics --interval 30s -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := checkFormat(output, "json", "yaml"); err != nil {
				return err
			}
			errs := v1alpha1.ValidateInterval(v1alpha1.NewDuration(interval), field.NewPath("--interval"))
			if len(errs) > 0 {
				return errs.ToAggregate()
			}
			return printMetrics(streams.Out, builtins(interval), output)
		},
	}
	command.Flags().StringVarP(&output, "output", "o", output, "Output format: json or yaml. Default: a table.")
	command.Flags().DurationVar(&interval, "interval", interval, "The time between two measurements of a node, as the scheduler is configured.")
	return command
}

// builtin describes a built-in metric.
type builtin struct {
	Name    v1alpha1.Builtin `json:"name"`
	Meaning string           `json:"meaning"`
	// Window is the default of the metric's window, where it has one.
	Window string `json:"window,omitempty"`
	Query  string `json:"query"`
}

func builtins(interval time.Duration) []builtin {
	var described []builtin
	for _, name := range v1alpha1.Builtins() {
		metric := v1alpha1.Metric{Builtin: name}
		window := ""
		if name.Windowed() {
			metric.Window = v1alpha1.NewDuration(v1alpha1.DefaultWindow)
			window = model.Duration(v1alpha1.DefaultWindow).String()
		}
		query := telemetry.QueryFor(metric, interval, 0, nil)
		described = append(described, builtin{Name: name, Meaning: telemetry.Meaning(name), Window: window, Query: query.Expression})
	}
	return described
}

func printMetrics(out io.Writer, metrics []builtin, format string) error {
	if format != "" {
		return printObject(out, metrics, format)
	}
	return printMetricsTable(out, metrics)
}

func printMetricsTable(out io.Writer, metrics []builtin) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "NAME\tMEANING\tWINDOW\tPROMQL")
	for _, metric := range metrics {
		window := metric.Window
		if window == "" {
			window = "<none>"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", metric.Name, metric.Meaning, window, metric.Query)
	}
	return table.Flush()
}
