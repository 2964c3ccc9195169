// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import "time"

// settle is how long nothing may have wanted a mark before it is taken off, and
// how long after it was put it may be put again: four times the interval at which
// nodes are measured by default.
const settle = time.Minute

// pace is how fast a mark has come and gone on a node.
type pace struct {
	// put is when this process last put it.
	put time.Time
	// unwanted is since when nothing wants it, though it is there; if it was taken
	// off since, then since that.
	unwanted time.Time
}

// paces are those of the marks of one node.
type paces map[mark]pace

// observe takes down what is wanted and what is there now.
func (p paces) observe(wanted wishes, ours map[mark]content, now time.Time) {
	for at, have := range ours {
		next := p[at]
		switch {
		case wanted.keep(at, have):
			next.unwanted = time.Time{}
		case next.unwanted.IsZero():
			next.unwanted = now
		}
		p[at] = next
	}
	for at, known := range p {
		if _, there := ours[at]; there {
			continue
		}
		known.unwanted = time.Time{}
		p[at] = known
		if p.mayPut(at, now) {
			delete(p, at)
		}
	}
}

// keep tells whether a mark with a content is to be there, with whatever content
// in the end.
func (w wishes) keep(at mark, have content) bool {
	want, wanted := w[at]
	return wanted && (!want.kept || want.content == have)
}

func (p paces) mayPut(at mark, now time.Time) bool {
	last := p[at].put
	return last.IsZero() || now.Sub(last) >= settle
}

func (p paces) mayTake(at mark, now time.Time) bool {
	since := p[at].unwanted
	return !since.IsZero() && now.Sub(since) >= settle
}

// note takes down what has been done. Until the node is seen without what was
// taken off it, that is not done again at once.
func (p paces) note(put, taken []step, now time.Time) {
	for _, s := range put {
		p[s.mark] = pace{put: now}
	}
	for _, s := range taken {
		p[s.mark] = pace{put: p[s.mark].put, unwanted: now}
	}
}
