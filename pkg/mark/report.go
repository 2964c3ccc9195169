// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
)

// The reasons of events on nodes.
const (
	// ReasonTaken is that of a mark that is not put because somebody else has put
	// another one there.
	ReasonTaken = "LoadlineMarkTaken"
	// ReasonClash is that of a mark that is not put because another rule puts
	// another one there.
	ReasonClash = "LoadlineMarksClash"
	// ReasonUnreadable is that of an annotation that does not tell which taints are
	// ours.
	ReasonUnreadable = "LoadlineTaintsUnreadable"
)

// action is what the events are about.
const action = "Mark"

// remember is for how long something is not said again after it was last so.
const remember = time.Hour

// reports are when something was last so that has been said, by what it is.
type reports map[string]time.Time

// isNew tells whether something is to be said, now that it is so.
func (r reports) isNew(what string, now time.Time) bool {
	_, said := r[what]
	r[what] = now
	return !said
}

func (r reports) forget(now time.Time) {
	for what, last := range r {
		if now.Sub(last) >= remember {
			delete(r, what)
		}
	}
}

// report says, once, which wishes are not met. Rules that clash do so on every
// node where both are broken: that is said on one.
func (t *turn) report(ctx context.Context, b books, clashes []clash, left []refusal) {
	for _, c := range clashes {
		t.warn(ctx, b.node, ReasonClash, "", fmt.Sprintf("rule %s/%s puts %s, so rule %s/%s does not put %s: of rules that clash, the first by the names of rule set and rule counts",
			c.first.rule.Set, c.first.rule.Rule, c.mark.with(c.first.content), c.last.rule.Set, c.last.rule.Rule, c.mark.with(c.last.content)))
	}
	for _, r := range left {
		t.warn(ctx, b.node, ReasonTaken, b.node.Name, fmt.Sprintf("rule %s/%s does not put %s: somebody else has put %s",
			r.wish.rule.Set, r.wish.rule.Rule, r.mark.with(r.wish.content), r.mark.with(r.found)))
	}
	if b.unreadable != nil {
		t.warn(ctx, b.node, ReasonUnreadable, b.node.Name, "the annotation with the list of our taints is of no use, so these now belong to whoever wants them: "+b.unreadable.Error())
	}
}

// warn says something once for each of what it is about.
func (t *turn) warn(ctx context.Context, node *corev1.Node, reason, about, text string) {
	if !t.reported.isNew(reason+" "+about+" "+text, t.now) {
		return
	}
	klog.FromContext(ctx).Info("Node is not marked as a rule wants", "node", klog.KObj(node), "reason", reason, "why", text)
	t.recorder.Eventf(node, nil, corev1.EventTypeWarning, reason, action, "%s", text)
}
