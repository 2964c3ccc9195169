// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// checkConfigurations checks that the programs can read their configurations, and
// that these differ from the shipped ones only in what the overlay is about.
func (r rendered) checkConfigurations() {
	r.Helper()
	name := path.Base(r.Name())
	scheduler, descheduler := r.shippedConfig("scheduler/config.yaml"), r.shippedConfig("descheduler/config.yaml")
	schedulerTelemetry, deschedulerTelemetry := argsOf(scheduler)["telemetry"].(map[string]any), descheduler["telemetry"].(map[string]any)
	trusting := func(telemetry map[string]any) {
		telemetry["embedded"].(map[string]any)["kubelets"] = map[string]any{"insecureSkipVerify": true}
	}
	switch name {
	case "marks-only":
		delete(descheduler, "dryRun")
		delete(descheduler, "schedulerConfigFile")
		descheduler["evictions"] = map[string]any{"disabled": true}
	case "prometheus":
		scheduler = r.shippedConfig("scheduler/config-prometheus.yaml")
		descheduler["telemetry"] = argsOf(scheduler)["telemetry"]
	case "self-signed-kubelets":
		trusting(schedulerTelemetry)
		trusting(deschedulerTelemetry)
	case "demo":
		trusting(schedulerTelemetry)
		trusting(deschedulerTelemetry)
		descheduler["dryRun"] = false
		descheduler["protections"] = map[string]any{"minAge": "1m", "settleAfter": "30s"}
		r.checkDemoRules()
	}
	names := r.names()
	if slices.Contains(names, "ConfigMap loadline-scheduler-config") {
		text := r.config("loadline-scheduler")
		r.checkConfiguration(scheduler, text)
		args, err := yaml.Marshal(argsOf(r.parse(text)))
		r.must(err)
		_, err = v1alpha1.DecodeLoadlineArgs(args)
		r.must(err)
	}
	if slices.Contains(names, "ConfigMap loadline-descheduler-config") {
		text := r.config("loadline-descheduler")
		r.checkConfiguration(descheduler, text)
		_, err := v1alpha1.DecodeDeschedulerConfiguration(text)
		r.must(err)
	}
}

func (r rendered) checkConfiguration(want map[string]any, text []byte) {
	r.Helper()
	if diff := cmp.Diff(want, r.parse(text)); diff != "" {
		r.Errorf("configuration (-want +got):\n%s", diff)
	}
}

// checkDemoRules compares the rules of the demo with the example that they are of.
func (r rendered) checkDemoRules() {
	r.Helper()
	var example corev1.ConfigMap
	r.must(yaml.Unmarshal(r.read("examples/rules/memory-drift.yaml"), &example))
	want := strings.Replace(example.Data["memory-drift.yaml"], "evict: {for: 5m", "evict: {for: 1m", 1)
	if diff := cmp.Diff(want, decode[corev1.ConfigMap](r, "ConfigMap", "memory-drift").Data["memory-drift.yaml"]); diff != "" {
		r.Errorf("rules of the demo (-want +got):\n%s", diff)
	}
}

// config is the configuration of a program.
func (r rendered) config(program string) []byte {
	r.Helper()
	data := decode[corev1.ConfigMap](r, "ConfigMap", program+"-config").Data
	return []byte(data[strings.TrimPrefix(program, "loadline-")+".yaml"])
}

// shippedConfig is a file of manifests.
func (r rendered) shippedConfig(file string) map[string]any { return r.parse(r.read(file)) }

func (r rendered) read(file string) []byte {
	r.Helper()
	text, err := os.ReadFile(filepath.Join(r.folder(path.Dir(file)), path.Base(file)))
	r.must(err)
	return text
}

func (r rendered) parse(text []byte) map[string]any {
	r.Helper()
	var parsed map[string]any
	r.must(yaml.UnmarshalStrict(text, &parsed))
	return parsed
}

// argsOf are the plugin's arguments in a scheduler's configuration.
func argsOf(scheduler map[string]any) map[string]any {
	profile := scheduler["profiles"].([]any)[0].(map[string]any)
	return profile["pluginConfig"].([]any)[0].(map[string]any)["args"].(map[string]any)
}
