// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"maps"
	"slices"
	"time"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// change is what is to be done to one node.
type change struct {
	// labels are all that are to be ours from now on. Nil: they already are.
	labels map[string]string
	// taints is a JSON patch. Empty: there is nothing to be done.
	taints     []operation
	put, taken []step
	// left are the places that somebody else has written to otherwise.
	left []refusal
}

// step is a mark that is put or taken off.
type step struct {
	mark
	content
	// rule is that which wants a mark that is put.
	rule verdict.RuleKey
}

// refusal is a wish that is not met, for the sake of what is there.
type refusal struct {
	mark  mark
	wish  wish
	found content
}

func (c *change) isEmpty() bool { return c.labels == nil && len(c.taints) == 0 }

// plan finds what is to be done to a node. It is pure.
func plan(b books, wanted wishes, pace paces, now time.Time) change {
	var c change
	ours := b.ours()
	after := maps.Clone(ours)
	for _, at := range places(wanted, ours) {
		have, there := ours[at]
		if there && !wanted.keep(at, have) {
			if pace.mayTake(at, now) {
				delete(after, at)
				c.taken = append(c.taken, step{mark: at, content: have})
			}
			continue
		}
		want, isWanted := wanted[at]
		if !isWanted || want.kept || there && have == want.content {
			continue
		}
		if found, taken := b.others(at); taken && !there {
			if found != want.content {
				c.left = append(c.left, refusal{at, want, found})
			}
			continue
		}
		if pace.mayPut(at, now) {
			after[at] = want.content
			c.put = append(c.put, step{at, want.content, want.rule})
		}
	}
	c.labels = b.labelsAfter(after)
	c.taints = b.taintsAfter(after, now)
	return c
}

// places are all that have to be looked at, in order.
func places(wanted wishes, ours map[mark]content) []mark {
	all := slices.Collect(maps.Keys(ours))
	for at := range wanted {
		if _, there := ours[at]; !there {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, compareMarks)
	return all
}

// labelsAfter is nil where nothing changes.
func (b books) labelsAfter(after map[mark]content) map[string]string {
	labels := map[string]string{}
	for at, c := range after {
		if at.kind == label {
			labels[at.key] = c.value
		}
	}
	if maps.Equal(labels, b.labels) {
		return nil
	}
	return labels
}
