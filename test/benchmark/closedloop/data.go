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

// dataOf asks Loadline how old the oldest sample is that it places by, and within
// what time all but a hundredth of the kubelets' answers have come.
func dataOf(ctx context.Context, loadline *deploy.Scheduler) (age, answer time.Duration, err error) {
	asked := time.Now()
	text, err := loadline.Metrics(ctx)
	if err != nil {
		return 0, 0, err
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return 0, 0, fmt.Errorf("reading Loadline's metrics: %w", err)
	}
	const snapshot, sample, scrape = "loadline_snapshot_timestamp_seconds", "loadline_metric_sample_age_seconds", "loadline_kubelet_scrape_duration_seconds"
	for _, name := range []string{snapshot, sample, scrape} {
		if len(families[name].GetMetric()) == 0 {
			return 0, 0, fmt.Errorf("reading Loadline's metrics: no %s: is any node measured?", name)
		}
	}
	gauge := func(name string) float64 { return families[name].GetMetric()[0].GetGauge().GetValue() }
	old := float64(asked.UnixMilli())/1000 - gauge(snapshot) + gauge(sample)
	return seconds(old), answered(families[scrape].GetMetric()[0].GetHistogram()), nil
}

// answered is a time, of those that a histogram knows, within which all but a
// hundredth were.
func answered(histogram *dto.Histogram) time.Duration {
	for _, bucket := range histogram.GetBucket() {
		if float64(bucket.GetCumulativeCount()) >= 0.99*float64(histogram.GetSampleCount()) {
			return seconds(min(bucket.GetUpperBound(), never.Seconds()))
		}
	}
	return never
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }
