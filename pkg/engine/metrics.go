// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/promql"
	"k8s.io/component-base/metrics"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// engineMetrics tell how well nodes are measured. They count nothing before they
// are registered.
type engineMetrics struct {
	// These are by rule set and metric.
	sampleAge, nodesWithSample, nodesWithoutSample, series, seriesWithoutNode *metrics.GaugeVec
	queryFailures                                                             *metrics.CounterVec

	queryDuration, tickDuration *metrics.Histogram
	snapshotTime                *metrics.Gauge

	rules *ruleMetrics

	// known are the metrics of rule sets for which there is something to tell.
	known map[verdict.MetricKey]bool
}

func newEngineMetrics() *engineMetrics {
	byMetric := []string{"rule_set", "metric"}
	gauge := func(name, help string) *metrics.GaugeOpts {
		return &metrics.GaugeOpts{Namespace: "loadline", Name: name, Help: help, StabilityLevel: metrics.ALPHA}
	}
	duration := func(name, help string) *metrics.HistogramOpts {
		return &metrics.HistogramOpts{
			Namespace: "loadline", Name: name, Help: help, StabilityLevel: metrics.ALPHA,
			Buckets: metrics.ExponentialBuckets(0.001, 2, 15), // 1ms to 16s
		}
	}
	return &engineMetrics{
		sampleAge: metrics.NewGaugeVec(gauge("metric_sample_age_seconds",
			"Age of the oldest sample of a metric that counts. Absent where no node has one."), byMetric),
		nodesWithSample: metrics.NewGaugeVec(gauge("metric_nodes_with_sample",
			"Number of nodes of the rule set on which the metric is known."), byMetric),
		nodesWithoutSample: metrics.NewGaugeVec(gauge("metric_nodes_without_sample",
			"Number of nodes of the rule set on which the metric is missing or stale, but for those that nobody can measure."), byMetric),
		series: metrics.NewGaugeVec(gauge("metric_series",
			"Number of series in the latest answer to the metric's query."), byMetric),
		seriesWithoutNode: metrics.NewGaugeVec(gauge("metric_series_without_node",
			"Number of series in the latest answer to the metric's query that name no node of the cluster."), byMetric),
		queryFailures: metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace: "loadline", Name: "query_failures_total", StabilityLevel: metrics.ALPHA,
			Help: "Number of ticks in which the metric's query had failed.",
		}, byMetric),
		queryDuration: metrics.NewHistogram(duration("query_duration_seconds",
			"Time that the telemetry took for one PromQL expression, answered or not.")),
		tickDuration: metrics.NewHistogram(duration("tick_duration_seconds",
			"Time from the beginning of a tick until its snapshot was published.")),
		snapshotTime: metrics.NewGauge(gauge("snapshot_timestamp_seconds",
			"Unix time of the snapshot that pods are placed by.")),
		rules: newRuleMetrics(),
		known: map[verdict.MetricKey]bool{},
	}
}

func (m *engineMetrics) register(register func(metrics.Registerable) error) error {
	for _, metric := range []metrics.Registerable{
		m.sampleAge, m.nodesWithSample, m.nodesWithoutSample, m.series, m.seriesWithoutNode,
		m.queryFailures, m.queryDuration, m.tickDuration, m.snapshotTime,
	} {
		if err := register(metric); err != nil {
			return err
		}
	}
	return m.rules.register(register)
}

// timed observes how long queries take.
func (m *engineMetrics) timed(clock clock.PassiveClock, query telemetry.InstantQuery) telemetry.InstantQuery {
	return func(ctx context.Context, expression string, at time.Time) (promql.Vector, error) {
		began := clock.Now()
		defer func() { m.queryDuration.Observe(clock.Since(began).Seconds()) }()
		return query(ctx, expression, at)
	}
}

// observe tells of a tick, and no more of the metrics that are gone.
func (m *engineMetrics) observe(snapshot *verdict.Snapshot, queries map[verdict.MetricKey]telemetry.Query, failures map[telemetry.Query]error, measurer *telemetry.Measurer) {
	m.snapshotTime.Set(float64(snapshot.Time.UnixMilli()) / 1000)
	known := make(map[verdict.MetricKey]bool, len(queries))
	for _, coverage := range snapshot.Coverage() {
		key, query := coverage.Metric, queries[coverage.Metric]
		known[key] = true
		m.observeCoverage(coverage, snapshot.Time)
		match := measurer.Match(query)
		m.series.WithLabelValues(key.Set, key.Metric).Set(float64(match.Series))
		m.seriesWithoutNode.WithLabelValues(key.Set, key.Metric).Set(float64(match.Unmatched))
		failed := m.queryFailures.WithLabelValues(key.Set, key.Metric) // which is there from the first tick on
		if failures[query] != nil {
			failed.Inc()
		}
	}
	for key := range m.known {
		if !known[key] {
			m.forget(key)
		}
	}
	m.known = known
	m.rules.observe(snapshot)
}

func (m *engineMetrics) observeCoverage(coverage verdict.Coverage, now time.Time) {
	set, metric := coverage.Metric.Set, coverage.Metric.Metric
	m.nodesWithSample.WithLabelValues(set, metric).Set(float64(coverage.Known))
	m.nodesWithoutSample.WithLabelValues(set, metric).Set(float64(coverage.Missing))
	if coverage.Known == 0 {
		m.sampleAge.DeleteLabelValues(set, metric)
		return
	}
	m.sampleAge.WithLabelValues(set, metric).Set(now.Sub(coverage.Oldest).Seconds())
}

func (m *engineMetrics) forget(key verdict.MetricKey) {
	for _, gauge := range []*metrics.GaugeVec{m.sampleAge, m.nodesWithSample, m.nodesWithoutSample, m.series, m.seriesWithoutNode} {
		gauge.DeleteLabelValues(key.Set, key.Metric)
	}
	m.queryFailures.DeleteLabelValues(key.Set, key.Metric)
}
