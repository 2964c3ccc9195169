// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	schedulerconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"

	"github.com/loadline-dev/loadline/pkg/emulation"
	"github.com/loadline-dev/loadline/pkg/version"
)

// prepareBeforeStart has the command check its configuration, find out how long a
// leader is sure to lead, and set itself to the version of the API server, before
// upstream's own preparation.
func prepareBeforeStart(command *cobra.Command, kept *vigil) {
	upstream := command.PersistentPreRunE
	command.PersistentPreRunE = func(command *cobra.Command, args []string) error {
		if version.Requested(command.Flags()) {
			fmt.Fprintln(command.OutOrStdout(), "Loadline", version.Get()) // upstream goes on with that of Kubernetes
			return upstream(command, args)
		}
		settings, err := loadSettings(command)
		if err != nil {
			return err
		}
		config, err := clientConfig(command, settings)
		if err != nil {
			return err
		}
		if err := kept.configure(settings, command.Flags()); err != nil {
			return err
		}
		if err := emulation.SetFlag(command.Flags(), config); err != nil {
			return err
		}
		return upstream(command, args)
	}
}

// loadSettings reads the scheduler's configuration file.
//
// It is required: without one, upstream takes the defaults of the stock scheduler,
// whose name and lease belong to somebody else.
func loadSettings(command *cobra.Command) (*schedulerconfig.KubeSchedulerConfiguration, error) {
	file := command.Flags().Lookup("config").Value.String()
	if file == "" {
		return nil, errors.New("--config is required: without it, this would run under the name and the lease of the stock scheduler")
	}
	settings, err := options.LoadConfigFromFile(klog.Background(), file)
	if err != nil {
		return nil, fmt.Errorf("reading --config %s: %w", file, err)
	}
	return settings, nil
}

// clientConfig is how the configuration file says to reach the API server.
func clientConfig(command *cobra.Command, settings *schedulerconfig.KubeSchedulerConfiguration) (*rest.Config, error) {
	file := command.Flags().Lookup("config").Value.String()
	kubeconfig := settings.ClientConnection.Kubeconfig
	config, err := clientcmd.BuildConfigFromFlags(command.Flags().Lookup("master").Value.String(), kubeconfig)
	if err != nil && kubeconfig == "" {
		return nil, fmt.Errorf("finding the API server: this does not run in a pod, and clientConnection.kubeconfig is not set in %s: %w", file, err)
	}
	if err != nil {
		return nil, fmt.Errorf("finding the API server by clientConnection.kubeconfig in %s: %w", file, err)
	}
	return config, nil
}
