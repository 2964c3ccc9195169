// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/klog/v2"
	clocktesting "k8s.io/utils/clock/testing"
)

func TestMetrics(t *testing.T) {
	store, registry := NewReader(nil, namespace, clocktesting.NewFakeClock(time.Unix(0, 0))), metrics.NewKubeRegistry()
	if err := store.RegisterMetrics(registry.Register); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		configMaps                   []*corev1.ConfigMap
		inForce, refused, superseded int
	}{
		{},
		{configMaps: []*corev1.ConfigMap{configMap("m", 0, rules("x", "90%"), rules("other", "90%"))}, inForce: 2},
		{configMaps: []*corev1.ConfigMap{configMap("m", 0, refused("x"), rules("other", "90%"))}, inForce: 1, refused: 1},
		{configMaps: []*corev1.ConfigMap{configMap("m", 0, refused("x"), rules("other", "90%")), configMap("n", 1, rules("other", "80%"))}, inForce: 1, refused: 1, superseded: 1},
		{configMaps: []*corev1.ConfigMap{configMap("n", 1, rules("other", "80%"))}, inForce: 1},
	} {
		store.update(klog.Background(), tc.configMaps)
		want := fmt.Sprintf(`
# HELP loadline_rule_sets [ALPHA] Number of data keys of rule ConfigMaps by what has become of their content: InForce, Refused or Superseded.
# TYPE loadline_rule_sets gauge
loadline_rule_sets{state="InForce"} %d
loadline_rule_sets{state="Refused"} %d
loadline_rule_sets{state="Superseded"} %d
`, tc.inForce, tc.refused, tc.superseded)
		if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	}
}
