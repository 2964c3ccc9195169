// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package effect finds out what came of evictions: when the pod was gone, what came
// in its place, and whether the node measures less. It is pure.
package effect

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// settledAfter is how long after it was written down an eviction may still be
	// carried out. Later nobody is at it any more.
	settledAfter = time.Minute
	// stays is how long after it was carried out a pod that is not even on its way
	// out was not evicted after all. The API server marks pods at once; what is
	// known of them may be a little behind.
	stays = 5 * time.Minute
)

// Update brings records up to date, the oldest first, and leaves those that it is
// given as they are. judged are the indexes of those whose effect is known now and
// was not before. snapshot may be nil, where nothing was measured.
//
// Each record goes through these states, of which a failed one takes no more part:
//
//	planned ── evicted ── pod gone ── effect known
//	   └── failed    └── successor seen ── ready
//
// A pod that will not go, such as one with a finalizer that nobody takes off, keeps
// its record, and with it the node, as it is for as long as it is there: it may
// still use what it used.
func Update(now time.Time, config *v1alpha1.DeschedulerConfiguration, snapshot *verdict.Snapshot, cluster *cluster.Cluster,
	records []history.Record) (updated []history.Record, judged []int) {
	u := &update{
		now: now, readyWithin: config.Breaker.ReadyWithin.Value(),
		snapshot: snapshot, cluster: cluster, records: slices.Clone(records),
	}
	for i := range u.records {
		u.follow(&u.records[i])
	}
	u.findSuccessors()
	for i := range u.records {
		if r := &u.records[i]; !r.Finished() {
			u.judge(r)
		}
		if u.records[i].Effect != records[i].Effect && u.records[i].Finished() {
			judged = append(judged, i)
		}
	}
	return u.records, judged
}

// update is an update under way.
type update struct {
	now         time.Time
	readyWithin time.Duration
	snapshot    *verdict.Snapshot
	cluster     *cluster.Cluster
	records     []history.Record
}

// follow finds out whether the pod was evicted, and whether it has gone.
func (u *update) follow(r *history.Record) {
	switch {
	case r.Failed != "":
		r.Effect = history.EffectUnknown
	case !r.Deleted.IsZero():
	case r.DryRun:
		r.Deleted = r.Planned
	default:
		pod := u.cluster.Pod(r.Pod.UID)
		u.followEviction(r, pod)
		if r.Failed == "" && !r.Evicted.IsZero() && (pod == nil || u.cluster.Node(r.Node) == nil) {
			r.Deleted = u.now
		}
	}
}

// followEviction settles what became of an eviction of which nobody has written
// down that it was carried out, because whoever led then led no more, or could
// not write. A pod that is going or gone is taken to have been evicted: it
// counts for budgets rather than not. Of an eviction that was accepted, or whose
// answer was lost, the pod may turn out to stay.
func (u *update) followEviction(r *history.Record, pod *corev1.Pod) {
	goes := pod == nil || pod.DeletionTimestamp != nil
	switch {
	case !r.Evicted.IsZero():
		if !goes && u.now.Sub(r.Evicted) >= stays {
			r.Failed, r.Effect = "it was not evicted: the pod is still there, and not on its way out", history.EffectUnknown
		}
	case u.now.Sub(r.Planned) < settledAfter:
	case goes:
		r.Evicted = r.Planned
	default:
		r.Failed, r.Effect = "it was not evicted: the leader that had planned it did not come to it", history.EffectUnknown
	}
}
