// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package telemetrytest gives tests something to measure.
package telemetrytest

import (
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	// Interval is the time between two samples of a loaded series.
	Interval = 15 * time.Second
	// queryTimeout bounds each query.
	queryTimeout = 10 * time.Second
)

// start is the time of the first sample of a loaded series.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// After is the time that is a number of intervals after the first samples.
func After(intervals int) time.Time { return start.Add(time.Duration(intervals) * Interval) }

// Load opens a database that holds series in the notation of Prometheus' own
// unit tests: one value per interval, "_" for none and "stale" for a marker.
func Load(t testing.TB, series ...string) *embedded.Database {
	t.Helper()
	database, err := embedded.Open(t.Context(), t.TempDir(), queryTimeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	var scrapes []embedded.Scrape
	for _, text := range series {
		scrapes = append(scrapes, scrapesOf(t, text)...)
	}
	slices.SortStableFunc(scrapes, func(a, b embedded.Scrape) int { return a.Time.Compare(b.Time) })
	if err := database.Append(t.Context(), scrapes...); err != nil {
		t.Fatal(err)
	}
	return database
}

func scrapesOf(t testing.TB, text string) []embedded.Scrape {
	t.Helper()
	labels, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(text)
	if err != nil {
		t.Fatal(err)
	}
	var scrapes []embedded.Scrape
	for i, v := range values {
		scrape := embedded.Scrape{Source: text, Time: After(i)}
		switch {
		case v.Omitted:
			continue
		case !value.IsStaleNaN(v.Value):
			scrape.Samples = []embedded.Sample{{Series: labels, Value: v.Value}}
		}
		scrapes = append(scrapes, scrape)
	}
	return scrapes
}

// Nodes are nodes with nothing but a name.
func Nodes(names ...string) []*corev1.Node {
	nodes := make([]*corev1.Node, 0, len(names))
	for _, name := range names {
		nodes = append(nodes, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	return nodes
}
