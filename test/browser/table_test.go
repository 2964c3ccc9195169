// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"regexp"
	"slices"
	"strings"
)

// table is what a table of the page says.
type table struct {
	Titles []string
	Rows   []row
}

type row struct {
	Key   string
	Cells []string
}

func (t *table) keys() []string {
	keys := []string{}
	for _, row := range t.Rows {
		keys = append(keys, row.Key)
	}
	return keys
}

// cell is what a row says under a title.
func (t *table) cell(of row, title string) string {
	if i := slices.Index(t.Titles, title); i >= 0 {
		return of.Cells[i]
	}
	return "there is no column " + title
}

func (b *browser) table(id string) *table {
	b.Helper()
	shown := &table{}
	b.do("table", options{"id": id}, shown)
	return shown
}

// lasting is a time that goes on.
var lasting = regexp.MustCompile(`over line for \S+?:`)

// comparable are the rows of a table with their columns in the order of their titles, but
// for what changes from second to second.
func (t *table) comparable() string {
	titles := slices.Clone(t.Titles)
	slices.Sort(titles)
	var text strings.Builder
	for _, row := range t.Rows {
		for _, title := range titles {
			if title != "Age" {
				text.WriteString(lasting.ReplaceAllString(t.cell(row, title), "over line for AS LONG:") + "   ")
			}
		}
		text.WriteString("\n")
	}
	return text.String()
}

var between = regexp.MustCompile(` {2,}`)

// top is what "kubectl loadline top" prints, as a table.
func (w *world) top() *table {
	w.Helper()
	lines := strings.Split(strings.TrimSpace(w.loadline("top")), "\n")
	read := &table{}
	for _, title := range between.Split(strings.TrimSpace(lines[0]), -1) {
		if slices.Contains([]string{"NODE", "HEADROOM", "AGE", "STATE"}, title) {
			title = title[:1] + strings.ToLower(title[1:])
		} else {
			title = strings.ToLower(title) // of a metric
		}
		read.Titles = append(read.Titles, title)
	}
	for _, line := range lines[1:] {
		cells := between.Split(strings.TrimSpace(line), -1)
		read.Rows = append(read.Rows, row{Key: cells[0], Cells: cells})
	}
	return read
}

// shownRuleSet is a rule set on the page.
type shownRuleSet struct{ Name, State, Error, Text string }

func (b *browser) ruleSets() map[string]shownRuleSet {
	b.Helper()
	var list []shownRuleSet
	b.do("ruleSets", nil, &list)
	byName := map[string]shownRuleSet{}
	for _, set := range list {
		byName[set.Name] = set
	}
	return byName
}
