// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package monitoring reads the alerts and the dashboard that are shipped, and tells
// which series they go by.
package monitoring

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// directory is where the alerts and the dashboard are, below the root of the module.
var directory = filepath.Join("manifests", "components", "monitoring")

// Group is a group of alerts, in the terms of Prometheus.
type Group struct {
	Name  string  `json:"name"`
	Rules []Alert `json:"rules"`
}

// Alert is one alert.
type Alert struct {
	Name        string            `json:"alert"`
	Expression  string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// Hold is how long the condition of the alert has to last.
func (a *Alert) Hold() (time.Duration, error) {
	hold, err := model.ParseDuration(a.For)
	if err != nil {
		return 0, fmt.Errorf("reading what alert %s waits for: %w", a.Name, err)
	}
	return time.Duration(hold), nil
}

// Groups are those of all PrometheusRules. A field that is not known is an error.
func Groups() ([]Group, error) {
	root, err := cluster.ModuleRoot()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(root, directory, "*", "rules.yaml"))
	if err != nil {
		return nil, err
	}
	var groups []Group
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var object struct {
			APIVersion string         `json:"apiVersion"`
			Kind       string         `json:"kind"`
			Metadata   map[string]any `json:"metadata"`
			Spec       struct {
				Groups []Group `json:"groups"`
			} `json:"spec"`
		}
		if err := yaml.UnmarshalStrict(text, &object); err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		if object.APIVersion != "monitoring.coreos.com/v1" || object.Kind != "PrometheusRule" {
			return nil, fmt.Errorf("reading %s: it is a %s of %s, want a PrometheusRule", file, object.Kind, object.APIVersion)
		}
		groups = append(groups, object.Spec.Groups...)
	}
	return groups, nil
}

// Alerts are those of all groups.
func Alerts() ([]Alert, error) {
	groups, err := Groups()
	var alerts []Alert
	for _, group := range groups {
		alerts = append(alerts, group.Rules...)
	}
	return alerts, err
}
