// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

const (
	// leakWithin is how soon after each other two pods of which one is the successor
	// of the other have to be evicted for a leak to be suspected, and how long the
	// workload is left alone then.
	leakWithin = time.Hour
	// waitForReady is how long the successor of an evicted pod is waited for. If
	// the workload still lacks a pod then, that protects it.
	waitForReady = time.Hour
)

// suspectedLeak: a pod was moved since it broke a line, its successor broke one as
// well, and so would the next.
func suspectedLeak(_ *corev1.Pod, workload *cluster.Workload, c Context) reason.Reason {
	for i := range c.History {
		second := &c.History[i]
		if !done(second, workload.Workload) || c.Now.Sub(second.Planned) >= leakWithin {
			continue
		}
		for j := range c.History[:i] {
			first := &c.History[j]
			if done(first, workload.Workload) && first.Successor.UID == second.Pod.UID && second.Planned.Sub(first.Planned) <= leakWithin {
				return reason.New(SuspectedLeak, "%s may leak: %s was evicted at %s, and its successor %s at %s; the workload is left alone until %s",
					workload, first.Pod.Name, clock(first.Planned), second.Pod.Name, clock(second.Planned), clock(second.Planned.Add(leakWithin)))
			}
		}
	}
	return reason.Reason{}
}

func successorNotReady(_ *corev1.Pod, workload *cluster.Workload, c Context) reason.Reason {
	for i := range c.History {
		record := &c.History[i]
		settled := record.Successor.NotNeeded || !record.Successor.Ready.IsZero()
		if settled || !done(record, workload.Workload) || c.Now.Sub(record.Planned) >= waitForReady {
			continue
		}
		if record.Successor.UID == "" {
			return reason.New(SuccessorNotReady, "%s has no successor yet for %s, which was evicted at %s",
				workload, record.Pod.Name, clock(record.Planned))
		}
		return reason.New(SuccessorNotReady, "%s has replaced %s, which was evicted at %s, by %s, which is not ready yet",
			workload, record.Pod.Name, clock(record.Planned), record.Successor.Name)
	}
	return reason.Reason{}
}

// done tells that a record is of an eviction from a workload that was, or may have
// been, carried out.
func done(record *history.Record, workload projection.Workload) bool {
	return record.Failed == "" && !record.DryRun && record.Workload == workload
}

// evicted tells that it was the descheduler that had a pod terminate.
func (c Context) evicted(pod types.UID) bool {
	for i := range c.History {
		if record := &c.History[i]; record.Pod.UID == pod && record.Failed == "" && !record.DryRun {
			return true
		}
	}
	return false
}
