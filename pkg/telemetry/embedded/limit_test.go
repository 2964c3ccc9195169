// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

func openWithin(t *testing.T, directory string, limits embedded.Limits) *embedded.Database {
	t.Helper()
	database, err := embedded.OpenWithin(t.Context(), directory, 10*time.Second, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	return database
}

// scrapeOf has one series for each letter.
func scrapeOf(t *testing.T, source string, seconds int, letters string) embedded.Scrape {
	t.Helper()
	scrape := embedded.Scrape{Source: source, Time: at(seconds)}
	for _, letter := range letters {
		scrape.Samples = append(scrape.Samples, sample(t, fmt.Sprintf(`m{node="%c"}`, letter), float64(seconds)))
	}
	return scrape
}

// valuesOf are m by node.
func valuesOf(t *testing.T, database *embedded.Database, seconds int) map[string]float64 {
	t.Helper()
	return query(t, database, `max by (node) (m)`, at(seconds))
}

func TestSeriesBeyondTheLimitAreDropped(t *testing.T) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	logged := func(text string) int {
		return strings.Count(logger.GetSink().(ktesting.Underlier).GetBuffer().String(), text)
	}
	ctx := klog.NewContext(t.Context(), logger)
	directory := t.TempDir()
	database, err := embedded.OpenWithin(t.Context(), directory, 10*time.Second, embedded.Limits{MaxSeries: 3})
	if err != nil {
		t.Fatal(err)
	}
	registry := metrics.NewKubeRegistry()
	if err := database.RegisterMetrics(registry.Register); err != nil {
		t.Fatal(err)
	}
	store := func(scrapes ...embedded.Scrape) {
		t.Helper()
		if err := database.Append(ctx, scrapes...); err != nil {
			t.Fatal(err)
		}
	}

	store(scrapeOf(t, "small", 0, "a"))
	store(scrapeOf(t, "large", 0, "bcdefg"), scrapeOf(t, "late", 0, "h"))
	want := map[string]float64{`{node="a"}`: 0, `{node="b"}`: 0, `{node="c"}`: 0}
	if diff := cmp.Diff(want, valuesOf(t, database, 0)); diff != "" {
		t.Errorf("at the limit (-want +got):\n%s", diff)
	}
	store(scrapeOf(t, "small", 15, "a"), scrapeOf(t, "large", 15, "bcdefg"))
	want = map[string]float64{`{node="a"}`: 15, `{node="b"}`: 15, `{node="c"}`: 15}
	if diff := cmp.Diff(want, valuesOf(t, database, 15)); diff != "" {
		t.Errorf("series that are there (-want +got):\n%s", diff)
	}
	if n := logged("Too many series"); n != 1 || logged(`largest="large"`) != 1 {
		t.Errorf("the log tells %d times of the limit, want once and the largest source", n)
	}
	const exported = `
# HELP loadline_telemetry_series [ALPHA] Number of series in the memory of the embedded telemetry database.
# TYPE loadline_telemetry_series gauge
loadline_telemetry_series 3
# HELP loadline_telemetry_series_dropped_total [ALPHA] Number of times that a new series was dropped because the embedded telemetry database was full (maxSeries), counted once per scrape.
# TYPE loadline_telemetry_series_dropped_total counter
loadline_telemetry_series_dropped_total 9
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(exported), "loadline_telemetry_series", "loadline_telemetry_series_dropped_total"); err != nil {
		t.Error(err)
	}

	// What was dropped has no end to be stored either.
	store(scrapeOf(t, "large", 30, "b"), scrapeOf(t, "late", 30, ""))
	want = map[string]float64{`{node="a"}`: 15, `{node="b"}`: 30}
	if diff := cmp.Diff(want, valuesOf(t, database, 30)); diff != "" {
		t.Errorf("after the series have ended (-want +got):\n%s", diff)
	}
	if n := logged("No series are dropped any more"); n != 1 {
		t.Errorf("the log tells %d times that none is dropped, want once", n)
	}
	if err := database.Close(); err != nil {
		t.Fatal(err)
	}

	// Series that are there go on after a restart, too.
	database = openWithin(t, directory, embedded.Limits{MaxSeries: 3})
	store(scrapeOf(t, "large", 45, "hcba"))
	want = map[string]float64{`{node="a"}`: 45, `{node="b"}`: 45, `{node="c"}`: 45}
	if diff := cmp.Diff(want, valuesOf(t, database, 45)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
}

func TestTargetsAreHeldToTheLimit(t *testing.T) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	ctx := klog.NewContext(t.Context(), logger)
	database, began := openWithin(t, t.TempDir(), embedded.Limits{MaxSeries: 2}), time.Now().Truncate(time.Second)
	at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
	// scrape stores as Prometheus' scraper does, and returns the references.
	scrape := func(seconds int, letters string) (refs []storage.SeriesRef) {
		t.Helper()
		appender := database.Appendable().AppenderV2(ctx)
		for _, letter := range letters {
			series := labels.FromStrings("__name__", "m", "instance", "a:9100", "job", "exporter", "node", string(letter))
			ref, err := appender.Append(0, series, 0, at(seconds).UnixMilli(), float64(seconds), nil, nil, storage.AppendV2Options{})
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
		}
		if err := appender.Commit(); err != nil {
			t.Fatal(err)
		}
		return refs
	}
	scrape(0, "ab")
	refs := scrape(15, "abcd")
	if refs[0] == 0 || refs[1] == 0 || refs[2] != 0 || refs[3] != 0 {
		t.Errorf("got references %v, want none of the last two series", refs)
	}
	want := map[string]float64{`{node="a"}`: 15, `{node="b"}`: 15}
	if diff := cmp.Diff(want, query(t, database, `max by (node) (m)`, at(15))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	logged := logger.GetSink().(ktesting.Underlier).GetBuffer().String()
	if want := `target \"a:9100\" of job \"exporter\"`; !strings.Contains(logged, want) {
		t.Errorf("got the log %q, want %s in it", logged, want)
	}
}

// A target that says to have measured in the future does not keep others from being
// stored.
func TestTargetFromTheFutureHarmsNoOther(t *testing.T) {
	now := time.Now()
	database := openWithin(t, t.TempDir(), embedded.Limits{})
	appender := database.Appendable().AppenderV2(t.Context())
	for node, ahead := range map[string]time.Duration{"fast": 30 * time.Second, "far": 9 * time.Minute} {
		_, err := appender.Append(0, labels.FromStrings("__name__", "m", "node", node), 0, now.Add(ahead).UnixMilli(), 1, nil, nil, storage.AppendV2Options{})
		if refused := errors.Is(err, storage.ErrOutOfBounds); refused != (node == "far") || err != nil && !refused {
			t.Errorf("%v ahead: got error %v", ahead, err)
		}
	}
	if err := appender.Commit(); err != nil {
		t.Fatal(err)
	}
	appendAll(t, database, embedded.Scrape{Source: "other", Time: now, Samples: []embedded.Sample{
		{Series: labels.FromStrings("__name__", "m", "node", "other"), Value: 2},
	}})
	vector, err := database.Query(t.Context(), `m{node="other"}`, now)
	if err != nil || len(vector) != 1 {
		t.Errorf("got %v, %v of the other, want a sample", vector, err)
	}
}

func TestOldSamplesAreDeleted(t *testing.T) {
	const hour = 3600 // in seconds
	cases := map[string]struct {
		limits embedded.Limits
		// gone and kept are times after the start in seconds. Four hours are
		// stored.
		gone, kept int
	}{
		"two hours by default": {gone: 1 * hour, kept: 2 * hour},
		"an hour":              {limits: embedded.Limits{Retention: time.Hour}, gone: 2 * hour, kept: 3 * hour},
		"all that is in a block, where the directory is full": {limits: embedded.Limits{MaxBytes: 1}, gone: 3 * hour, kept: 4*hour - 300},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			database := openWithin(t, t.TempDir(), tc.limits)
			for seconds := 0; seconds < 4*hour; seconds += 15 {
				appendAll(t, database, scrapeOf(t, "s", seconds, "a"))
			}
			err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
				return len(valuesOf(t, database, tc.gone)) == 0, nil
			})
			if err != nil {
				t.Errorf("waiting for the old samples to be deleted: %v", err)
			}
			if len(valuesOf(t, database, tc.kept)) == 0 {
				t.Error("the newer samples are gone as well")
			}
		})
	}
}
