// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	componentbaseconfig "k8s.io/component-base/config/v1alpha1"
	schedulerconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/fit"
	"github.com/loadline-dev/loadline/pkg/emulation"
)

// setup is all that the files and the command line say, checked.
type setup struct {
	config *v1alpha1.DeschedulerConfiguration
	// configFile is the path of its file.
	configFile string
	// scheduler is nil where no pods are moved.
	scheduler *schedulerconfig.KubeSchedulerConfiguration
	// client is how the API server is reached.
	client     *rest.Config
	inspection *inspection
	// auditLog is the path of the audit log.
	auditLog string

	serving        *server.SecureServingInfo // nil: nothing is served
	authentication server.AuthenticationInfo
	authorization  server.AuthorizationInfo
}

// prepare reads the configuration, and sets the process to the version of the API
// server.
func prepare(command *cobra.Command, o *options) (*setup, error) {
	config, err := loadConfig(o.configFile)
	if err != nil {
		return nil, err
	}
	client, err := clientConfig(o.configFile, &config.ClientConnection)
	if err != nil {
		return nil, err
	}
	if err := emulation.SetFlag(command.Flags(), client); err != nil {
		return nil, err
	}
	if err := o.versions.Set(); err != nil {
		return nil, fmt.Errorf("setting versions and feature gates: %w", err)
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &setup{config: config, configFile: o.configFile, client: client, inspection: o.inspection, auditLog: o.auditLog}
	if !config.Evictions.Disabled {
		if err := s.loadScheduler(o.configFile); err != nil {
			return nil, err
		}
	}
	return s, s.prepareServing(o)
}

func loadConfig(file string) (*v1alpha1.DeschedulerConfiguration, error) {
	if file == "" {
		return nil, errors.New("--config is required: begin with manifests/descheduler/config.yaml, which evicts nothing until dryRun is false")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading --config: %w", err)
	}
	config, err := v1alpha1.DecodeDeschedulerConfiguration(data)
	if err != nil {
		return nil, fmt.Errorf("reading --config %s: %w", file, err)
	}
	return config, nil
}

// loadScheduler reads the scheduler's configuration. Pods are moved only of its
// profiles that heed load lines, unless others are named.
func (s *setup) loadScheduler(file string) error {
	scheduler, err := fit.LoadConfig(s.config.SchedulerConfigFile)
	if err != nil {
		return fmt.Errorf("schedulerConfigFile in %s: %w", file, err)
	}
	s.scheduler = scheduler
	if s.config.Protections.SchedulerNames == nil {
		s.config.Protections.SchedulerNames = fit.Profiles(scheduler)
	}
	if len(s.config.Protections.SchedulerNames) == 0 {
		return fmt.Errorf("no profile in %s, which schedulerConfigFile in %s names, has the plugin Loadline, so that no pod would come back heeding its lines: "+
			"name the configuration of loadline-scheduler", s.config.SchedulerConfigFile, file)
	}
	return nil
}

// clientConfig is how the configuration says to reach the API server.
func clientConfig(file string, connection *componentbaseconfig.ClientConnectionConfiguration) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", connection.Kubeconfig)
	switch {
	case err != nil && connection.Kubeconfig == "":
		return nil, fmt.Errorf("finding the API server: this does not run in a pod, and clientConnection.kubeconfig is not set in %s: %w", file, err)
	case err != nil:
		return nil, fmt.Errorf("finding the API server by clientConnection.kubeconfig in %s: %w", file, err)
	}
	config.DisableCompression = true
	config.AcceptContentTypes, config.ContentType = connection.AcceptContentTypes, connection.ContentType
	config.QPS, config.Burst = connection.QPS, int(connection.Burst)
	return rest.AddUserAgent(config, name), nil
}

// prepareServing takes the port, so that it is known at once if somebody else has
// it.
func (s *setup) prepareServing(o *options) error {
	if err := o.serving.MaybeDefaultWithSelfSignedCerts("localhost", nil, []net.IP{net.IPv4(127, 0, 0, 1)}); err != nil {
		return fmt.Errorf("making a certificate to serve metrics with: %w", err)
	}
	if err := o.serving.ApplyTo(&s.serving); err != nil {
		return fmt.Errorf("preparing to serve metrics: %w", err)
	}
	if s.serving == nil {
		return nil
	}
	if err := o.authentication.ApplyTo(&s.authentication, s.serving, nil); err != nil {
		return fmt.Errorf("preparing to authenticate who reads metrics: %w", err)
	}
	if err := o.authorization.ApplyTo(&s.authorization); err != nil {
		return fmt.Errorf("preparing to authorize who reads metrics: %w", err)
	}
	return nil
}
