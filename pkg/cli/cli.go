// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cli is the operator's command line, a plugin of kubectl.
package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// What a command exits with.
const (
	exitGood = 0
	// exitFound means that the command did its work, and found what is wrong.
	exitFound = 1
	// exitUnable means that it could not do its work.
	exitUnable = 2
)

// errFound ends a command that has printed what it found to be wrong.
var errFound = errors.New("found")

// Run runs the command line with its arguments, without the name of the program,
// and returns the exit code.
func Run(ctx context.Context, arguments []string, streams genericiooptions.IOStreams) int {
	command := newRootCommand(streams)
	command.SetArgs(arguments)
	switch err := command.ExecuteContext(ctx); {
	case err == nil:
		return exitGood
	case errors.Is(err, errFound):
		return exitFound
	default:
		fmt.Fprintf(streams.ErrOut, "error: %v\n", err)
		return exitUnable
	}
}

func newRootCommand(streams genericiooptions.IOStreams) *cobra.Command {
	command := &cobra.Command{
		Use:   "kubectl-loadline",
		Short: "Check, test and preview load lines before they go live, and watch them when they have",
		Long: `Check, test and preview load lines before they go live, and watch them when they have.

Loadline keeps pods off nodes that are over their load lines, which are drawn in
rule sets. "preflight", "preview", "wait", "top", "rules", "dashboard" and "explain" look
at the cluster that kubectl's own flags or the kubeconfig name, and change nothing
there. "pause" stops evictions there, and "resume" ends that. The others need no cluster.`,
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl loadline"},
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	command.SetIn(streams.In)
	command.SetOut(streams.Out)
	command.SetErr(streams.ErrOut)
	command.AddCommand(
		newCheckCommand(streams),
		newTestCommand(streams),
		newConvertCommand(streams),
		newMetricsCommand(streams),
		newWaitCommand(streams),
		newPreflightCommand(streams),
		newPreviewCommand(streams),
		newTopCommand(streams),
		newRulesCommand(streams),
		newDashboardCommand(streams),
		newExplainCommand(streams),
		newPauseCommand(streams),
		newResumeCommand(streams),
		newCompletionCommand(streams),
		newVersionCommand(streams),
	)
	return command
}
