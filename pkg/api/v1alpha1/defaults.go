// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"time"
)

// Defaults of the fields that a person may leave out.
const (
	DefaultRulesNamespace    = "loadline-system"
	DefaultInterval          = 15 * time.Second
	DefaultDataDirectory     = "/var/lib/loadline"
	DefaultKubeletReader     = "loadline-kubelet-reader"
	DefaultWindow            = 2 * time.Minute
	DefaultWeight            = int32(1)
	defaultStaleAfterInTicks = 6
)

// SetDefaults fills in the fields that were left out.
func (s *RuleSet) SetDefaults() {
	for i := range s.Spec.Metrics {
		metric := &s.Spec.Metrics[i]
		if metric.Builtin == BuiltinCPU && metric.Window == nil {
			metric.Window = NewDuration(DefaultWindow)
		}
	}
	for i := range s.Spec.Preferences {
		if preference := &s.Spec.Preferences[i]; preference.Weight == nil {
			weight := DefaultWeight
			preference.Weight = &weight
		}
	}
}

// SetDefaults fills in the fields that were left out.
func (a *LoadlineArgs) SetDefaults() {
	if a.RulesNamespace == "" {
		a.RulesNamespace = DefaultRulesNamespace
	}
	if a.Telemetry.Interval == nil {
		a.Telemetry.Interval = NewDuration(DefaultInterval)
	}
	embedded := &a.Telemetry.Embedded
	if embedded.DataDirectory == "" {
		embedded.DataDirectory = DefaultDataDirectory
	}
	if embedded.Kubelets.ServiceAccount == "" {
		embedded.Kubelets.ServiceAccount = DefaultKubeletReader
	}
}

// StaleAfter is the age past which a sample counts as missing, for metrics that
// do not say it themselves.
func (t *Telemetry) StaleAfter() time.Duration {
	return defaultStaleAfterInTicks * t.Interval.Value()
}
