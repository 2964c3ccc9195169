// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package effect

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// granularity is that of the times at which pods were created.
const granularity = time.Second

// findSuccessors finds the pods that came in place of those that went, and follows
// them until they are ready.
func (u *update) findSuccessors() {
	// taken are pods that are known as successors, and those that were evicted
	// themselves.
	taken := make(map[types.UID]bool, 2*len(u.records))
	for i := range u.records {
		taken[u.records[i].Successor.UID] = true
		if u.records[i].Failed == "" {
			taken[u.records[i].Pod.UID] = true
		}
	}
	for i := range u.records {
		r := &u.records[i]
		if r.Failed != "" || r.DryRun || r.Evicted.IsZero() || !r.Successor.Ready.IsZero() || r.Successor.NotNeeded {
			continue
		}
		u.followSuccessor(r, taken)
	}
}

// followSuccessor brings the successor of a record up to date. One that has gone
// before it was ever ready is replaced by the next, unless it was evicted
// itself: then what comes next is in place of that.
func (u *update) followSuccessor(r *history.Record, taken map[types.UID]bool) {
	pod := u.cluster.Pod(r.Successor.UID)
	if pod == nil && r.Successor.UID != "" && u.evicted(r.Successor.UID) {
		return
	}
	if pod == nil {
		pod = u.next(r, taken)
	}
	switch {
	case pod != nil:
		taken[pod.UID] = true
		r.Successor = history.Successor{Name: pod.Name, UID: pod.UID, Node: pod.Spec.NodeName, Ready: u.readySince(pod)}
	case r.Deleted.IsZero():
	case u.cluster.Gone(r.Workload), !u.now.Before(r.Deleted.Add(u.readyWithin)) && u.whole(r.Workload):
		r.Successor.NotNeeded = true
	}
}

// evicted tells whether a pod is that of a record.
func (u *update) evicted(pod types.UID) bool {
	return slices.ContainsFunc(u.records, func(r history.Record) bool { return r.Pod.UID == pod && r.Failed == "" })
}

// next is the first pod of the workload that was created once the pod was evicted
// and is nobody else's successor. Nil if there is none. Those that come much later
// are there for another reason.
func (u *update) next(r *history.Record, taken map[types.UID]bool) *corev1.Pod {
	var candidates []*corev1.Pod
	for _, pod := range u.cluster.PodsOf(r.Workload) {
		created := pod.CreationTimestamp.Time
		late := !r.Deleted.IsZero() && created.After(r.Deleted.Add(u.readyWithin))
		if !taken[pod.UID] && pod.DeletionTimestamp == nil && !created.Before(r.Evicted.Add(-granularity)) && !late {
			candidates = append(candidates, pod)
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	return slices.MinFunc(candidates, func(a, b *corev1.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
	})
}

// readySince is since when a pod has been ready. Zero if it is not.
func (u *update) readySince(pod *corev1.Pod) time.Time {
	if !cluster.Ready(pod) {
		return time.Time{}
	}
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == corev1.PodReady && !c.LastTransitionTime.IsZero() {
			return c.LastTransitionTime.Time
		}
	}
	return u.now
}

// whole tells whether a workload has all the pods that it should have. One without
// any pod was deleted, or scaled to none.
func (u *update) whole(workload projection.Workload) bool {
	pods := u.cluster.PodsOf(workload)
	if len(pods) == 0 {
		return true
	}
	is := u.cluster.WorkloadOf(pods[0])
	return is != nil && is.Desired >= 0 && is.Ready >= is.Desired
}
