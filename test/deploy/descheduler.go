// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"context"
	"fmt"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
)

// DeschedulerOptions say how the descheduler differs from its shipped
// configuration.
type DeschedulerOptions struct {
	// Scheduler is the name under which the scheduler was started whose configuration
	// tells where pods would find room. Empty: none was, and nobody is evicted.
	Scheduler string
	// Config is the configuration to begin with. Default: the shipped one,
	// manifests/descheduler/config.yaml.
	Config []byte
	// Interval is the time between two measurements. Default 1s.
	Interval time.Duration
	// KubeletCAFile holds the authorities of the kubelets' certificates. Default:
	// the cluster's own.
	KubeletCAFile string
	// DryRun leaves it at saying what would be done.
	DryRun bool
	// ChangeConfig, if any, changes the configuration, as decoded from JSON.
	ChangeConfig func(config map[string]any)
	// Flags are added to the command line.
	Flags []string
}

// Descheduler is a running loadline-descheduler.
type Descheduler struct {
	*cluster.Process
	endpoint
}

// StartDescheduler starts loadline-descheduler with the shipped configuration, of
// which it changes what a test or a demo must. DeschedulerManifests must have been
// applied, and the scheduler started. The name is as in StartScheduler.
func StartDescheduler(ctx context.Context, c *cluster.Cluster, name string, options DeschedulerOptions) (*Descheduler, error) {
	kubeconfig, err := c.ServiceAccountKubeconfig(ctx, Namespace, "loadline-descheduler")
	if err != nil {
		return nil, fmt.Errorf("making the descheduler's kubeconfig: %w", err)
	}
	config, err := writeDeschedulerConfig(c, name, kubeconfig, options)
	if err != nil {
		return nil, fmt.Errorf("writing the descheduler's configuration: %w", err)
	}
	port, err := cluster.FreePort()
	if err != nil {
		return nil, err
	}
	flags := append([]string{
		"--config=" + config, "--bind-address=127.0.0.1", "--secure-port=" + port, "--inspect-address=127.0.0.1:0",
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
	}, options.Flags...)
	process, err := c.StartProcess(name, c.Binary("loadline-descheduler"), flags...)
	if err != nil {
		return nil, err
	}
	return &Descheduler{Process: process, endpoint: newEndpoint(c, name, port)}, nil
}

// writeDeschedulerConfig takes the configuration and sets what is not the same in a
// box. The lease is short, so that the next one need not wait long for it.
func writeDeschedulerConfig(c *cluster.Cluster, name, kubeconfig string, options DeschedulerOptions) (string, error) {
	config, err := readConfig(options.Config, "descheduler")
	if err != nil {
		return "", err
	}
	if options.Interval == 0 {
		options.Interval = time.Second
	}
	config["dryRun"] = options.DryRun
	config["clientConnection"] = map[string]any{"kubeconfig": kubeconfig}
	if options.Scheduler != "" {
		config["schedulerConfigFile"] = configFile(c, options.Scheduler)
	}
	election := config["leaderElection"].(map[string]any)
	election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = "4s", "3s", "500ms"
	setTelemetry(c, name, config["telemetry"].(map[string]any), options.Interval, options.KubeletCAFile)
	if options.ChangeConfig != nil {
		options.ChangeConfig(config)
	}
	return writeConfigFile(c, name, config)
}
