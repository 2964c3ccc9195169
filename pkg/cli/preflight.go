// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/cli/preflight"
)

// kubeletTimeout bounds the wait for one kubelet, as the scheduler's own.
const kubeletTimeout = 10 * time.Second

func newPreflightCommand(streams genericiooptions.IOStreams) *cobra.Command {
	output, all, timeout := "", false, kubeletTimeout
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "preflight",
		Short: "Tell whether the nodes of a cluster can be measured, and what to change",
		Long: `Tell whether the nodes of a cluster can be measured, and what to change.

It changes nothing in the cluster, and nothing has to be installed. Every kubelet
is asked for its metrics through the API server, so this needs the right to get
nodes/proxy, which Loadline itself does not need. The version of the API server, the
metrics API, and what is installed of Loadline, with its rights, are checked as well.

The exit code is 0 if nothing prevents measuring, 1 if anything does, and 2 if the
cluster cannot be looked at.`,
		Example: `  # Look at the current cluster
  kubectl loadline preflight

  # The same with a line for every node
  kubectl loadline preflight --all

  # The names of the nodes that cannot be measured
  kubectl loadline preflight -o json | jq -r '.problems[] | select(.state == "failed") | .nodes[]'`,
		Args:                  cobra.NoArgs,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := checkFormat(output, "json", "yaml"); err != nil {
				return err
			}
			if timeout <= 0 {
				return fmt.Errorf("--timeout must be greater than zero")
			}
			client, _, err := cluster.client()
			if err != nil {
				return err
			}
			progress := newProgress(streams.ErrOut)
			report, err := preflight.Run(command.Context(), client, preflight.Options{
				Namespace: cluster.rulesNamespace(), Timeout: timeout, Clock: clock.RealClock{},
				Asked: func(asked, nodes int) { progress.show("asked %d of %d kubelets", asked, nodes) },
			})
			progress.clear()
			if err != nil {
				return err
			}
			if err := printReport(streams.Out, report, output, all); err != nil {
				return err
			}
			if !report.Good() {
				return errFound
			}
			return nil
		},
	}
	command.Flags().StringVarP(&output, "output", "o", output, "Output format: json or yaml. Default: for people.")
	command.Flags().BoolVar(&all, "all", all, "Print a line for every node.")
	command.Flags().DurationVar(&timeout, "timeout", timeout, "How long to wait for one kubelet.")
	cluster.addTo(command, true)
	return command
}

func printReport(out io.Writer, report *preflight.Report, format string, all bool) error {
	if format != "" {
		return printObject(out, report, format)
	}
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, check := range report.Checks {
		fmt.Fprintf(table, "%s\t%s\t%s\n", check.State, check.Name, check.Text)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, check := range report.Checks {
		if check.Remedy != "" {
			fmt.Fprintf(out, "\n%s: %s\n", check.State, check.Name)
			printWrapped(out, check.Remedy)
		}
	}
	for _, problem := range report.Problems {
		fmt.Fprintf(out, "\n%s: %s: %s\n", problem.State, count(len(problem.Nodes), "node"), problem.What)
		example := fmt.Sprintf("%s: %s", problem.Nodes[0], problem.Example)
		if len(problem.Nodes) > 1 {
			printWrapped(out, abridge(problem.Nodes))
			example = "for example " + example
		}
		printWrapped(out, example)
		printWrapped(out, problem.Remedy)
	}
	if all {
		return printNodes(out, report.Nodes)
	}
	return nil
}

func printNodes(out io.Writer, nodes []preflight.Node) error {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "NODE\tREADY\tMEASURED\tAGE\tPROBLEM")
	for _, node := range nodes {
		ready, measured, age := "no", "no", "-"
		if node.Ready {
			ready = "yes"
		}
		switch {
		case node.Measured:
			measured = "yes"
		case node.Exempt:
			measured = "exempt"
		}
		if node.MeasuredAt != nil {
			age = node.Age().Round(time.Second).String()
		}
		problem := "-"
		if node.Cause != "" {
			problem = fmt.Sprintf("%s: %s", node.Cause, node.Error)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", node.Name, ready, measured, age, problem)
	}
	return table.Flush()
}

// printWrapped prints a text in indented lines.
func printWrapped(out io.Writer, text string) {
	const indent, width = "    ", 100
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(indent)+len(line)+1+len(word) > width {
			fmt.Fprintln(out, indent+line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(out, indent+line)
}
