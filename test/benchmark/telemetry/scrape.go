// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/loadline-dev/loadline/test/deploy"
)

// What the scheduler tells of itself.
const (
	tickDuration       = "loadline_tick_duration_seconds"
	nodesWithoutSample = "loadline_metric_nodes_without_sample"
	heapInUse          = "go_memstats_heap_inuse_bytes"
)

// scrape is what the scheduler's own metrics said at one time.
type scrape struct {
	// ticks is their number, ticking the time that they took together.
	ticks   uint64
	ticking time.Duration
	// missing is the number of samples that are missing, over all metrics and nodes.
	missing int
	// heap is in bytes.
	heap int64
}

func scrapeOf(ctx context.Context, scheduler *deploy.Scheduler) (scrape, error) {
	body, err := scheduler.Metrics(ctx)
	if err != nil {
		return scrape{}, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return scrape{}, fmt.Errorf("parsing the scheduler's metrics: %w", err)
	}
	return parseScrape(families)
}

func parseScrape(families map[string]*dto.MetricFamily) (scrape, error) {
	for _, name := range []string{tickDuration, nodesWithoutSample, heapInUse} {
		if len(families[name].GetMetric()) == 0 {
			return scrape{}, fmt.Errorf("the scheduler has no metric %s", name)
		}
	}
	histogram := families[tickDuration].Metric[0].GetHistogram()
	found := scrape{
		ticks:   histogram.GetSampleCount(),
		ticking: time.Duration(histogram.GetSampleSum() * float64(time.Second)),
		heap:    int64(families[heapInUse].Metric[0].GetGauge().GetValue()),
	}
	for _, metric := range families[nodesWithoutSample].Metric {
		found.missing += int(metric.GetGauge().GetValue())
	}
	return found, nil
}

// ticksSince are the durations of the ticks since an earlier scrape. Of several
// only their sum is known: they count as equal.
func (s scrape) ticksSince(before scrape) []time.Duration {
	count := s.ticks - before.ticks
	durations := make([]time.Duration, 0, count)
	for range count {
		durations = append(durations, (s.ticking-before.ticking)/time.Duration(count))
	}
	return durations
}
