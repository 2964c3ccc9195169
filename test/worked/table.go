// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package worked reads the tables with worked numbers in the documentation, so that
// tests can compute them anew with the code that they are about.
package worked

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pages have such tables.
var pages = []string{"docs/how-it-decides.md", "docs/concepts.md"}

// marker comes before each table, with its name.
var marker = regexp.MustCompile(`(?m)^<!-- worked: (\S+) -->\n\n((?:\|.*\n)+)`)

// Row is a line of a table: its cells by the head of their columns, without
// backquotes.
type Row struct {
	t     testing.TB
	cells map[string]string
}

// Table is the table of a name.
func Table(t testing.TB, name string) []Row {
	t.Helper()
	for _, found := range tables(t) {
		if found[1] == name {
			return rows(t, strings.Split(strings.TrimSpace(found[2]), "\n"))
		}
	}
	t.Fatalf("no page has a table %q", name)
	return nil
}

// Names are those of all tables.
func Names(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, found := range tables(t) {
		names = append(names, found[1])
	}
	return names
}

// Root is the top of the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "../..")
}

// tables are the names and the lines of all tables.
func tables(t testing.TB) [][]string {
	t.Helper()
	var all [][]string
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(Root(), page))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, marker.FindAllStringSubmatch(string(text), -1)...)
	}
	return all
}

func rows(t testing.TB, lines []string) []Row {
	t.Helper()
	heads := cells(lines[0])
	var all []Row
	for _, line := range lines[2:] {
		row := Row{t: t, cells: map[string]string{}}
		for i, cell := range cells(line) {
			row.cells[heads[i]] = cell
		}
		all = append(all, row)
	}
	return all
}

func cells(line string) []string {
	all := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
	for i := range all {
		all[i] = strings.TrimSpace(strings.ReplaceAll(all[i], "`", ""))
	}
	return all
}

// String is the row as it is told of.
func (r Row) String() string { return strings.Join([]string{r.t.Name(), strconv.Quote(r.text())}, " ") }

func (r Row) text() string {
	var parts []string
	for head, cell := range r.cells {
		parts = append(parts, head+": "+cell)
	}
	return strings.Join(parts, ", ")
}

// Text is a cell.
func (r Row) Text(head string) string {
	r.t.Helper()
	text, ok := r.cells[head]
	if !ok {
		r.t.Fatalf("the table has no column %q: %v", head, r)
	}
	return text
}

// Has tells whether a cell is not empty.
func (r Row) Has(head string) bool { return r.Text(head) != "" }

// Number is a cell, with a percentage as a fraction.
func (r Row) Number(head string) float64 {
	r.t.Helper()
	text, isPercent := strings.CutSuffix(r.Text(head), "%")
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.t.Fatalf("%q is no number: %v", head, err)
	}
	if isPercent {
		return value / 100
	}
	return value
}

// Duration is a cell, without the word "ago".
func (r Row) Duration(head string) time.Duration {
	r.t.Helper()
	value, err := time.ParseDuration(strings.TrimSuffix(r.Text(head), " ago"))
	if err != nil {
		r.t.Fatalf("%q is no duration: %v", head, err)
	}
	return value
}

// Want compares a cell with what was computed, to as many digits as the cell has.
func (r Row) Want(head string, got float64) {
	r.t.Helper()
	text := r.Text(head)
	number, isPercent := strings.CutSuffix(text, "%")
	if isPercent {
		got *= 100
	}
	_, decimals, _ := strings.Cut(number, ".")
	if shown := strconv.FormatFloat(got, 'f', len(decimals), 64); strings.TrimPrefix(shown, "-") != strings.TrimPrefix(number, "-") || got < -1e-9 != strings.HasPrefix(number, "-") {
		r.t.Errorf("%v: %s is %s, computed %v", r, head, text, got)
	}
}

// WantText compares a cell with what came out.
func (r Row) WantText(head, got string) {
	r.t.Helper()
	if r.Text(head) != got {
		r.t.Errorf("%v: %s is %q, got %q", r, head, r.Text(head), got)
	}
}
