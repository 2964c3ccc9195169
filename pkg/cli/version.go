// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/version"
)

// prometheusModule is the module whose PromQL this is.
const prometheusModule = "github.com/prometheus/prometheus"

func newVersionCommand(streams genericiooptions.IOStreams) *cobra.Command {
	systemNamespace, clientOnly := v1alpha1.DefaultRulesNamespace, false
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and those of the programs in the cluster",
		Long: `Print the version of this program, and those of the scheduler and the descheduler that
run in the cluster, if there is one that can be asked.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return errors.New("this program was built without its version")
			}
			printVersion(streams.Out, version.Get(), info)
			if !clientOnly {
				printRunning(command.Context(), streams.Out, cluster, systemNamespace)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&clientOnly, "client", false, "Print the version of this program alone.")
	command.Flags().StringVar(&systemNamespace, "system-namespace", systemNamespace, "The namespace that Loadline runs in.")
	cluster.addTo(command, false)
	return command
}

// versionTimeout bounds how long each program is waited for.
const versionTimeout = 3 * time.Second

// printRunning prints the versions of what runs. Without a cluster it prints nothing.
func printRunning(ctx context.Context, out io.Writer, cluster *connection, namespace string) {
	client, config, err := cluster.client()
	if err != nil {
		return
	}
	for _, program := range []replica.Program{replica.Scheduler(), replica.Descheduler()} {
		asker := replica.Asker{Program: program, Client: client, Config: config, Namespace: namespace, Timeout: versionTimeout, Clock: clock.RealClock{}}
		fmt.Fprintf(out, "%s: %s\n", program.Name, runningVersion(ctx, &asker))
	}
}

func runningVersion(ctx context.Context, asker *replica.Asker) string {
	answer, err := asker.AskLeader(ctx, inspect.VersionPath)
	if err != nil {
		return fmt.Sprintf("not known: %v", err)
	}
	var running inspect.Version
	if err := answer.Decode(&running); err != nil {
		return fmt.Sprintf("not known: %v", err)
	}
	return fmt.Sprintf("%s (%s)", running.Version, answer.From)
}

// printVersion prints what decides how rules are read and evaluated.
func printVersion(out io.Writer, version string, info *debug.BuildInfo) {
	fmt.Fprintf(out, "Loadline: %s\n", version)
	for _, dependency := range info.Deps {
		if dependency.Path == prometheusModule {
			fmt.Fprintf(out, "PromQL: %s %s\n", dependency.Path, dependency.Version)
		}
	}
	fmt.Fprintf(out, "Go: %s\n", info.GoVersion)
}
