// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/preview"
	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// previewFlags are what a person says of a preview.
type previewFlags struct {
	files                         []string
	source, prometheusURL, config string
	schedulerName                 string
	duration, timeout             time.Duration
	all                           bool
	output                        string
}

func newPreviewCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := previewFlags{schedulerName: "loadline-scheduler", timeout: kubeletTimeout}
	cluster := newConnection()
	command := &cobra.Command{
		Use:   "preview -f FILE",
		Short: "Show what rule sets would do in a cluster now",
		Long: `Show what rule sets would do in a cluster now: which nodes they would refuse,
prefer, mark, and evict pods from.

Nothing is changed in the cluster, and nothing has to be installed there. Nodes
are measured from here, by the first of these that is given or works:

  --prometheus-url   by a Prometheus server
  kubelets           by the kubelets, through the API server, as the scheduler
                     does it directly; needs the right to get nodes/proxy
  metrics-api        by the metrics API (metrics.k8s.io): cpu and memory alone

Nodes are measured and judged by the code of the scheduler. Nothing is known of the
past: what has to last ("for") is pending, unless --duration is long enough to see it.
Rule sets that only observe are judged as if they were enforced.

The exit code is 0 if all went well, 1 if a rule set is not valid or a metric
could not be measured on any node, and 2 if nothing could be measured.`,
		Example: `  # What would these rules do now?
  kubectl loadline preview -f rules.yaml

  # The same by a Prometheus server, with every node
  kubectl loadline preview -f rules.yaml --prometheus-url http://localhost:9090 --all

  # As the scheduler with this configuration would measure
  kubectl loadline preview -f rules.yaml --config manifests/scheduler/config-prometheus.yaml

  # The names of the nodes that would be refused
  kubectl loadline preview -f rules.yaml -o json | jq -r '.nodes[] | select(any(.broken[]; .refused)) | .name'`,
		Args:                  cobra.NoArgs,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return flags.run(command, cluster, streams)
		},
	}
	addFilesFlag(command, &flags.files)
	command.Flags().StringVar(&flags.source, "source", "", "What measures the nodes: kubelets, metrics-api or prometheus. Default: the first that is given or works.")
	command.Flags().StringVar(&flags.prometheusURL, "prometheus-url", "", "The base URL of a Prometheus server's API. Its credentials and certificates (httpConfig) are taken from --config.")
	command.Flags().StringVar(&flags.config, "config", "", "The scheduler's configuration: a file with a KubeSchedulerConfiguration, or LoadlineArgs alone. Its telemetry settings are used.")
	command.Flags().StringVar(&flags.schedulerName, "scheduler-name", flags.schedulerName, "The schedulerName of the pods that the rules are for. Name another one to see what the rules would do with its pods.")
	command.Flags().DurationVar(&flags.duration, "duration", 0, `How long to measure. Default: once, or twice where rates need it.`)
	command.Flags().DurationVar(&flags.timeout, "timeout", flags.timeout, "How long to wait for one kubelet.")
	command.Flags().BoolVar(&flags.all, "all", false, "Print all nodes, and not only those that are nearest to a line or over it.")
	command.Flags().StringVarP(&flags.output, "output", "o", "", "Output format: json, yaml or wide. Default: for people.")
	cluster.addTo(command, false)
	return command
}

func (f *previewFlags) run(command *cobra.Command, cluster *connection, streams genericiooptions.IOStreams) error {
	if err := f.check(); err != nil {
		return err
	}
	settings, err := f.settings()
	if err != nil {
		return err
	}
	rules, err := f.rules(streams)
	if err != nil {
		return err
	}
	client, config, err := cluster.client()
	if err != nil {
		return err
	}
	progress := newProgress(streams.ErrOut)
	result, err := preview.Run(command.Context(), client, config, preview.Options{
		Rules: rules, Settings: settings, Source: preview.SourceName(f.source), SchedulerName: f.schedulerName,
		Duration: f.duration, KubeletTimeout: f.timeout, Clock: clock.RealClock{},
		Asked: func(asked, nodes int) { progress.show("asked %d of %d kubelets", asked, nodes) },
		Waiting: func(until time.Time, why string) {
			progress.clear()
			fmt.Fprintf(streams.ErrOut, "measuring again at %s, %s\n", until.Format(time.TimeOnly), why)
		},
	})
	progress.clear()
	if err != nil {
		return err
	}
	if err := f.print(streams.Out, result); err != nil {
		return err
	}
	if !result.Complete() {
		return errFound
	}
	return nil
}

func (f *previewFlags) check() error {
	switch source := preview.SourceName(f.source); source {
	case "", preview.Prometheus:
	case preview.Kubelets, preview.MetricsAPI:
		if f.prometheusURL != "" {
			return fmt.Errorf("--source %s and --prometheus-url exclude each other", source)
		}
	default:
		return fmt.Errorf("unknown source %q: give %s, %s or %s", f.source, preview.Kubelets, preview.MetricsAPI, preview.Prometheus)
	}
	if f.duration < 0 {
		return errors.New("--duration must not be negative")
	}
	if f.timeout <= 0 {
		return errors.New("--timeout must be greater than zero")
	}
	return checkFormat(f.output, "json", "yaml", "wide")
}

// settings are those of the scheduler's configuration, and the flags.
func (f *previewFlags) settings() (*v1alpha1.LoadlineArgs, error) {
	settings := preview.DefaultSettings()
	if f.config != "" {
		data, err := os.ReadFile(f.config)
		if err != nil {
			return nil, fmt.Errorf("reading --config: %w", err)
		}
		if settings, err = preview.ReadSettings(data); err != nil {
			return nil, fmt.Errorf("reading --config %s: %w", f.config, err)
		}
	}
	if f.prometheusURL != "" {
		if err := preview.UsePrometheus(settings, f.prometheusURL); err != nil {
			return nil, fmt.Errorf("--prometheus-url: %w", err)
		}
	}
	if preview.SourceName(f.source) == preview.Prometheus && settings.Telemetry.Prometheus == nil {
		return nil, errors.New("--source prometheus needs --prometheus-url, or a --config with telemetry.prometheus")
	}
	return settings, nil
}

// rules reads valid rule sets, and prints what is wrong with others.
func (f *previewFlags) rules(streams genericiooptions.IOStreams) ([]*v1alpha1.RuleSet, error) {
	inputs, err := readAll(f.files, streams.In)
	if err != nil {
		return nil, err
	}
	var rules []*v1alpha1.RuleSet
	found, names := false, sets.New[string]()
	for _, input := range inputs {
		read, problems := rulefile.Read(input.name, input.data)
		for _, set := range read {
			if names.Has(set.Name) {
				return nil, fmt.Errorf("there are two rule sets %q, of which only one would count: give one", set.Name)
			}
			names.Insert(set.Name)
			rules = append(rules, set.RuleSet)
		}
		for _, problem := range problems {
			fmt.Fprintln(streams.ErrOut, problem)
			found = found || !problem.Warning
		}
	}
	switch {
	case found:
		return nil, errFound
	case len(rules) == 0:
		return nil, errors.New("there is no RuleSet in the files, nor a ConfigMap with one")
	}
	return rules, nil
}
