// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape

import (
	"fmt"

	promscrape "github.com/prometheus/prometheus/scrape"
	"k8s.io/component-base/metrics"
)

// Metrics are those of scrapers. They count nothing before they are registered.
type Metrics struct {
	targets *metrics.GaugeVec
	refused *metrics.Gauge

	jobs map[string]jobHealth // that have series
}

// NewMetrics makes metrics that are not registered yet.
func NewMetrics() *Metrics {
	return &Metrics{
		targets: metrics.NewGaugeVec(&metrics.GaugeOpts{
			Namespace:      "loadline",
			Name:           "scrape_targets",
			Help:           "Number of targets of a scrape job, by how the last scrape went: up, down, or unknown before the first.",
			StabilityLevel: metrics.ALPHA,
		}, []string{"job", "state"}),
		refused: metrics.NewGauge(&metrics.GaugeOpts{
			Namespace:      "loadline",
			Name:           "scrape_config_refused",
			Help:           "1 while the scrape configuration file cannot be used and the last good one goes on, else 0.",
			StabilityLevel: metrics.ALPHA,
		}),
	}
}

func (m *Metrics) register(register func(metrics.Registerable) error) error {
	for _, metric := range []metrics.Registerable{m.targets, m.refused} {
		if err := register(metric); err != nil {
			return fmt.Errorf("registering the metrics of scraping: %w", err)
		}
	}
	return nil
}

func (m *Metrics) setTargets(jobs map[string]jobHealth) {
	for job, health := range jobs {
		for state, number := range map[promscrape.TargetHealth]int{
			promscrape.HealthGood:    health.up,
			promscrape.HealthBad:     health.down,
			promscrape.HealthUnknown: health.unknown,
		} {
			m.targets.WithLabelValues(job, string(state)).Set(float64(number))
		}
	}
	for job := range m.jobs {
		if _, ok := jobs[job]; !ok {
			for _, state := range []promscrape.TargetHealth{promscrape.HealthGood, promscrape.HealthBad, promscrape.HealthUnknown} {
				m.targets.Delete(map[string]string{"job": job, "state": string(state)})
			}
		}
	}
	m.jobs = jobs
}
