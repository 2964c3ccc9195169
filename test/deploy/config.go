// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// readConfig is a configuration as decoded from JSON: the given one, or else that in
// a folder of manifests.
func readConfig(given []byte, folder string) (map[string]any, error) {
	if given == nil {
		shipped, err := Folder(folder)
		if err != nil {
			return nil, err
		}
		if given, err = os.ReadFile(filepath.Join(shipped, "config.yaml")); err != nil {
			return nil, err
		}
	}
	var config map[string]any
	if err := yaml.Unmarshal(given, &config); err != nil {
		return nil, err
	}
	return config, nil
}

// setTelemetry sets how often a program measures, and, where it does so by itself,
// what it needs for that in a box.
func setTelemetry(c *cluster.Cluster, name string, telemetry map[string]any, interval time.Duration, kubeletCAFile string) {
	telemetry["interval"] = interval.String()
	embedded, ok := telemetry["embedded"].(map[string]any)
	if !ok {
		return
	}
	embedded["dataDirectory"] = filepath.Join(c.Dir(), name+"-data")
	if kubeletCAFile != "" {
		embedded["kubelets"] = map[string]any{"caFile": kubeletCAFile}
	}
}

func writeConfigFile(c *cluster.Cluster, name string, config map[string]any) (path string, err error) {
	text, err := yaml.Marshal(config)
	if err != nil {
		return "", err
	}
	path = configFile(c, name)
	return path, os.WriteFile(path, text, 0o600)
}

// configFile is the path of the configuration of a program that was started under a
// name.
func configFile(c *cluster.Cluster, name string) string { return filepath.Join(c.Dir(), name+".yaml") }
