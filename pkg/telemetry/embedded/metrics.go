// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"k8s.io/component-base/metrics"
)

// databaseMetrics count nothing before they are registered.
type databaseMetrics struct {
	series  *metrics.Gauge
	refused *metrics.Counter
}

func newDatabaseMetrics() *databaseMetrics {
	return &databaseMetrics{
		series: metrics.NewGauge(&metrics.GaugeOpts{
			Namespace:      "loadline",
			Subsystem:      "telemetry",
			Name:           "series",
			Help:           "Number of series in the memory of the embedded telemetry database.",
			StabilityLevel: metrics.ALPHA,
		}),
		refused: metrics.NewCounter(&metrics.CounterOpts{
			Namespace:      "loadline",
			Subsystem:      "telemetry",
			Name:           "series_dropped_total",
			Help:           "Number of times that a new series was dropped because the embedded telemetry database holds as many as it may, counted once per scrape.",
			StabilityLevel: metrics.ALPHA,
		}),
	}
}

// RegisterMetrics registers the metrics of the database itself.
func (d *Database) RegisterMetrics(register func(metrics.Registerable) error) error {
	for _, metric := range []metrics.Registerable{d.limit.metrics.series, d.limit.metrics.refused} {
		if err := register(metric); err != nil {
			return err
		}
	}
	return nil
}
