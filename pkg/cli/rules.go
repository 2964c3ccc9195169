// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/replica"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/standing"
)

// rulesFlags are what a person says of the state of rule sets.
type rulesFlags struct {
	systemNamespace, local, output string
	noHeaders                      bool
}

func newRulesCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := rulesFlags{}
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "rules [NAME]",
		Short: "Show which rule sets are in force, and what they come to",
		Long: `Show the state of every rule set: whether it is in force, or why not; where it is
written, and which program edited it last; and on how many nodes its rules are broken.
With a name everything about that rule set is printed.

What is written is read from the ConfigMaps with the label loadline.dev/rules=true,
and whether it is in force from the ConfigMap loadline-status, which needs the rights
to list and get ConfigMaps in that namespace. The numbers of nodes are asked of the
scheduler, through a port-forward, as "top" does. Where it cannot be asked, all else
is told.

The API server writes down which program has edited an object, and not which user: its
audit log tells that.

The exit code is 0 if all went well, 1 if a rule set that is shown is refused or none has
the name, and 2 if the ConfigMaps cannot be read.`,
		Example: `  # All rule sets
  kubectl loadline rules

  # Why is this one not in force, and what does it come to?
  kubectl loadline rules below-the-line

  # Those that are refused, with the reason
  kubectl loadline rules -o json | jq -r '.ruleSets[] | select(.state == "Refused") | "\(.configMap)/\(.key): \(.error)"'`,
		Args:                  cobra.MaximumNArgs(1),
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     firstArgument(completeRuleSets(cluster, nil)),
		RunE: func(command *cobra.Command, arguments []string) error {
			name := ""
			if len(arguments) == 1 {
				name = arguments[0]
			}
			if err := checkFormat(flags.output, "json", "yaml", "wide"); err != nil {
				return err
			}
			if err := checkAddress("--local", flags.local); err != nil {
				return err
			}
			return flags.run(command.Context(), name, cluster, streams)
		},
	}
	command.Flags().StringVarP(&flags.output, "output", "o", "", "Output format: json, yaml or wide. Default: for people.")
	command.Flags().BoolVar(&flags.noHeaders, "no-headers", false, "Print no headers.")
	command.Flags().StringVar(&flags.systemNamespace, "system-namespace", "", "The namespace that Loadline runs in. Default: that of the rules.")
	command.Flags().StringVar(&flags.local, "local", "", "The address (HOST:PORT) of a scheduler to ask, instead of those in the cluster.")
	cluster.addTo(command, true)
	mustComplete(command, "output", completeFormats("json", "yaml", "wide"))
	return command
}

func (f *rulesFlags) run(ctx context.Context, name string, cluster *connection, streams genericiooptions.IOStreams) error {
	client, config, err := cluster.client()
	if err != nil {
		return err
	}
	namespace := cluster.rulesNamespace()
	report, err := readStanding(ctx, client, namespace)
	if err != nil {
		return err
	}
	asker := &replica.Asker{
		Program: replica.Scheduler(), Client: client, Config: config, Namespace: f.systemNamespace, Local: f.local,
		Timeout: schedulerTimeout, Clock: clock.RealClock{},
	}
	if asker.Namespace == "" {
		asker.Namespace = namespace
	}
	if err := measure(ctx, asker, report); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		report.Warnings = append(report.Warnings, fmt.Sprintf("what they come to is not known: %v", err))
	}
	for _, warning := range report.Warnings {
		fmt.Fprintf(streams.ErrOut, "warning: %s\n", warning)
	}
	shown := shownRules{Report: report, rulesFlags: f, now: time.Now()}
	if err := shown.choose(name, streams); err != nil {
		return err
	}
	if err := shown.print(streams, name); err != nil {
		return err
	}
	if slices.ContainsFunc(shown.RuleSets, func(set standing.RuleSet) bool { return set.State == standing.Refused }) {
		return errFound
	}
	return nil
}

func readStanding(ctx context.Context, client kubernetes.Interface, namespace string) (*standing.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, oneLook)
	defer cancel()
	return standing.Read(ctx, client, namespace)
}

// measure asks the scheduler what the rule sets come to.
func measure(ctx context.Context, asker *replica.Asker, report *standing.Report) error {
	answer, err := asker.AskLeader(ctx, inspect.RulesPath)
	if err != nil {
		return err
	}
	report.Warnings = append(report.Warnings, answer.Warnings...)
	var rules inspect.Rules
	if err := answer.Decode(&rules); err != nil {
		return err
	}
	report.Measure(&rules)
	return nil
}

// shownRules are rule sets as they are shown.
type shownRules struct {
	*standing.Report
	*rulesFlags
	now time.Time
}

// choose leaves those with a name, if one is given.
func (s *shownRules) choose(name string, streams genericiooptions.IOStreams) error {
	if name == "" {
		return nil
	}
	var names []string
	for _, set := range s.RuleSets {
		names = append(names, set.Name)
	}
	s.RuleSets = slices.DeleteFunc(s.RuleSets, func(set standing.RuleSet) bool { return set.Name != name })
	if len(s.RuleSets) > 0 {
		return nil
	}
	there := "there are none"
	if names = slices.Compact(names); len(names) > 0 {
		there = "there are " + abridge(names)
	}
	fmt.Fprintf(streams.ErrOut, "no ConfigMap with the label %s=true holds a rule set %q: %s\n", v1alpha1.RulesLabel, name, there)
	return errFound
}
