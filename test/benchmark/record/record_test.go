// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/test/benchmark/record"
)

func TestWrite(t *testing.T) {
	cases := map[string]struct {
		before string
		// want is empty for an error.
		want string
	}{
		"first":        {before: "a\n<!-- x: begin -->\n<!-- x: end -->\nb\n", want: "a\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nb\n"},
		"again":        {before: "<!-- x: begin -->\nold\n<!-- x: end -->\n", want: "<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\n"},
		"one of two":   {before: "<!-- y: begin -->\nother\n<!-- y: end -->\n<!-- x: begin -->\n<!-- x: end -->\n", want: "<!-- y: begin -->\nother\n<!-- y: end -->\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\n"},
		"no lines":     {before: "a\n"},
		"no end":       {before: "<!-- x: begin -->\n"},
		"end first":    {before: "<!-- x: end -->\n<!-- x: begin -->\n"},
		"another name": {before: "<!-- y: begin -->\n<!-- y: end -->\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "benchmarks.md")
			if err := os.WriteFile(file, []byte(tc.before), 0o600); err != nil {
				t.Fatal(err)
			}
			check, err := record.Check(file, "x"), record.Write(file, "x", "new\n")
			if tc.want == "" {
				if err == nil || check == nil || !strings.Contains(err.Error(), "x: begin") {
					t.Errorf("got errors %v and %v, want both to name the lines", check, err)
				}
				tc.want = tc.before
			} else if err != nil || check != nil {
				t.Errorf("got errors %v and %v", check, err)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSource(t *testing.T) {
	if source := record.Source(t.Context()); strings.Contains(source, "unknown of memory") || !strings.Contains(source, "go1.") {
		t.Errorf("got %q, want what the machine is", source)
	}
}
