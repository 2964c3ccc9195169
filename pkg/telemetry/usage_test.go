// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
)

// Which metrics pods have shares of is what validation takes them to be.
func TestUsageForIsWhatRulesSay(t *testing.T) {
	metrics := []v1alpha1.Metric{
		{Query: "up"},
		{Query: "up", PerPod: &v1alpha1.PerPod{Query: "up"}},
		{Query: "up", Resource: "nvidia.com/gpu"},
		{Query: "up", Resource: "cpu", PerPod: &v1alpha1.PerPod{Query: "up"}},
	}
	for _, builtin := range v1alpha1.Builtins() {
		metrics = append(metrics, v1alpha1.Metric{Builtin: builtin})
	}
	for _, metric := range metrics {
		usage, ok := telemetry.UsageFor(metric, 15*time.Second)
		if want := metric.PodResource(); usage.Resource != want || ok != (want != "") {
			t.Errorf("%+v: got %q, %v, want %q", metric, usage.Resource, ok, want)
		}
	}
}
