// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/version"
	apimachineryversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// serverTimeout bounds the wait for the API server's version at the start.
const serverTimeout = 30 * time.Second

// emulatedVersionFlag is upstream's flag for the version to behave as.
const emulatedVersionFlag = "emulated-version"

// prepareBeforeStart has the command check its configuration, and set itself to
// the version of the API server, before upstream's own preparation.
func prepareBeforeStart(command *cobra.Command) {
	upstream := command.PersistentPreRunE
	command.PersistentPreRunE = func(command *cobra.Command, args []string) error {
		if command.Flags().Changed("version") {
			return upstream(command, args)
		}
		config, err := clientConfig(command)
		if err != nil {
			return err
		}
		if !command.Flags().Changed(emulatedVersionFlag) {
			if err := emulateServer(command, config); err != nil {
				return err
			}
		}
		return upstream(command, args)
	}
}

// clientConfig is how the scheduler's configuration file says to reach the API
// server.
//
// The file is required: without one, upstream takes the defaults of the stock
// scheduler, whose name and lease belong to somebody else.
func clientConfig(command *cobra.Command) (*rest.Config, error) {
	file := command.Flags().Lookup("config").Value.String()
	if file == "" {
		return nil, errors.New("--config is required: without it, this would run under the name and the lease of the stock scheduler")
	}
	settings, err := options.LoadConfigFromFile(klog.Background(), file)
	if err != nil {
		return nil, fmt.Errorf("reading --config %s: %w", file, err)
	}
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

// emulateServer sets the scheduler to behave as the API server's version, where
// that is older: it would otherwise wait for ever for APIs that are not there.
func emulateServer(command *cobra.Command, config *rest.Config) error {
	config = rest.CopyConfig(config)
	config.Timeout = serverTimeout
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("connecting to the API server: %w", err)
	}
	answer, err := client.ServerVersion()
	if err != nil {
		return fmt.Errorf("asking the API server at %s for its version: %w", config.Host, err)
	}
	server, err := versionOf(answer)
	if err != nil {
		return fmt.Errorf("reading the API server's version: %w", err)
	}
	emulated, err := emulationFor(server, compatibility.DefaultBuildEffectiveVersion())
	if err != nil || emulated == nil {
		return err
	}
	klog.Background().Info("The API server is older: behaving as its version", "server", server, "emulated", emulated)
	return command.Flags().Set(emulatedVersionFlag, basecompatibility.DefaultKubeComponent+"="+emulated.String())
}

// versionOf is the version that an API server behaves as: its own, or the older
// one that it emulates itself, as in the middle of an upgrade.
func versionOf(server *apimachineryversion.Info) (*version.Version, error) {
	if server.EmulationMajor != "" {
		return version.ParseMajorMinor(server.EmulationMajor + "." + server.EmulationMinor)
	}
	return version.ParseGeneric(server.GitVersion)
}

// emulationFor is the version to emulate for an API server: none where it is not
// older than this binary.
func emulationFor(server *version.Version, effective basecompatibility.MutableEffectiveVersion) (*version.Version, error) {
	binary := effective.BinaryVersion()
	server = version.MajorMinor(server.Major(), server.Minor())
	if !server.LessThan(version.MajorMinor(binary.Major(), binary.Minor())) {
		return nil, nil
	}
	effective.SetEmulationVersion(server)
	if errs := effective.Validate(); len(errs) > 0 {
		return nil, fmt.Errorf("the API server has version %s, and this scheduler of version %s can serve none that old: "+
			"upgrade the API server, or run an older release of Loadline: %w", server, binary, errors.Join(errs...))
	}
	return server, nil
}
