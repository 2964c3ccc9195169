// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// All can be reached and done by the keyboard alone, and it can be seen where one is.
func keyboard(w *world, b *browser) {
	b.do("open", options{"url": w.page}, nil)
	b.do("press", options{"keys": []string{"Tab"}}, nil)
	if got := b.said("focused", nil); got != "a Skip to the nodes" {
		b.Errorf("first comes %q, want the link that skips to the nodes", got)
	}
	b.do("press", options{"keys": []string{"Enter"}}, nil)
	b.do("press", options{"keys": []string{"Tab"}}, nil)
	if got := b.said("focused", nil); !strings.HasPrefix(got, "input Node name") {
		b.Errorf("after the link comes %q, want the name to filter nodes by", got)
	}
	b.do("type", options{"what": "db-2"}, nil)
	w.awaitShown("the node that is typed", func() string {
		shown := b.table("node-table")
		return cmp.Diff([]string{"db-2"}, shown.keys())
	})
	b.do("focus", options{"id": "node-table", "key": "db-2"}, nil)
	b.do("press", options{"keys": []string{"Enter"}}, nil)
	text := b.said("detail", options{"id": "node-table", "key": "db-2", "settled": "below-the-line/memory-above-90"})
	if !strings.Contains(text, "94.0%") {
		b.Errorf("the node that is opened says\n%s", text)
	}
	b.do("press", options{"keys": []string{"Space"}}, nil)
	if got := b.said("focused", nil); got != "button db-2" {
		b.Errorf("after the node is closed the focus is on %q", got)
	}
	b.do("open", options{"url": w.page}, nil)
	var walked struct{ Order, Missed, Unseen []string }
	b.do("walk", nil, &walked)
	if len(walked.Missed) > 0 || len(walked.Order) < 20 {
		b.Errorf("the Tab key meets %q, and misses %q", walked.Order, walked.Missed)
	}
	if len(walked.Unseen) > 0 {
		b.Errorf("it cannot be seen that the focus is on %q", walked.Unseen)
	}
}

// While somebody reads, what is new comes without taking away what they read.
func refreshKeeps(w *world, b *browser) {
	b.do("open", options{"url": w.page, "height": 600}, nil)
	b.do("filter", options{"name": "b"}, nil)
	with := options{"id": "node-table", "key": "db-2", "settled": "below-the-line/memory-above-90"}
	b.do("toggle", with, nil)
	b.said("detail", with)
	b.do("focus", with, nil)
	type position struct{ Scrolled, Top float64 }
	var before, after position
	b.do("position", options{"id": "node-table"}, &before)
	b.do("refreshed", options{"times": 3}, nil)
	if got := b.said("focused", nil); got != "button db-2" {
		b.Errorf("the focus has gone to %q", got)
	}
	if text := b.said("detail", with); !strings.Contains(text, "94.0%") {
		b.Errorf("what was open says\n%s", text)
	}
	if shown := b.table("node-table"); slices.Contains(shown.keys(), "edge-1") {
		b.Errorf("the filter is gone: got %q", shown.keys())
	}
	if b.do("position", options{"id": "node-table"}, &after); before != after {
		b.Errorf("the page has moved from %+v to %+v", before, after)
	}
	b.do("filter", nil, nil)
}

// landmarks are the parts that a screen reader tells of, with their names.
var landmarks = []string{
	`- link "Skip to the nodes"`, `- banner`, `- navigation "Sections"`, `- main`,
	`- region "Nodes"`, `- region "What happened"`, `- region "Rules"`, `- region "Waiting pods"`, `- region "Evictions"`,
	`- heading "Loadline" [level=1]`, `- heading "Nodes" [level=2]`, `- heading "below-the-line" [level=3]`,
	`- searchbox "Node name"`, `- combobox "State"`, `- combobox "Rule set"`, `- slider "Moment"`,
	`- table "Nodes"`, `- table "What happened"`, `- table "Rules of below-the-line"`, `- table "Waiting pods"`, `- table "Evictions"`,
	`- columnheader "Headroom`, `- button "db-2"`, `- status`,
}

// Nothing keeps people from it who do not see, or who see few contrasts.
func accessible(w *world, b *browser) {
	for _, colours := range []string{"light", "dark"} {
		b.do("open", options{"url": w.page, "colorScheme": colours}, nil)
		with := options{"id": "node-table", "key": "db-2", "settled": "below-the-line/memory-above-90"}
		b.do("toggle", with, nil)
		b.said("detail", with)
		var violations []string
		b.do("violations", nil, &violations)
		for _, violation := range violations {
			b.Errorf("%s: %s", colours, violation)
		}
	}
	tree := b.said("tree", nil)
	for _, want := range landmarks {
		if !strings.Contains(tree, want) {
			b.Errorf("there is no %s for a screen reader", want)
		}
	}
	if b.Failed() {
		b.Logf("for a screen reader there is:\n%s", tree)
	}
}

// On a narrow screen the page is read from top to bottom, and not sideways.
func narrow(w *world, b *browser) {
	for _, width := range []int{320, 400, 800} {
		b.do("open", options{"url": w.page, "width": width, "height": 700}, nil)
		with := options{"id": "node-table", "key": "db-2", "settled": "below-the-line/memory-above-90"}
		b.do("toggle", with, nil)
		b.said("detail", with)
		var overflowing []string
		if b.do("overflowing", nil, &overflowing); len(overflowing) > 0 {
			b.Errorf("with %d pixels: %s", width, strings.Join(overflowing, "\n"))
		}
	}
}
