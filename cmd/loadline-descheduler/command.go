// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	apiserveroptions "k8s.io/apiserver/pkg/server/options"
	"k8s.io/apiserver/pkg/util/compatibility"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/component-base/term"
	"k8s.io/component-base/version/verflag"
	_ "k8s.io/kubernetes/pkg/features" // the feature gates of the scheduler

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/version"
)

// name is that of the program, of its events and of the user agent.
const name = v1alpha1.DefaultDeschedulerName

// defaultPort serves /metrics and health. It is next to those of Kubernetes'
// own components.
const defaultPort = 10279

const long = `The Loadline descheduler moves pods off nodes that have drifted over their load
lines: no more than it takes, where the Loadline scheduler has another node for
them, and within budgets. It also puts the labels and taints of rules on nodes.
Rules are read from ConfigMaps with the label loadline.dev/rules=true.`

// init adds the feature gates of logging to those of the process, which the API
// server's library makes. That has to come before there is a flag for them.
func init() { utilruntime.Must(logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate)) }

// options are what the command line says.
type options struct {
	configFile     string
	auditLog       string
	serving        *apiserveroptions.SecureServingOptions
	authentication *apiserveroptions.DelegatingAuthenticationOptions
	authorization  *apiserveroptions.DelegatingAuthorizationOptions
	logs           *logs.Options
	inspection     *inspection
	// versions has the effective version and the feature gates.
	versions basecompatibility.ComponentGlobalsRegistry
}

func newOptions() *options {
	o := &options{
		serving:        apiserveroptions.NewSecureServingOptions(),
		authentication: apiserveroptions.NewDelegatingAuthenticationOptions(),
		authorization:  apiserveroptions.NewDelegatingAuthorizationOptions(),
		logs:           logs.NewOptions(),
		inspection:     &inspection{},
		versions:       compatibility.DefaultComponentGlobalsRegistry,
	}
	// Outside of a cluster, metrics can still be read by whoever may read them.
	o.authentication.TolerateInClusterLookupFailure = true
	o.authentication.RemoteKubeConfigFileOptional = true
	o.authorization.RemoteKubeConfigFileOptional = true
	// The certificate is made at each start, and kept in memory.
	o.serving.ServerCert.CertDirectory = ""
	o.serving.ServerCert.PairName = name
	o.serving.BindPort = defaultPort
	return o
}

func (o *options) addFlags(command *cobra.Command) {
	sets := cliflag.NamedFlagSets{}
	sets.FlagSet("misc").StringVar(&o.configFile, "config", "", "The path of the configuration file, a DeschedulerConfiguration. Required.")
	sets.FlagSet("misc").StringVar(&o.auditLog, audit.Flag, "", audit.FlagUsage)
	o.inspection.addFlags(sets.FlagSet("misc"))
	o.serving.AddFlags(sets.FlagSet("secure serving"))
	o.authentication.AddFlags(sets.FlagSet("authentication"))
	o.authorization.AddFlags(sets.FlagSet("authorization"))
	o.versions.AddFlags(sets.FlagSet("feature gate"))
	logsapi.AddFlags(o.logs, sets.FlagSet("logs"))
	verflag.AddFlags(sets.FlagSet("global"))
	globalflag.AddGlobalFlags(sets.FlagSet("global"), command.Name(), logs.SkipLoggingConfigurationFlags())
	for _, set := range sets.FlagSets {
		command.Flags().AddFlagSet(set)
	}
	columns, _, _ := term.TerminalSize(command.OutOrStdout())
	cliflag.SetUsageAndHelpFunc(command, sets, columns)
}

func (o *options) validate() error {
	errs := o.versions.Validate()
	errs = append(errs, o.serving.Validate()...)
	errs = append(errs, o.authentication.Validate()...)
	return errors.Join(append(errs, o.authorization.Validate()...)...)
}

// newCommand makes the command, which runs what it has set up.
func newCommand(run func(*setup) error) *cobra.Command {
	o := newOptions()
	command := &cobra.Command{
		Use:          name,
		Long:         long,
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if version.Requested(command.Flags()) {
				fmt.Fprintln(command.OutOrStdout(), "Loadline", version.Get())
			}
			verflag.PrintAndExitIfRequested() // goes on with that of Kubernetes
			if err := logsapi.ValidateAndApply(o.logs, utilfeature.DefaultFeatureGate); err != nil {
				return fmt.Errorf("setting up logging: %w", err)
			}
			prepared, err := prepare(command, o)
			if err != nil {
				return err
			}
			cliflag.PrintFlags(command.Flags())
			return run(prepared)
		},
	}
	o.addFlags(command)
	return command
}
