// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/convert"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

func newConvertCommand(streams genericiooptions.IOStreams) *cobra.Command {
	options, adapter := convert.Options{Namespace: v1alpha1.DefaultRulesNamespace}, ""
	command := &cobra.Command{
		Use:   "convert FILE...",
		Short: "Turn policies of Telemetry Aware Scheduling into rule sets",
		Long: `Turn policies of Telemetry Aware Scheduling (TAS) into rule sets.

Files hold TASPolicy objects, or lists of them, in any number of YAML documents.
"-" is the standard input. Objects of other kinds are passed over.

What is printed is one ConfigMap for each policy, to be read before it is applied.
Comments in it say where the meaning differs. Those with DECIDE leave to you what a
policy does not tell, above all under which names Prometheus has the metrics, since
prometheus-adapter may have changed them. Give its configuration by --adapter-config.

The exit code is 0 if all policies were converted, 1 if any is not valid, and 2 if
a file cannot be read. If it is not 0, nothing is printed but what is wrong.`,
		Example: `  # Convert all policies of a cluster
  kubectl get taspolicies --all-namespaces --output yaml | kubectl loadline convert - > rules.yaml

  # Convert a file of policies into rules that only observe
  kubectl loadline convert --observe policies.yaml

  # Take the names of metrics from the configuration of prometheus-adapter
  kubectl loadline convert --adapter-config adapter-config.yaml policies.yaml`,
		Args: givenFiles,
		RunE: func(_ *cobra.Command, names []string) (err error) {
			for _, message := range validation.IsDNS1123Label(options.Namespace) {
				return field.Invalid(field.NewPath("--namespace"), options.Namespace, message)
			}
			if options.Adapter, err = readAdapter(adapter); err != nil {
				return err
			}
			inputs, err := readAll(names, streams.In)
			if err != nil {
				return err
			}
			return convertAll(inputs, options, streams)
		},
	}
	command.Flags().StringVarP(&options.Namespace, "namespace", "n", options.Namespace, "The namespace of Loadline's rules.")
	command.Flags().BoolVar(&options.Observe, "observe", options.Observe, "Make rule sets that only observe.")
	command.Flags().StringVar(&adapter, "adapter-config", adapter, "A file with the configuration of prometheus-adapter, or with the ConfigMap that holds it.")
	return command
}

// readAdapter returns nil if no file is named.
func readAdapter(name string) (*convert.Adapter, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration of prometheus-adapter: %w", err)
	}
	return convert.ReadAdapter(name, data)
}

// convertAll prints all ConfigMaps, or what is wrong and none.
func convertAll(inputs []input, options convert.Options, streams genericiooptions.IOStreams) error {
	var converted []string
	var problems []rulefile.Problem
	seen := map[string]convert.Policy{}
	for _, input := range inputs {
		policies, wrong := convert.Read(input.name, input.data)
		if len(policies) == 0 && len(wrong) == 0 {
			fmt.Fprintf(streams.ErrOut, "note: %s holds no TASPolicy: nothing to convert\n", input.name)
		}
		for _, policy := range policies {
			text, err := options.Convert(&policy)
			switch other, twice := seen[policy.Name()]; {
			case twice:
				wrong = append(wrong, policy.Problem(fmt.Sprintf("%q is also at %s", policy.Name(), other.Place())))
			case err != nil:
				wrong = append(wrong, policy.Problem(err.Error()))
			case text == "":
				fmt.Fprintf(streams.ErrOut, "note: %s: %q has no effect: no rule set\n", policy.Place(), policy.Name())
			default:
				converted = append(converted, text)
			}
			seen[policy.Name()] = policy
		}
		rulefile.Sort(wrong)
		problems = append(problems, wrong...)
	}
	for _, problem := range problems {
		fmt.Fprintln(streams.ErrOut, problem)
	}
	if len(problems) > 0 {
		return errFound
	}
	fmt.Fprint(streams.Out, strings.Join(converted, "---\n"))
	return nil
}
