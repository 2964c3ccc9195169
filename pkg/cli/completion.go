// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// kubectlScript is what kubectl runs to complete the arguments of a plugin, if it finds
// it on the PATH by the name of kubectl_complete-loadline.
const kubectlScript = `#!/bin/sh
# Proposes what comes next after "kubectl loadline".
exec kubectl loadline __complete "$@"
`

// shells are those that scripts can be made for.
var shells = map[string]func(root *cobra.Command, out io.Writer) error{
	"bash":       func(root *cobra.Command, out io.Writer) error { return root.GenBashCompletionV2(out, true) },
	"zsh":        func(root *cobra.Command, out io.Writer) error { return root.GenZshCompletion(out) },
	"fish":       func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) },
	"powershell": func(root *cobra.Command, out io.Writer) error { return root.GenPowerShellCompletionWithDesc(out) },
	"kubectl": func(_ *cobra.Command, out io.Writer) error {
		_, err := io.WriteString(out, kubectlScript)
		return err
	},
}

func newCompletionCommand(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "completion (kubectl | bash | zsh | fish | powershell)",
		Short: "Print a script that completes command lines",
		Long: `Print a script that completes command lines, with the names of nodes, pods and rule sets
in the cluster.

"kubectl" prints kubectl_complete-loadline: with this program on the PATH, kubectl's own
completion goes on after "kubectl loadline". The others print a script for their shell,
which completes the program by its own name, "kubectl-loadline".`,
		Example: `  # With kubectl's own completion
  kubectl loadline completion kubectl > ~/.local/bin/kubectl_complete-loadline
  chmod +x ~/.local/bin/kubectl_complete-loadline

  # For kubectl-loadline, in this shell
  source <(kubectl loadline completion bash)`,
		Args:                  cobra.ExactArgs(1),
		ValidArgsFunction:     firstArgument(completeFormats("kubectl", "bash", "zsh", "fish", "powershell")),
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, arguments []string) error {
			generate, known := shells[arguments[0]]
			if !known {
				return fmt.Errorf("there is no script for %q: give kubectl, bash, zsh, fish or powershell", arguments[0])
			}
			return generate(command.Root(), streams.Out)
		},
	}
}
