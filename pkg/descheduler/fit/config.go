// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"fmt"
	"slices"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"

	"github.com/loadline-dev/loadline/pkg/plugin"
)

// LoadConfig reads the KubeSchedulerConfiguration of the Loadline scheduler from a
// file, with upstream's defaults.
func LoadConfig(file string) (*config.KubeSchedulerConfiguration, error) {
	loaded, err := options.LoadConfigFromFile(klog.Background(), file)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's configuration %s: %w", file, err)
	}
	if err := validation.ValidateKubeSchedulerConfiguration(loaded); err != nil {
		return nil, fmt.Errorf("the scheduler's configuration %s is not valid: %w", file, err)
	}
	return loaded, nil
}

// Profiles are the scheduler names of the profiles that have the Loadline plugin:
// pods with other names are not placed by load lines.
func Profiles(configuration *config.KubeSchedulerConfiguration) []string {
	var names []string
	for _, profile := range configuration.Profiles {
		if hasLoadline(profile.Plugins) {
			names = append(names, profile.SchedulerName)
		}
	}
	return names
}

func hasLoadline(plugins *config.Plugins) bool {
	if plugins == nil {
		return false
	}
	isLoadline := func(p config.Plugin) bool { return p.Name == plugin.Name }
	return slices.ContainsFunc(plugins.MultiPoint.Enabled, isLoadline) || slices.Contains(plugins.Names(), plugin.Name)
}
