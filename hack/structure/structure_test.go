// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// made makes packages from lines as in "cmd/a: pkg/b pkg/c".
func made(lines ...string) map[string]*pkg {
	packages := map[string]*pkg{}
	for _, line := range lines {
		path, imports, _ := strings.Cut(line, ":")
		packages[path] = &pkg{path: path, imports: strings.Fields(imports)}
	}
	return packages
}

func TestRead(t *testing.T) {
	const listed = `
{"ImportPath": "fmt", "Imports": ["io"]}
{"ImportPath": "github.com/loadline-dev/loadline/pkg/b", "Doc": "Package b is small.", "Imports": ["fmt"]}
{"ImportPath": "github.com/loadline-dev/loadline/cmd/a", "Doc": "Command a runs.", "Imports": ["fmt", "github.com/loadline-dev/loadline/pkg/b"]}
`
	got, err := read(strings.NewReader(listed))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*pkg{
		"pkg/b": {path: "pkg/b", doc: "Package b is small."},
		"cmd/a": {path: "cmd/a", doc: "Command a runs.", imports: []string{"pkg/b"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pkg{})); diff != "" {
		t.Errorf("unexpected packages (-want +got):\n%s", diff)
	}
}

func TestReduce(t *testing.T) {
	cases := map[string]struct {
		packages map[string]*pkg
		want     map[string][]string
	}{
		"nothing to leave out": {
			packages: made("a: b", "b: c", "c:"),
			want:     map[string][]string{"a": {"b"}, "b": {"c"}},
		},
		"one that is on the way": {
			packages: made("a: c b", "b: c", "c:"),
			want:     map[string][]string{"a": {"b"}, "b": {"c"}},
		},
		"one that is further on the way": {
			packages: made("a: b d", "b: c", "c: d", "d:"),
			want:     map[string][]string{"a": {"b"}, "b": {"c"}, "c": {"d"}},
		},
		"two ways to the same": {
			packages: made("a: c b", "b: d", "c: d", "d:"),
			want:     map[string][]string{"a": {"b", "c"}, "b": {"d"}, "c": {"d"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, reduce(tc.packages)); diff != "" {
				t.Errorf("unexpected imports (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlaceRefuses(t *testing.T) {
	layers := [][]group{{{"Top", []string{"cmd/..."}}}, {{"Left", []string{"pkg/a"}}, {"Right", []string{"pkg/b/..."}}}}
	cases := map[string]struct {
		packages map[string]*pkg
		// want is a part of the error. Empty: there is none.
		want string
	}{
		"down and aside":              {packages: made("cmd/x: pkg/a", "pkg/a: pkg/b/c", "pkg/b/c:")},
		"a package in no group":       {packages: made("cmd/x: pkg/ab", "pkg/ab:"), want: "pkg/ab is in no group"},
		"upwards":                     {packages: made("cmd/x:", "pkg/a: cmd/x"), want: "pkg/a imports cmd/x, which is in a layer above"},
		"upwards, where not drawn so": {packages: made("cmd/x:", "pkg/a: cmd/x pkg/b/c", "pkg/b/c: cmd/x"), want: "pkg/a imports cmd/x"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := place(tc.packages, layers)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want %q in it", err, tc.want)
			}
		})
	}
}

// arranged is the picture of the packages as they are.
func arranged(t *testing.T) *picture {
	t.Helper()
	packages, err := list()
	if err != nil {
		t.Fatal(err)
	}
	placed, err := place(packages, layers)
	if err != nil {
		t.Fatal(err)
	}
	return arrange(placed)
}

func TestPicture(t *testing.T) {
	p := arranged(t)
	t.Run("every import can be followed", func(t *testing.T) { testFollowed(t, p) })
	t.Run("arrows lead down", func(t *testing.T) { testDown(t, p) })
	t.Run("nothing lies over a box", func(t *testing.T) { testApart(t, p) })
	t.Run("boxes are in their frames", func(t *testing.T) { testFramed(t, p) })
	t.Run("drawn anew it is the same", func(t *testing.T) {
		first, second := draw(p), draw(arranged(t))
		if !bytes.Equal(first, second) {
			t.Error("drawn twice, it differs")
		}
		testWellFormed(t, first)
	})
}

func testFollowed(t *testing.T, p *picture) {
	drawn := map[string][]string{}
	for _, a := range p.arrows {
		drawn[a.from] = append(drawn[a.from], a.to)
	}
	var follow func(from string, reached map[string]bool)
	follow = func(from string, reached map[string]bool) {
		for _, to := range drawn[from] {
			reached[to] = true
			follow(to, reached)
		}
	}
	for path, one := range p.packages {
		reached := map[string]bool{}
		follow(path, reached)
		for _, imported := range one.imports {
			if !reached[imported] {
				t.Errorf("no arrows lead from %s to %s, which it imports", path, imported)
			}
		}
	}
}

func testDown(t *testing.T, p *picture) {
	for _, a := range p.arrows {
		for i, next := range a.items[1:] {
			if next.row != a.items[i].row+1 {
				t.Errorf("the arrow from %s to %s leads from row %d to %d", a.from, a.to, a.items[i].row, next.row)
			}
		}
	}
}

func testApart(t *testing.T, p *picture) {
	const aside = steepest * boxHeight / 2 // how far an arrow goes while it passes a row
	for _, row := range p.rows {
		items := slices.Concat(row.segments...)
		for i, one := range items {
			for _, other := range items[i+1:] {
				if one.path == "" && other.path == "" {
					continue
				}
				if free := math.Abs(one.x-other.x) - (one.width+other.width)/2; free <= aside {
					t.Errorf("between %q and %q there are %.1f pixels, want more than %.1f", one.path, other.path, free, aside)
				}
			}
		}
	}
}

func testFramed(t *testing.T, p *picture) {
	for path, box := range p.boxes {
		top := p.rows[box.row].top
		framed := slices.ContainsFunc(p.frames, func(f *frame) bool {
			return f.group.has(path) && box.x-box.width/2 >= f.left && box.x+box.width/2 <= f.left+f.width &&
				top >= f.top+frameTitle && top+boxHeight <= f.top+f.height
		})
		if !framed {
			t.Errorf("the box of %s is not in its frame", path)
		}
	}
	if len(p.boxes) != len(p.packages) {
		t.Errorf("got boxes %v, want one for each package", slices.Sorted(maps.Keys(p.boxes)))
	}
}

func testWellFormed(t *testing.T, drawing []byte) {
	for decoder := xml.NewDecoder(bytes.NewReader(drawing)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("reading the drawing: %v", err)
		}
	}
}

// A group that has no package any more is to be taken out.
func TestGroupsAreUsed(t *testing.T) {
	p := arranged(t)
	for _, groups := range layers {
		for _, g := range groups {
			for _, pattern := range g.packages {
				one := group{packages: []string{pattern}}
				if !slices.ContainsFunc(p.paths(), one.has) {
					t.Errorf("%s in the group %q is for no package", pattern, g.title)
				}
			}
		}
	}
}
