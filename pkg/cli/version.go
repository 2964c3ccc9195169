// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// prometheusModule is the module whose PromQL this is.
const prometheusModule = "github.com/prometheus/prometheus"

func newVersionCommand(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return errors.New("this program was built without its version")
			}
			printVersion(streams.Out, info)
			return nil
		},
	}
}

// printVersion prints what decides how rules are read and evaluated.
func printVersion(out io.Writer, info *debug.BuildInfo) {
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	fmt.Fprintf(out, "Loadline: %s\n", version)
	for _, dependency := range info.Deps {
		if dependency.Path == prometheusModule {
			fmt.Fprintf(out, "PromQL: %s %s\n", dependency.Path, dependency.Version)
		}
	}
	fmt.Fprintf(out, "Go: %s\n", info.GoVersion)
}
