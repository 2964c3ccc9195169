// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// storeMetrics tell what has become of the rule sets.
type storeMetrics struct {
	sets *metrics.GaugeVec
}

func newStoreMetrics() *storeMetrics {
	return &storeMetrics{sets: metrics.NewGaugeVec(&metrics.GaugeOpts{
		Namespace: "loadline", Name: "rule_sets", StabilityLevel: metrics.ALPHA,
		Help: "Number of data keys of rule ConfigMaps by what has become of their content: InForce, Refused or Superseded.",
	}, []string{"state"})}
}

// RegisterMetrics registers what the store counts. It must be called before the
// start.
func (s *Store) RegisterMetrics(register func(metrics.Registerable) error) error {
	return register(s.metrics.sets)
}

// observe counts the entries of a store.
func (m *storeMetrics) observe(entries map[source]*entry) {
	counts := map[v1alpha1.RuleSetState]int{v1alpha1.InForce: 0, v1alpha1.Refused: 0, v1alpha1.Superseded: 0}
	for _, e := range entries {
		counts[e.state()]++
	}
	for state, count := range counts {
		m.sets.WithLabelValues(string(state)).Set(float64(count))
	}
}
