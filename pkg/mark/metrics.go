// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"k8s.io/component-base/metrics"
)

// The results of a write.
const (
	success  = "success"
	conflict = "conflict"
	failure  = "failure"
)

// markMetrics count nothing before they are registered.
type markMetrics struct {
	marks  *metrics.GaugeVec
	writes *metrics.CounterVec
}

func newMarkMetrics() *markMetrics {
	return &markMetrics{
		marks: metrics.NewGaugeVec(&metrics.GaugeOpts{
			Namespace: "loadline", Name: "node_marks", StabilityLevel: metrics.ALPHA,
			Help: "Number of labels and of taints of rules that were on nodes at the beginning of the latest turn.",
		}, []string{"kind"}),
		writes: metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace: "loadline", Name: "node_mark_writes_total", StabilityLevel: metrics.ALPHA,
			Help: "Number of requests to put labels or taints of rules on a node, or to take them off. A conflict is one before which somebody else wrote to the node.",
		}, []string{"result"}),
	}
}

func (m *markMetrics) register(register func(metrics.Registerable) error) error {
	for _, metric := range []metrics.Registerable{m.marks, m.writes} {
		if err := register(metric); err != nil {
			return err
		}
	}
	for _, result := range []string{success, conflict, failure} {
		m.writes.WithLabelValues(result) // which is there from the start on
	}
	return nil
}

func (m *markMetrics) count(marks map[kind]int) {
	for _, k := range []kind{label, taint} {
		m.marks.WithLabelValues(string(k)).Set(float64(marks[k]))
	}
}

func (m *markMetrics) countWrite(err error) {
	result := success
	switch {
	case isConflict(err):
		result = conflict
	case err != nil:
		result = failure
	}
	m.writes.WithLabelValues(result).Inc()
}
