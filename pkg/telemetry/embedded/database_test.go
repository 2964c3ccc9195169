// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// start is the time of the first scrape.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is a number of seconds after the start.
func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func open(t *testing.T, directory string) *embedded.Database {
	t.Helper()
	database, err := embedded.Open(t.Context(), directory, 10*time.Second)
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

func sample(t *testing.T, series string, value float64) embedded.Sample {
	t.Helper()
	labels, err := parser.NewParser(parser.Options{}).ParseMetric(series)
	if err != nil {
		t.Fatal(err)
	}
	return embedded.Sample{Series: labels, Value: value}
}

func measuredAt(sample embedded.Sample, when time.Time) embedded.Sample {
	sample.Time = when
	return sample
}

func appendAll(t *testing.T, database *embedded.Database, scrapes ...embedded.Scrape) {
	t.Helper()
	for _, scrape := range scrapes {
		if err := database.Append(t.Context(), scrape); err != nil {
			t.Fatal(err)
		}
	}
}

// query returns the values of an instant query by series.
func query(t *testing.T, database *embedded.Database, expression string, when time.Time) map[string]float64 {
	t.Helper()
	vector, err := database.Query(t.Context(), expression, when)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, sample := range vector {
		got[sample.Metric.String()] = sample.F
	}
	return got
}

func TestAppend(t *testing.T) {
	a, b := sample(t, `m{node="a"}`, 1), sample(t, `m{node="b"}`, 2)
	const keyA, keyB = `{__name__="m", node="a"}`, `{__name__="m", node="b"}`
	cases := map[string]struct {
		scrapes []embedded.Scrape
		// query is m where it is not given.
		query string
		at    int
		want  map[string]float64
	}{
		"without a timestamp of its own": {
			scrapes: []embedded.Scrape{{Source: "s", Time: at(0), Samples: []embedded.Sample{a}}},
			query:   `timestamp(m) - 1772366400`, at: 30,
			want: map[string]float64{`{node="a"}`: 0},
		},
		"with a timestamp of its own": {
			scrapes: []embedded.Scrape{{Source: "s", Time: at(0), Samples: []embedded.Sample{measuredAt(a, at(-20))}}},
			query:   `timestamp(m) - 1772366400`, at: 30,
			want: map[string]float64{`{node="a"}`: -20},
		},
		"a timestamp in the future is that of the scrape": {
			scrapes: []embedded.Scrape{{Source: "s", Time: at(0), Samples: []embedded.Sample{measuredAt(a, at(3600))}}},
			query:   `timestamp(m) - 1772366400`, at: 0,
			want: map[string]float64{`{node="a"}`: 0},
		},
		"a series is gone": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(0), Samples: []embedded.Sample{a, b}},
				{Source: "s", Time: at(15), Samples: []embedded.Sample{b}},
			},
			at: 15, want: map[string]float64{keyB: 2},
		},
		"a series with a timestamp of its own is gone": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(0), Samples: []embedded.Sample{measuredAt(a, at(-20))}},
				{Source: "s", Time: at(15)},
			},
			at: 15, want: map[string]float64{},
		},
		"a gone series is still there before its end": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(0), Samples: []embedded.Sample{a}},
				{Source: "s", Time: at(15)},
			},
			at: 14, want: map[string]float64{keyA: 1},
		},
		"a series comes back": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(0), Samples: []embedded.Sample{a}},
				{Source: "s", Time: at(15)},
				{Source: "s", Time: at(30), Samples: []embedded.Sample{a}},
			},
			at: 30, want: map[string]float64{keyA: 1},
		},
		"a source fails, and no other": {
			scrapes: []embedded.Scrape{
				{Source: "a", Time: at(0), Samples: []embedded.Sample{a}},
				{Source: "b", Time: at(0), Samples: []embedded.Sample{b}},
				{Source: "a", Time: at(15)},
				{Source: "b", Time: at(15), Samples: []embedded.Sample{b}},
			},
			at: 15, want: map[string]float64{keyB: 2},
		},
		"an unknown source fails": {
			scrapes: []embedded.Scrape{{Source: "s", Time: at(0)}},
			at:      0, want: map[string]float64{},
		},
		"an older sample is left out, and no other": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(15), Samples: []embedded.Sample{a}},
				{Source: "s", Time: at(30), Samples: []embedded.Sample{measuredAt(sample(t, keyA, 9), at(10)), b}},
			},
			at: 30, want: map[string]float64{keyA: 1, keyB: 2},
		},
		"a sample from long ago is left out, and no other": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(7200), Samples: []embedded.Sample{b}},
				{Source: "s", Time: at(7215), Samples: []embedded.Sample{measuredAt(a, at(0)), b}},
			},
			query: `last_over_time(m[3h])`, at: 7215, want: map[string]float64{keyB: 2},
		},
		"a second value for one instant is left out, and no other": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(15), Samples: []embedded.Sample{a}},
				{Source: "s", Time: at(30), Samples: []embedded.Sample{measuredAt(sample(t, keyA, 9), at(15)), b}},
			},
			at: 30, want: map[string]float64{keyA: 1, keyB: 2},
		},
		"a series twice in one scrape": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(0), Samples: []embedded.Sample{a, sample(t, keyA, 9), b}},
			},
			at: 0, want: map[string]float64{keyA: 1, keyB: 2},
		},
		"a series twice in one scrape, at times of its own": {
			scrapes: []embedded.Scrape{{Source: "s", Time: at(30), Samples: []embedded.Sample{
				measuredAt(a, at(10)), measuredAt(sample(t, keyA, 9), at(20)),
			}}},
			at: 30, want: map[string]float64{keyA: 1},
		},
		"what was left out is no reason to end the series": {
			scrapes: []embedded.Scrape{
				{Source: "s", Time: at(15), Samples: []embedded.Sample{a}},
				{Source: "s", Time: at(30), Samples: []embedded.Sample{measuredAt(a, at(10))}},
				{Source: "s", Time: at(45), Samples: []embedded.Sample{measuredAt(sample(t, keyA, 9), at(40))}},
			},
			at: 45, want: map[string]float64{keyA: 9},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.query == "" {
				tc.query = `m`
			}
			for _, batch := range []string{"one by one", "in one transaction"} {
				database := open(t, t.TempDir())
				if batch == "one by one" {
					appendAll(t, database, tc.scrapes...)
				} else if err := database.Append(t.Context(), tc.scrapes...); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, query(t, database, tc.query, at(tc.at))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", batch, diff)
				}
			}
		})
	}
}

func TestBadScrapeHarmsNoOther(t *testing.T) {
	series := func(names ...string) (samples []embedded.Sample) {
		for _, name := range names {
			samples = append(samples, sample(t, `m{node="`+name+`"}`, 1))
		}
		return samples
	}
	bad := map[string]embedded.Sample{
		"no labels":           {Value: 1},
		"a label twice":       {Series: labels.FromStrings("__name__", "m", "node", "x", "node", "y"), Value: 1},
		"nothing but a label": {Series: labels.FromStrings("node", ""), Value: 1},
	}
	for name, unusable := range bad {
		t.Run(name, func(t *testing.T) {
			database := open(t, t.TempDir())
			appendAll(t, database,
				embedded.Scrape{Source: "good", Time: at(0), Samples: series("a", "b")},
				embedded.Scrape{Source: "bad one", Time: at(0), Samples: series("c", "d")},
			)
			err := database.Append(t.Context(),
				embedded.Scrape{Source: "good", Time: at(15), Samples: series("a")},
				embedded.Scrape{Source: "bad one", Time: at(15), Samples: append(series("c", "e"), unusable)},
				embedded.Scrape{Source: "new", Time: at(15), Samples: series("f")},
			)
			if err == nil || !strings.Contains(err.Error(), "bad one") || strings.Contains(err.Error(), "good") {
				t.Errorf("got error %v, want one that names the bad source alone", err)
			}
			want := map[string]float64{`{node="a"}`: 15, `{node="c"}`: 0, `{node="d"}`: 0, `{node="f"}`: 15}
			ages := `timestamp(m) - 1772366400`
			if diff := cmp.Diff(want, query(t, database, ages, at(15))); diff != "" {
				t.Errorf("times of samples (-want +got):\n%s", diff)
			}
			// What was not stored is not known of the source: d, which it gave
			// before, ends now, and e begins.
			appendAll(t, database,
				embedded.Scrape{Source: "bad one", Time: at(30), Samples: series("c", "e")},
				embedded.Scrape{Source: "new", Time: at(30)},
			)
			want = map[string]float64{`{node="a"}`: 15, `{node="c"}`: 30, `{node="e"}`: 30}
			if diff := cmp.Diff(want, query(t, database, ages, at(30))); diff != "" {
				t.Errorf("times of samples afterwards (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a source says time after time, queries see what it said last.
func TestQueriesSeeTheLastScrape(t *testing.T) {
	database, random := open(t, t.TempDir()), rand.New(rand.NewPCG(1, 2))
	const letters = "abcdefgh"
	last := []int{}
	for round := range 500 {
		switch random.IntN(3) {
		case 0: // the same again
		case 1: // one is new, or there twice
			last = slices.Insert(slices.Clone(last), random.IntN(len(last)+1), random.IntN(len(letters)))
		default: // others
			last = nil
			for range random.IntN(len(letters)) {
				last = append(last, random.IntN(len(letters)))
			}
		}
		scrape, want := embedded.Scrape{Source: "s", Time: at(round)}, map[string]float64{}
		for _, letter := range last {
			series, value := fmt.Sprintf(`{__name__="m", node="%c"}`, letters[letter]), random.Float64()
			scrape.Samples = append(scrape.Samples, sample(t, series, value))
			if _, twice := want[series]; !twice {
				want[series] = value
			}
		}
		appendAll(t, database, scrape)
		if diff := cmp.Diff(want, query(t, database, `m`, at(round))); diff != "" {
			t.Fatalf("round %d, %v (-want +got):\n%s", round, last, diff)
		}
	}
}

func TestSeriesWithTheSameHashAreTwo(t *testing.T) {
	// From https://github.com/pstibrany/labels_hash_collisions.
	a, b := labels.FromStrings("__name__", "metric", "lbl", "HFnEaGl"), labels.FromStrings("__name__", "metric", "lbl", "RqcXatm")
	if a.Hash() != b.Hash() {
		t.Fatal("the hashes of these series differ: find others")
	}
	database := open(t, t.TempDir())
	appendAll(t, database,
		embedded.Scrape{Source: "s", Time: at(0), Samples: []embedded.Sample{{Series: a, Value: 1}, {Series: b, Value: 2}}},
		embedded.Scrape{Source: "s", Time: at(15), Samples: []embedded.Sample{{Series: b, Value: 3}}},
	)
	if diff := cmp.Diff(map[string]float64{b.String(): 3}, query(t, database, `metric`, at(15))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQueryYieldsAVector(t *testing.T) {
	database := open(t, t.TempDir())
	for _, expression := range []string{`1`, `m[5m]`, `sum(`} {
		if got, err := database.Query(t.Context(), expression, start); err == nil {
			t.Errorf("%s: got %v, want an error", expression, got)
		}
	}
}

func TestCrashLosesNothing(t *testing.T) {
	directory := t.TempDir()
	running := open(t, directory)
	appendAll(t, running,
		embedded.Scrape{Source: "s", Time: at(0), Samples: []embedded.Sample{sample(t, `c{node="a"}`, 0), sample(t, `gone{node="a"}`, 1)}},
		embedded.Scrape{Source: "s", Time: at(15), Samples: []embedded.Sample{sample(t, `c{node="a"}`, 15)}},
	)
	// What a process leaves behind that is killed, lock file included.
	left := t.TempDir()
	if err := os.CopyFS(left, os.DirFS(directory)); err != nil {
		t.Fatal(err)
	}

	restarted := open(t, left)
	appendAll(t, restarted, embedded.Scrape{Source: "s", Time: at(30), Samples: []embedded.Sample{sample(t, `c{node="a"}`, 30)}})
	if diff := cmp.Diff(map[string]float64{`{node="a"}`: 3}, query(t, restarted, `count_over_time(c[1m])`, at(30))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := query(t, restarted, `gone`, at(30)); len(got) != 0 {
		t.Errorf("got %v, want the end of the series to be remembered", got)
	}
}

// A series that ended while nobody looked ends when its source is next asked,
// even where the first sample after the restart was stored already.
func TestSeriesEndsAfterARestart(t *testing.T) {
	directory := t.TempDir()
	first, err := embedded.Open(t.Context(), directory, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	measured := measuredAt(sample(t, `m{node="a"}`, 1), at(-5))
	appendAll(t, first, embedded.Scrape{Source: "s", Time: at(0), Samples: []embedded.Sample{measured}})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := open(t, directory)
	appendAll(t, second, embedded.Scrape{Source: "s", Time: at(15), Samples: []embedded.Sample{measured}}, embedded.Scrape{Source: "s", Time: at(30)})
	if got := query(t, second, `m`, at(30)); len(got) != 0 {
		t.Errorf("got %v, want the series to have ended", got)
	}
}

func TestReopening(t *testing.T) {
	directory := t.TempDir()
	first, err := embedded.Open(t.Context(), directory, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, first, embedded.Scrape{Source: "s", Time: start, Samples: []embedded.Sample{sample(t, `m{node="a"}`, 1)}})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{`{__name__="m", node="a"}`: 1}, query(t, open(t, directory), `m`, start)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	cases := map[string]struct {
		directory func(t *testing.T) string
		// want are parts of the error.
		want []string
	}{
		"directory of another process": {
			directory: func(t *testing.T) string {
				directory := t.TempDir()
				open(t, directory)
				return directory
			},
			want: []string{"another process uses it", "telemetry.embedded.dataDirectory"},
		},
		"directory that cannot be made": {
			directory: func(t *testing.T) string {
				file := t.TempDir() + "/file"
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				return file + "/data"
			},
			want: []string{"not a directory", "telemetry.embedded.dataDirectory"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			directory := tc.directory(t)
			database, err := embedded.Open(t.Context(), directory, time.Second)
			if err == nil {
				database.Close()
				t.Fatal("opened it, want an error")
			}
			for _, want := range append(tc.want, directory) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
		})
	}
}
