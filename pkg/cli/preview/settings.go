// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"encoding/json"
	"errors"
	"fmt"

	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// pluginName is that of Loadline's plugin in a scheduler's configuration.
const pluginName = "Loadline"

// DefaultSettings are those of a scheduler whose configuration says nothing.
func DefaultSettings() *v1alpha1.LoadlineArgs {
	args := &v1alpha1.LoadlineArgs{}
	args.SetDefaults()
	return args
}

// ReadSettings reads the arguments of the plugin from a KubeSchedulerConfiguration
// or, without one around them, from LoadlineArgs.
func ReadSettings(data []byte) (*v1alpha1.LoadlineArgs, error) {
	var object struct {
		Kind     string `json:"kind"`
		Profiles []struct {
			PluginConfig []struct {
				Name string          `json:"name"`
				Args json.RawMessage `json:"args"`
			} `json:"pluginConfig"`
		} `json:"profiles"`
	}
	if err := sigsyaml.Unmarshal(data, &object); err != nil {
		return nil, err
	}
	switch object.Kind {
	case "LoadlineArgs":
		return v1alpha1.DecodeLoadlineArgs(data)
	case "KubeSchedulerConfiguration":
	default:
		return nil, fmt.Errorf("kind is %q: give a KubeSchedulerConfiguration, or LoadlineArgs", object.Kind)
	}
	for _, profile := range object.Profiles {
		for _, plugin := range profile.PluginConfig {
			if plugin.Name == pluginName {
				return v1alpha1.DecodeLoadlineArgs(plugin.Args)
			}
		}
	}
	return nil, errors.New("no profile has a pluginConfig for the plugin " + pluginName + ": add one, or give LoadlineArgs alone")
}

// UsePrometheus has a server measure, whose other settings stay as they are.
func UsePrometheus(settings *v1alpha1.LoadlineArgs, url string) error {
	telemetry := &settings.Telemetry
	if telemetry.Prometheus == nil {
		telemetry.Prometheus = &v1alpha1.Prometheus{}
	}
	telemetry.Prometheus.URL, telemetry.Embedded = url, nil
	return v1alpha1.ValidateLoadlineArgs(settings).ToAggregate()
}
