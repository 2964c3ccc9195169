// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
)

func TestWindowFor(t *testing.T) {
	const lag = 15 * time.Second
	opaque := func(length time.Duration) projection.Window {
		return projection.Window{Shape: projection.Opaque, Length: length, Lag: lag}
	}
	mean := func(length time.Duration) projection.Window {
		return projection.Window{Shape: projection.Mean, Length: length, Lag: lag}
	}
	instant := projection.Window{Shape: projection.Instant, Lag: lag}
	builtin := func(name v1alpha1.Builtin, window time.Duration) v1alpha1.Metric {
		metric := v1alpha1.Metric{Builtin: name}
		if window > 0 {
			metric.Window = v1alpha1.NewDuration(window)
		}
		return metric
	}
	cases := map[string]struct {
		metric v1alpha1.Metric // with its query; empty for that of query
		query  string
		want   projection.Window
	}{
		"selector":                {query: "a", want: instant},
		"quotient":                {query: "max by (node) (a) / on (node) max by (node) (b)", want: instant},
		"rate":                    {query: "sum by (node) (rate(a[5m])) / on (node) b", want: mean(5 * time.Minute)},
		"mean":                    {query: "avg_over_time(a[5m])", want: mean(5 * time.Minute)},
		"mean of a quotient":      {query: "avg_over_time((a / b)[5m:15s])", want: mean(5 * time.Minute)},
		"mean of latest rates":    {query: "avg_over_time(irate(a[1m])[2m:15s])", want: mean(2 * time.Minute)},
		"latest rate":             {query: "irate(a[5m])", want: instant},
		"mean of rates":           {query: "avg_over_time(rate(a[1m])[2m:15s])", want: opaque(3 * time.Minute)},
		"maximum":                 {query: "max_over_time(a[10m])", want: opaque(10 * time.Minute)},
		"quantile":                {query: "quantile_over_time(0.9, a[10m])", want: opaque(10 * time.Minute)},
		"growth":                  {query: "increase(a[5m])", want: opaque(5 * time.Minute)},
		"forecast":                {query: "predict_linear(a[1h], 3600)", want: opaque(time.Hour)},
		"offset":                  {query: "a offset 5m", want: opaque(5 * time.Minute)},
		"rate with an offset":     {query: "rate(a[5m] offset 1m)", want: opaque(6 * time.Minute)},
		"two rates":               {query: "rate(a[5m]) / rate(b[5m])", want: mean(5 * time.Minute)},
		"two rates of two ranges": {query: "rate(a[5m]) + rate(b[1m])", want: opaque(5 * time.Minute)},
		"rate beside a maximum":   {query: "rate(a[5m]) + max_over_time(b[5m])", want: opaque(5 * time.Minute)},
		"rate beside a selector":  {query: "b * rate(a[5m]) * b", want: mean(5 * time.Minute)},
		"recording rule":          {metric: v1alpha1.Metric{Query: "node:cpu:rate5m", Window: v1alpha1.NewDuration(5 * time.Minute)}, want: mean(5 * time.Minute)},
		"given for a maximum":     {metric: v1alpha1.Metric{Query: "max_over_time(a[5m])", Window: v1alpha1.NewDuration(time.Minute)}, want: opaque(time.Minute)},
		"cpu":                     {metric: builtin(v1alpha1.BuiltinCPU, 3*time.Minute), want: mean(3 * time.Minute)},
		"pod-cpu":                 {metric: builtin(v1alpha1.BuiltinPodCPU, 2*time.Minute), want: mean(2 * time.Minute)},
		"memory":                  {metric: builtin(v1alpha1.BuiltinMemory, 0), want: instant},
		"pod-memory":              {metric: builtin(v1alpha1.BuiltinPodMemory, 0), want: instant},
		"pods":                    {metric: builtin(v1alpha1.BuiltinPods, 0), want: instant},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.query != "" {
				tc.metric.Query = tc.query
			}
			expression := telemetry.QueryFor(tc.metric, lag, time.Minute, nil).Expression
			if got := telemetry.WindowFor(tc.metric, expression, lag); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
