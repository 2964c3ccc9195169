// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package markdown

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBlocks(t *testing.T) {
	cases := map[string]struct {
		lines []string
		want  []Block
	}{
		"fenced": {
			lines: []string{"# Title", "text", "```yaml title", "a: 1", "", "  b", "```", "text"},
			want:  []Block{{Line: 4, Heading: "Title", Fenced: true, Language: "yaml", Text: "a: 1\n\n  b\n"}},
		},
		"fenced without a language, by tildes, around a fence": {
			lines: []string{"~~~~", "```sh", "```", "~~~~"},
			want:  []Block{{Line: 2, Fenced: true, Text: "```sh\n```\n"}},
		},
		"fenced within a list": {
			lines: []string{"1. first", "", "   ```sh", "   one", "     two", "   ```", "   text"},
			want:  []Block{{Line: 4, Fenced: true, Language: "sh", Text: "one\n  two\n"}},
		},
		"indented": {
			lines: []string{"text:", "", "    one", "", "      two", "", "text"},
			want:  []Block{{Line: 3, Text: "one\n\n  two\n"}},
		},
		"indented right after a heading": {
			lines: []string{"## A b", "    one"},
			want:  []Block{{Line: 2, Heading: "A b", Text: "one\n"}},
		},
		"a line that goes on is no code": {lines: []string{"text", "    goes on"}},
		"within a list":                  {lines: []string{"- item", "", "    goes on", "", "  so does this"}},
		"deep within a list": {
			lines: []string{"- item", "", "      code"},
			want:  []Block{{Line: 3, Text: "code\n"}},
		},
		"after a list": {
			lines: []string{"- item", "", "text", "", "    code"},
			want:  []Block{{Line: 5, Text: "code\n"}},
		},
		"a line of backticks within text": {lines: []string{"``` is a fence ```"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(t, tc.lines...).Blocks); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenFence(t *testing.T) {
	_, err := Read("a.md", "text\n```sh\nls\n")
	if err == nil || !strings.HasPrefix(err.Error(), "a.md:2: ") {
		t.Errorf("got %v, want an error at a.md:2", err)
	}
}

func TestSpans(t *testing.T) {
	cases := map[string]struct {
		lines []string
		want  []Span
	}{
		"two in a line":        {lines: []string{"`a` and `b c`"}, want: []Span{{1, "a"}, {1, "b c"}}},
		"over two lines":       {lines: []string{"", "see `a", "  b`"}, want: []Span{{2, "a b"}}},
		"not over a blank one": {lines: []string{"see `a", "", "b`"}},
		"not over a row":       {lines: []string{"| `a |", "| b` |"}},
		"with backticks in it": {lines: []string{"`` `a` ``"}, want: []Span{{1, "`a`"}}},
		"bars in a table":      {lines: []string{`| x | ` + "`-o json\\|yaml`" + ` |`}, want: []Span{{1, "-o json|yaml"}}},
		"in a heading":         {lines: []string{"# The `a`"}, want: []Span{{1, "a"}}},
		"not in code":          {lines: []string{"```", "`a`", "```", "", "    `b`"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(t, tc.lines...).Spans); diff != "" {
				t.Errorf("code (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	cases := map[string]struct {
		lines []string
		want  []Span
	}{
		"link":             {lines: []string{"a [b](c.md#d), and", `[e](f "g")`}, want: []Span{{1, "c.md#d"}, {2, "f"}}},
		"image in a link":  {lines: []string{"[![a](b.svg)](c.md)"}, want: []Span{{1, "b.svg"}, {1, "c.md"}}},
		"over two lines":   {lines: []string{"[a", "b](c.md)"}, want: []Span{{2, "c.md"}}},
		"with parentheses": {lines: []string{"([a](b(c).md))"}, want: []Span{{1, "b(c).md"}}},
		"in angles":        {lines: []string{"[a](<b.md>)"}, want: []Span{{1, "b.md"}}},
		"reference":        {lines: []string{"[a]: b.md"}, want: []Span{{1, "b.md"}}},
		"HTML":             {lines: []string{`<a href="b.md"><img src="c.png"></a>`}, want: []Span{{1, "b.md"}, {1, "c.png"}}},
		"not in code":      {lines: []string{"`[a](b)`"}},
		"code in the text": {lines: []string{"[`a`](b)"}, want: []Span{{1, "b"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, read(t, tc.lines...).Links); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnchors(t *testing.T) {
	page := read(t, "# What to do, and `why`?", "## Again", "## Again ##", "## A [link](b.md) über x_y", `<a id="here"></a>`, "", "    # not this", "```", "# nor this", "```")
	want := []string{"a-link-über-x_y", "again", "again-1", "here", "what-to-do-and-why"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(page.Anchors))); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
}

func read(t *testing.T, lines ...string) *Page {
	t.Helper()
	page, err := Read("page.md", strings.Join(lines, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	return page
}
