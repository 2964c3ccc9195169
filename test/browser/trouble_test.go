// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strings"

	"github.com/google/go-cmp/cmp"
)

// What anybody may write somewhere is shown as text, whatever it is.
func hostileTexts(w *world, b *browser) {
	w.rulesBy(hostile, "below-the-line", strings.Replace(belowTheLine, "giveUpAfter: 1h", "giveUpAfter: 2h", 1))
	w.rules("never-good", hostileRules)
	w.loadline("pause", hostile)
	w.awaitShown("why evictions are paused", func() string {
		if text := b.said("text", options{"id": "banner"}); !strings.Contains(text, hostile) {
			return text
		}
		return ""
	})
	w.awaitShown("who has edited rules", func() string {
		if set := b.ruleSets()["below-the-line"]; !strings.Contains(set.Text, hostile) {
			return set.Text
		}
		return ""
	})
	w.awaitShown("the error", func() string {
		if set := b.ruleSets()["never-good"]; !strings.Contains(set.Error, hostile) {
			return set.Error
		}
		return ""
	})
	var images int
	if b.do("count", options{"selector": "img"}, &images); images > 0 {
		b.Errorf("there are %d images on the page", images)
	}
	w.loadline("resume")
}

// Without a scheduler the page says so, and keeps what it knows; once there is one
// again, it goes on by itself.
func lost(w *world, b *browser, restart func()) {
	before := b.table("node-table")
	b.do("said", options{"id": "connection", "what": "Connection lost, showing what was known at "}, nil)
	b.do("said", options{"id": "connection", "what": "no scheduler could be asked: loadline-scheduler-0: "}, nil)
	b.do("said", options{"id": "announcer", "what": "Connection lost"}, nil)
	after := b.table("node-table")
	if diff := cmp.Diff(before.keys(), after.keys()); diff != "" {
		b.Errorf("the nodes that are known (-before +after):\n%s", diff)
	}
	restart()
	b.do("said", options{"id": "connection", "not": "Connection lost"}, nil)
	b.do("said", options{"id": "headline", "what": " are over a line"}, nil)
	w.awaitShown("the nodes as kubectl loadline top prints them", func() string {
		return cmp.Diff(w.top().comparable(), b.table("node-table").comparable())
	})
	b.good(`^error: Failed to load resource: the server responded with a status of 50[23] `)
}
