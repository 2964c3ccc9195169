// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/cli/lint"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

func newCheckCommand(streams genericiooptions.IOStreams) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Find what is wrong or suspicious in rule sets",
		Long: `Find what is wrong or suspicious in rule sets.

Files hold RuleSets, or ConfigMaps whose data keys hold them, in any number of
YAML documents. "-" is the standard input. Objects of other kinds are passed over.

Every problem is printed with its file, its line and the path of the field.
Warnings are about what is legal and probably not meant.

The exit code is 0 if there are no problems (warnings are none), 1 if there are
problems, and 2 if a file cannot be read.`,
		Example: `  # Check the rules in a file
  kubectl loadline check rules.yaml

  # Check all files of a folder
  kubectl loadline check rules/*.yaml

  # Check what kustomize makes of them
  kubectl kustomize overlays/production | kubectl loadline check -`,
		Args:                  givenFiles,
		DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, names []string) error {
			inputs, err := readAll(names, streams.In)
			if err != nil {
				return err
			}
			return check(inputs, streams)
		},
	}
}

func check(inputs []input, streams genericiooptions.IOStreams) error {
	rules, problems, warnings := 0, 0, 0
	seen := map[string]rulefile.RuleSet{}
	for _, input := range inputs {
		found, all := rulefile.Read(input.name, input.data)
		if len(found) == 0 && len(all) == 0 {
			fmt.Fprintf(streams.ErrOut, "note: %s holds no RuleSet, nor a ConfigMap with one: nothing to check\n", input.name)
		}
		for _, set := range found {
			all = append(all, warningsOf(&set, seen)...)
		}
		rulefile.Sort(all)
		for _, problem := range all {
			fmt.Fprintln(streams.Out, problem)
			if problem.Warning {
				warnings++
			} else {
				problems++
			}
		}
		rules += len(found)
	}
	fmt.Fprintf(streams.Out, "%s, %s, %s\n", count(rules, "valid rule set"), count(problems, "problem"), count(warnings, "warning"))
	if problems > 0 {
		return errFound
	}
	return nil
}

// warningsOf are the warnings about a rule set. seen are those before it, by
// name, brought up to date.
func warningsOf(set *rulefile.RuleSet, seen map[string]rulefile.RuleSet) []rulefile.Problem {
	var warnings []rulefile.Problem
	path := field.NewPath("metadata", "name")
	if other, twice := seen[set.Name]; twice {
		warnings = append(warnings, set.Warning(path, fmt.Sprintf("%q is also at %s:%d: of two rule sets with one name only that of the newer ConfigMap counts",
			set.Name, other.File, other.Line(path.String()))))
	}
	seen[set.Name] = *set
	for _, warning := range lint.Check(set.RuleSet) {
		warnings = append(warnings, set.Warning(warning.Path, warning.Message))
	}
	return warnings
}
