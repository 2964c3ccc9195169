// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFit(t *testing.T) {
	row := Row{{Text: "node-01 "}, {Style: Over, Text: "96%"}}
	for name, tc := range map[string]struct {
		width int
		want  Row
	}{
		"exact":             {11, row},
		"wider":             {13, Row{row[0], row[1], {Text: "  "}}},
		"narrower":          {10, Row{row[0], {Style: Over, Text: "9…"}}},
		"cut between spans": {8, Row{{Text: "node-01…"}}},
		"nothing":           {0, Row{{Text: ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := row.Fit(tc.width)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("unexpected row (-want +got):\n%s", diff)
			}
			if got.Width() != tc.width {
				t.Errorf("got a row of %d cells, want %d", got.Width(), tc.width)
			}
		})
	}
}

func TestBeside(t *testing.T) {
	var got []string
	for _, row := range Beside([]Row{{{Text: "one"}}}, []Row{{{Text: "two"}}, {{Text: "three, too long"}}}, 16) {
		got = append(got, row.Text())
	}
	want := []string{
		"one    │ two    ",
		"       │ three,…",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected rows (-want +got):\n%s", diff)
	}
}

func TestBetween(t *testing.T) {
	if got, want := Between(Row{{Text: "left side"}}, Row{{Text: "right"}}, 12).Text(), "left s…right"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	got := Wrap("1 node(s) over load line", 10)
	if diff := cmp.Diff([]string{"1 node(s)", "over load", "line"}, got); diff != "" {
		t.Errorf("unexpected lines (-want +got):\n%s", diff)
	}
}

func TestRender(t *testing.T) {
	frame := Frame{
		{{Style: Bold, Text: "title"}, {Text: " of the act"}},
		nil,
		{{Style: Mark, Text: "│", Ground: Over}},
		{{Text: "below the screen"}},
	}
	for name, tc := range map[string]struct {
		colour bool
		want   string
	}{
		"colour":    {true, "\x1b[1mtitle\x1b[0m of…\x1b[K\r\n\x1b[K\r\n\x1b[1;41m│\x1b[0m\x1b[K\r\n"},
		"no colour": {false, "title of…\x1b[K\r\n\x1b[K\r\n│\x1b[K\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, render(frame, 9, 3, tc.colour)); diff != "" {
				t.Errorf("unexpected text (-want +got):\n%s", diff)
			}
		})
	}
}
