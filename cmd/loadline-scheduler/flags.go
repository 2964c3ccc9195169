// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/term"
)

// addFlags adds flags of Loadline's own to upstream's command, and a section of
// them to what that says about its own: sections are all that it shows of flags.
func addFlags(command *cobra.Command, adders ...func(*pflag.FlagSet)) {
	sets := cliflag.NamedFlagSets{}
	own := sets.FlagSet("loadline")
	for _, add := range adders {
		add(own)
	}
	command.Flags().AddFlagSet(own)
	columns, _, _ := term.TerminalSize(command.OutOrStdout())
	usage, help := command.UsageFunc(), command.HelpFunc()
	command.SetUsageFunc(func(command *cobra.Command) error {
		if err := usage(command); err != nil {
			return err
		}
		cliflag.PrintSections(command.OutOrStderr(), sets, columns)
		return nil
	})
	command.SetHelpFunc(func(command *cobra.Command, arguments []string) {
		help(command, arguments)
		cliflag.PrintSections(command.OutOrStdout(), sets, columns)
	})
}
