// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package configfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/configfile"
)

// missing is what a step of a test has the file not be there for.
const missing = "missing"

func TestRead(t *testing.T) {
	cases := map[string]struct {
		// looks are what is in the file at each look. "bad" is refused.
		looks []string
		// want is what was put in force, one after the other.
		want []string
		// lines are how many lines of the log say that it was refused.
		lines  int
		failed bool
	}{
		"what is there to begin with":        {looks: []string{"a", "a", "a"}, want: []string{"a"}},
		"an edit":                            {looks: []string{"a", "a", "b", "b", "b"}, want: []string{"a", "b"}},
		"half an edit":                       {looks: []string{"a", "a", "half", "b", "b"}, want: []string{"a", "b"}},
		"an edit that is taken back":         {looks: []string{"a", "a", "b", "a", "a"}, want: []string{"a"}},
		"a bad edit":                         {looks: []string{"a", "a", "bad", "bad", "bad", "bad"}, want: []string{"a"}, lines: 1, failed: true},
		"a bad edit that is mended":          {looks: []string{"a", "a", "bad", "bad", "b", "b"}, want: []string{"a", "b"}, lines: 1},
		"a bad edit that is taken back":      {looks: []string{"a", "a", "bad", "bad", "a", "a"}, want: []string{"a", "a"}, lines: 1},
		"an edit that cannot be used yet":    {looks: []string{"a", "a", "later", "later", "later", "later"}, want: []string{"a", "later"}, lines: 1},
		"a file that is gone":                {looks: []string{"a", "a", missing, missing}, want: []string{"a"}, lines: 1, failed: true},
		"a file that was gone for a moment":  {looks: []string{"a", "a", missing, "a", "a"}, want: []string{"a", "a"}, lines: 1},
		"a file that is bad, then good, bad": {looks: []string{"bad", "bad", "a", "a", "bad", "bad"}, want: []string{"a"}, lines: 2, failed: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			clock := clocktesting.NewFakePassiveClock(time.Unix(1000, 0))
			file := configfile.Follow(path, clock)
			registry := metrics.NewKubeRegistry()
			if err := file.RegisterMetrics(registry.Register); err != nil {
				t.Fatal(err)
			}
			logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
			var got []string
			tries := 0
			for _, look := range tc.looks {
				put(t, path, look)
				file.Read(klog.NewContext(t.Context(), logger), func(content []byte) error {
					if tries++; string(content) == "bad" || string(content) == "later" && tries < 3 {
						return errors.New("it is of no use")
					}
					got = append(got, string(content))
					return nil
				})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("put in force (-want +got):\n%s", diff)
			}
			if lines := strings.Count(logger.GetSink().(ktesting.Underlier).GetBuffer().String(), "Configuration refused"); lines != tc.lines {
				t.Errorf("got %d lines that it was refused, want %d", lines, tc.lines)
			}
			want := map[bool]string{true: "1", false: "0"}[tc.failed]
			err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP loadline_config_reload_failed [ALPHA] 1 while the file of --config cannot be used and the last good one goes on, else 0.
# TYPE loadline_config_reload_failed gauge
loadline_config_reload_failed `+want+`
# HELP loadline_config_reload_success_timestamp_seconds [ALPHA] Unix time at which the file of --config last came into force.
# TYPE loadline_config_reload_success_timestamp_seconds gauge
loadline_config_reload_success_timestamp_seconds 1000
`))
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// put has the path lead to other content by a symbolic link, as in a volume of a
// ConfigMap.
func put(t *testing.T, path, content string) {
	t.Helper()
	if content == missing {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		return
	}
	directory := t.TempDir()
	target, link := filepath.Join(directory, "content"), filepath.Join(directory, "link")
	if err := errors.Join(os.WriteFile(target, []byte(content), 0o600), os.Symlink(target, link), os.Rename(link, path)); err != nil {
		t.Fatal(err)
	}
}

func TestDifferences(t *testing.T) {
	type object = map[string]any
	cases := map[string]struct {
		before, after any
		want          []string
	}{
		"none":                 {before: object{"a": 1.0, "b": []any{object{"c": "d"}}}, after: object{"a": 1.0, "b": []any{object{"c": "d"}}}},
		"a value":              {before: object{"a": object{"b": 1.0}}, after: object{"a": object{"b": 2.0}}, want: []string{"a.b"}},
		"one more":             {before: object{}, after: object{"b": 1.0, "a": 1.0}, want: []string{"a", "b"}},
		"one less":             {before: object{"a": nil, "b": 1.0}, after: object{"a": nil}, want: []string{"b"}},
		"an item":              {before: object{"a": []any{1.0, object{"b": 1.0}}}, after: object{"a": []any{1.0, object{"b": 2.0}}}, want: []string{"a[1].b"}},
		"the length of a list": {before: object{"a": []any{1.0}}, after: object{"a": []any{1.0, 2.0}}, want: []string{"a"}},
		"another kind":         {before: object{"a": object{"b": 1.0}}, after: object{"a": "b"}, want: []string{"a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, configfile.Differences(tc.before, tc.after)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
