// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// shippedConfig is the configuration in a folder of manifests, as decoded from
// JSON.
func shippedConfig(folder string) (map[string]any, error) {
	root, err := cluster.ModuleRoot()
	if err != nil {
		return nil, err
	}
	shipped, err := os.ReadFile(filepath.Join(root, "manifests", folder, "config.yaml"))
	if err != nil {
		return nil, err
	}
	var config map[string]any
	if err := yaml.Unmarshal(shipped, &config); err != nil {
		return nil, err
	}
	return config, nil
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
