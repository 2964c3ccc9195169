// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// What is not known has no number, which JSON could not have either.
func TestReadings(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	line, value, projected := 0.9, 0.5, 0.75
	got := explain.Readings([]verdict.Compared{
		{Metric: "memory", Fraction: true, Reading: verdict.Reading{Sample: verdict.Sample{Value: value, Time: at.Add(-12 * time.Second)}, Known: true}, Projected: projected, Above: &line},
		{Metric: "power", Projected: math.NaN()},
		{Metric: "heat", Projected: math.Inf(1)},
	}, at)
	want := []explain.Reading{
		{Metric: "memory", Fraction: true, Value: &value, Projected: &projected, AgeSeconds: 12, Above: &line},
		{Metric: "power"},
		{Metric: "heat"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
}
