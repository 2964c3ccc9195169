// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Options say how the scheduler differs from its shipped configuration.
type Options struct {
	// Config is the configuration to begin with. Default: the shipped one,
	// manifests/scheduler/config.yaml.
	Config []byte
	// Interval is the time between two measurements. Default 1s.
	Interval time.Duration
	// KubeletCAFile holds the authorities of the kubelets' certificates. Default:
	// the cluster's own.
	KubeletCAFile string
	// ChangeArgs, if any, changes the plugin's arguments, as decoded from JSON.
	ChangeArgs func(args map[string]any)
	// ChangeProfile, if any, changes the scheduler's profile, as decoded from
	// JSON.
	ChangeProfile func(profile map[string]any)
	// Flags are added to the command line.
	Flags []string
}

// Scheduler is a running loadline-scheduler.
type Scheduler struct {
	*cluster.Process
	endpoint
}

// StartScheduler starts loadline-scheduler with the shipped configuration, of
// which it changes what a test or a demo must. Manifests must have been applied.
// The name tells this process from others in the same cluster, and keeps its
// telemetry: a second start under the same name finds the data of the first.
func StartScheduler(ctx context.Context, c *cluster.Cluster, name string, options Options) (*Scheduler, error) {
	kubeconfig, err := c.ServiceAccountKubeconfig(ctx, Namespace, "loadline-scheduler")
	if err != nil {
		return nil, fmt.Errorf("making the scheduler's kubeconfig: %w", err)
	}
	config, err := writeConfig(c, name, kubeconfig, options)
	if err != nil {
		return nil, fmt.Errorf("writing the scheduler's configuration: %w", err)
	}
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	flags := append([]string{
		"--config=" + config,
		"--bind-address=127.0.0.1", "--secure-port=" + port, "--inspect-address=127.0.0.1:0",
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
	}, options.Flags...)
	process, err := c.StartProcess(name, c.Binary("loadline-scheduler"), flags...)
	if err != nil {
		return nil, err
	}
	return &Scheduler{Process: process, endpoint: newEndpoint(c, name, port)}, nil
}

// writeConfig takes the configuration and sets the kubeconfig, the interval, the data
// directory and the kubelets' authority.
func writeConfig(c *cluster.Cluster, name, kubeconfig string, options Options) (string, error) {
	config, err := readConfig(options.Config, "scheduler")
	if err != nil {
		return "", err
	}
	if options.Interval == 0 {
		options.Interval = time.Second
	}
	config["clientConnection"] = map[string]any{"kubeconfig": kubeconfig}
	for _, profile := range config["profiles"].([]any) {
		for _, plugin := range profile.(map[string]any)["pluginConfig"].([]any) {
			args := plugin.(map[string]any)["args"].(map[string]any)
			setTelemetry(c, name, args["telemetry"].(map[string]any), options.Interval, options.KubeletCAFile)
			if options.ChangeArgs != nil {
				options.ChangeArgs(args)
			}
		}
		if options.ChangeProfile != nil {
			options.ChangeProfile(profile.(map[string]any))
		}
	}
	return writeConfigFile(c, name, config)
}

// InspectAddress is where the scheduler serves its decisions. Empty until it does.
func (s *Scheduler) InspectAddress() (string, error) {
	log, err := os.ReadFile(s.LogFile())
	if err != nil {
		return "", fmt.Errorf("reading the scheduler's log: %w", err)
	}
	_, found, _ := strings.Cut(string(log), `"Serving decisions" address="`)
	address, _, _ := strings.Cut(found, `"`)
	return address, nil
}
