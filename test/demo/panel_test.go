// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

func TestBar(t *testing.T) {
	// The line is in the eighth of ten cells, which stand for 12.5% each.
	line := screen.Span{Style: screen.Mark, Text: "│"}
	covered := func(style screen.Style) screen.Span {
		return screen.Span{Style: screen.Mark, Text: "│", Ground: style}
	}
	for name, tc := range map[string]struct {
		memory float64
		want   screen.Row
	}{
		"empty":         {0, screen.Row{{Style: screen.Low, Text: "       "}, line, {Style: screen.Low, Text: "  "}}},
		"comfortable":   {0.6875, screen.Row{{Style: screen.Low, Text: "█████▌ "}, line, {Style: screen.Low, Text: "  "}}},
		"near the line": {0.9, screen.Row{{Style: screen.High, Text: "███████"}, line, {Style: screen.High, Text: "  "}}},
		"over the line": {1, screen.Row{{Style: screen.Over, Text: "███████"}, covered(screen.Over), {Style: screen.Over, Text: "  "}}},
		"past it all":   {1.2, screen.Row{{Style: screen.Past, Text: "███████"}, covered(screen.Past), {Style: screen.Past, Text: "█▌"}}},
		"off the scale": {9, screen.Row{{Style: screen.Past, Text: "███████"}, covered(screen.Past), {Style: screen.Past, Text: "██"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, bar(tc.memory, 10)); diff != "" {
				t.Errorf("unexpected bar (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPanel(t *testing.T) {
	at := time.Date(2026, time.May, 4, 3, 2, 1, 0, time.UTC)
	m := moment{
		at: at.Add(3 * time.Second), measuredAt: at, memory: []float64{0.06, 1.16},
		pods: podCount{
			running: 36, killed: 7, killedOn: map[string]int{"node-02": 7},
			pending: []pendingPod{{"only-there", `1 node(s) over load line "memory-above-90"`}},
		},
	}
	var got []string
	for _, row := range panel("stock", "27 s", []string{"node-01", "node-02"}, m, 48) {
		got = append(got, strings.TrimRight(row.Text(), " "))
	}
	want := []string{
		"stock                            pods killed   7",
		"27 s                      90%             killed",
		"node-01 █▎                 │          6%",
		"node-02 ███████████████████│█████   116%       7",
		"",
		"36 running, 1 pending, measured 3 s ago",
		`only-there: 1 node(s) over load line "memory-ab…`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected panel (-want +got):\n%s", diff)
	}
}

func TestStepRows(t *testing.T) {
	var got []string
	for _, row := range stepRows([]step{
		{text: "node-01 is heated", outcome: "over the line: 96%", done: true},
		{text: "6 new pods come"},
	}, 16) {
		got = append(got, row.Text())
	}
	want := []string{"✓ node-01 is", "  heated", "  over the line:", "  96%", "› 6 new pods", "  come"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected rows (-want +got):\n%s", diff)
	}
}
