// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const hour = 3600 // in seconds

// storedForAnHour is a directory with blocks, and a log of the time after them.
func storedForAnHour(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	database, err := embedded.Open(t.Context(), directory, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for seconds := 0; seconds <= hour; seconds += 15 {
		appendAll(t, database, scrapeOf(t, "s", seconds, "a"))
	}
	err = wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		return len(blocksIn(t, directory)) > 0, nil
	})
	if err != nil {
		t.Fatalf("waiting for a block: %v", err)
	}
	if err := database.Close(); err != nil {
		t.Fatal(err)
	}
	return directory
}

// blocksIn are the folders of blocks, which have a file of this name.
func blocksIn(t *testing.T, directory string) []string { return glob(t, directory, "*", "meta.json") }

func glob(t *testing.T, parts ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What cannot be read is set aside, and no more is lost than must be: behind a block
// that is corrupt, the log still has the latest windows.
func TestCorruptDataIsSetAside(t *testing.T) {
	spoil := func(t *testing.T, files ...string) {
		if len(files) == 0 {
			t.Fatal("there is nothing to spoil")
		}
		for _, file := range files {
			if err := os.WriteFile(file, []byte("this is not what it was"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	cases := map[string]struct {
		spoil func(t *testing.T, directory string)
		// want is what is known of the latest minute, and lost whether anything is.
		want map[string]float64
		lost bool
	}{
		"nothing": {spoil: func(*testing.T, string) {}, want: map[string]float64{`{node="a"}`: 4}},
		"the index of a block": {
			spoil: func(t *testing.T, directory string) { spoil(t, glob(t, directory, "*", "index")...) },
			want:  map[string]float64{`{node="a"}`: 4}, lost: true,
		},
		"what a block says of itself": {
			spoil: func(t *testing.T, directory string) { spoil(t, blocksIn(t, directory)...) },
			want:  map[string]float64{`{node="a"}`: 4}, // the library leaves it out
		},
		"a file of the log is missing in the middle": {
			spoil: func(t *testing.T, directory string) { spoil(t, filepath.Join(directory, "wal", "00000099")) },
			want:  map[string]float64{}, lost: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			directory := storedForAnHour(t)
			tc.spoil(t, directory)
			for range 2 { // what was set aside harms no later start
				logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
				database, err := embedded.Open(klog.NewContext(t.Context(), logger), directory, 10*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, query(t, database, `count_over_time(m[1m])`, at(hour))); diff != "" {
					t.Errorf("of the latest minute (-want +got):\n%s", diff)
				}
				registry := metrics.NewKubeRegistry()
				if err := database.RegisterMetrics(registry.Register); err != nil {
					t.Fatal(err)
				}
				if got := countOf(t, registry, "loadline_telemetry_data_corrupt_total") > 0; got != tc.lost {
					t.Errorf("it is counted that data was set aside: got %v, want %v", got, tc.lost)
				}
				if got := len(glob(t, directory, "corrupt-*")); (got == 1) != tc.lost && name == "nothing" || got > 1 {
					t.Errorf("%d folders are set aside", got)
				}
				if err := database.Close(); err != nil {
					t.Error(err)
				}
				tc.lost = false
			}
		})
	}
}

// countOf is the value of a counter without labels.
func countOf(t *testing.T, registry metrics.KubeRegistry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}
