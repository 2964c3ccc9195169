// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// After the clock was set back, what was measured before is gone, and samples are
// stored again, at once and after the next start.
func TestSamplesFromTheFuture(t *testing.T) {
	directory := t.TempDir()
	series := sample(t, `m{node="a"}`, 1)
	const key = `{__name__="m", node="a"}`
	reopen := func(latest time.Time) *embedded.Database {
		t.Helper()
		database, err := embedded.OpenWithin(t.Context(), directory, 10*time.Second, embedded.Limits{Latest: latest})
		if err != nil {
			t.Fatal(err)
		}
		return database
	}
	cases := []struct {
		name   string
		latest time.Time // at the opening
		now    int       // when a sample comes, in seconds
		found  map[string]float64
	}{
		{"at first", at(0), 0, map[string]float64{key: 1}},
		{"an hour later", at(3600), 3600, map[string]float64{key: 1}},
		{"many blocks later", at(10_000), 10_000, map[string]float64{key: 1}},
		{"set back a little", at(9_950).Add(2 * time.Minute), 9_950, map[string]float64{}}, // until it is as late again
		{"set back", at(4_000), 4_000, map[string]float64{key: 1}},
		{"and once more", at(1_000), 1_000, map[string]float64{key: 1}},
		{"and going on", at(1_015), 1_015, map[string]float64{key: 2}},
	}
	for _, tc := range cases {
		database := reopen(tc.latest)
		appendAll(t, database, embedded.Scrape{Source: "s", Time: at(tc.now), Samples: []embedded.Sample{series}})
		got := query(t, database, `label_replace(count_over_time(m[1m]), "__name__", "m", "", "")`, at(tc.now))
		if diff := cmp.Diff(tc.found, got); diff != "" {
			t.Errorf("%s: samples of the last minute (-want +got):\n%s", tc.name, diff)
		}
		if err := database.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
