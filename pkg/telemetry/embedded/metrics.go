// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded

import (
	"k8s.io/component-base/metrics"
)

// Metrics are those of databases. They count nothing before they are registered.
type Metrics struct {
	series           *metrics.Gauge
	refused, corrupt *metrics.Counter
}

// NewMetrics makes metrics that are not registered yet.
func NewMetrics() *Metrics {
	return &Metrics{
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
			Help:           "Number of times that a new series was dropped because the embedded telemetry database was full (maxSeries), counted once per scrape.",
			StabilityLevel: metrics.ALPHA,
		}),
		corrupt: metrics.NewCounter(&metrics.CounterOpts{
			Namespace:      "loadline",
			Subsystem:      "telemetry",
			Name:           "data_corrupt_total",
			Help:           "Number of times that what was stored by the embedded telemetry database could not be read, and was set aside.",
			StabilityLevel: metrics.ALPHA,
		}),
	}
}

// CountIn has the database count in the metrics of databases before it, in place of
// its own. It must not be called once the database is in use.
func (d *Database) CountIn(metrics *Metrics) { d.limit.metrics = metrics }

// RegisterMetrics registers the metrics of the database itself, and counts what
// came of opening it.
func (d *Database) RegisterMetrics(register func(metrics.Registerable) error) error {
	m := d.limit.metrics
	for _, metric := range []metrics.Registerable{m.series, m.refused, m.corrupt} {
		if err := register(metric); err != nil {
			return err
		}
	}
	if d.setAside {
		m.corrupt.Inc()
	}
	return nil
}
