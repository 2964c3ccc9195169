// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"errors"
	"net"
	"time"

	"k8s.io/component-base/metrics"
)

// The values of the label "endpoint".
const (
	resourceLabel = "resource"
	cadvisorLabel = "cadvisor"
)

// Metrics are those of fetchers. They count nothing before they are registered.
// Names of nodes are in the log.
type Metrics struct {
	duration    *metrics.HistogramVec
	scrapes     *metrics.CounterVec
	unreachable *metrics.Gauge
	dropped     *metrics.Counter
}

// NewMetrics makes metrics that are not registered yet.
func NewMetrics() *Metrics {
	return &Metrics{
		duration: metrics.NewHistogramVec(&metrics.HistogramOpts{
			Namespace:      "loadline",
			Subsystem:      "kubelet",
			Name:           "scrape_duration_seconds",
			Help:           "Time until a kubelet has answered in full or failed, by endpoint: resource (/metrics/resource) or cadvisor (/metrics/cadvisor).",
			Buckets:        []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
			StabilityLevel: metrics.ALPHA,
		}, []string{"endpoint"}),
		scrapes: metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace:      "loadline",
			Subsystem:      "kubelet",
			Name:           "scrapes_total",
			Help:           "Number of times that a kubelet was asked, by endpoint and result: success, timeout, error, or exempt for a failure of a node that cannot be measured.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"endpoint", "result"}),
		unreachable: metrics.NewGauge(&metrics.GaugeOpts{
			Namespace:      "loadline",
			Subsystem:      "kubelet",
			Name:           "nodes_unreachable",
			Help:           "Number of nodes whose kubelet gave no metrics when it was last asked, without those that cannot be measured.",
			StabilityLevel: metrics.ALPHA,
		}),
		dropped: metrics.NewCounter(&metrics.CounterOpts{
			Namespace:      "loadline",
			Subsystem:      "kubelet",
			Name:           "series_dropped_total",
			Help:           "Number of series that were dropped because their node had too many, counted once per scrape.",
			StabilityLevel: metrics.ALPHA,
		}),
	}
}

func (m *Metrics) register(register func(metrics.Registerable) error) error {
	for _, metric := range []metrics.Registerable{m.duration, m.scrapes, m.unreachable, m.dropped} {
		if err := register(metric); err != nil {
			return err
		}
	}
	return nil
}

func (m *Metrics) observe(endpoint string, took time.Duration, dropped int, err error, exempt bool) {
	m.duration.WithLabelValues(endpoint).Observe(took.Seconds())
	m.scrapes.WithLabelValues(endpoint, result(err, exempt)).Inc()
	m.dropped.Add(float64(dropped))
}

func result(err error, exempt bool) string {
	var slow net.Error
	switch {
	case err == nil:
		return "success"
	case exempt:
		return "exempt"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "timeout"
	default:
		return "error"
	}
}
