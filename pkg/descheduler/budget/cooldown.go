// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"slices"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// settling tells why a node is let be that has lost pods: until its metric can
// show that they have gone, and for the node's cooldown from then on.
func (a *Allowance) settling(node string) reason.Reason {
	var last *history.Record
	for i := range a.leaving[node] {
		r := &a.leaving[node][i]
		if r.Deleted.IsZero() {
			return reason.New(NodeInFlight, "pod %s/%s, moved at %s, is not gone yet; the node is judged again %s after it is",
				r.Pod.Namespace, r.Pod.Name, clockTime(r.Planned), r.Window.Duration)
		}
		if last == nil || visible(r).After(visible(last)) {
			last = r
		}
	}
	if last == nil {
		return reason.Reason{}
	}
	if last.InFlight(a.now) {
		return reason.New(NodeInFlight, "pod %s/%s went at %s, which the node's metric shows in full from %s on",
			last.Pod.Namespace, last.Pod.Name, clockTime(last.Deleted), clockTime(visible(last)))
	}
	if until := visible(last).Add(a.cooldowns.Node.Value()); a.now.Before(until) {
		return reason.New(NodeCooldown, "pod %s/%s went at %s; the node is left alone until %s",
			last.Pod.Namespace, last.Pod.Name, clockTime(last.Deleted), clockTime(until))
	}
	return reason.Reason{}
}

// visible is when the node's metric wholly shows that the pod has gone.
func visible(r *history.Record) time.Time { return r.Deleted.Add(r.Window.Duration) }

// cooling tells why a workload is let be that lost pods to earlier plans.
func (a *Allowance) cooling(workload projection.Workload) reason.Reason {
	plans := a.plans[workload]
	if len(plans) == 0 {
		return reason.Reason{}
	}
	last, length := plans[len(plans)-1], a.cooldown(plans)
	if until := last.Add(length); a.now.Before(until) {
		return reason.New(WorkloadCooldown, "%s lost pods at %s; it is left alone for %s, until %s",
			describe(workload), clockTime(last), length, clockTime(until))
	}
	return reason.Reason{}
}

// cooldown is how long a workload is let be after the last of the plans that it
// has lost pods to. It doubles, up to MaxWorkload, with each plan that follows
// within MaxWorkload of the end of the cooldown before, and then starts anew.
func (a *Allowance) cooldown(plans []time.Time) time.Duration {
	base := a.cooldowns.Workload.Value()
	longest := max(base, a.cooldowns.MaxWorkload.Value())
	length := base
	for i := 1; i < len(plans); i++ {
		if plans[i].Before(plans[i-1].Add(length + longest)) {
			length = min(2*length, longest)
		} else {
			length = base
		}
	}
	return length
}

// distinct are the instants in order, each once.
func distinct(times []time.Time) []time.Time {
	slices.SortFunc(times, time.Time.Compare)
	return slices.CompactFunc(times, time.Time.Equal)
}
