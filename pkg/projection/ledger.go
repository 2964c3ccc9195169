// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Ledger knows which pods have come to nodes and gone from them of late, from
// the API server and from the scheduler's own decisions, whichever is first. It
// is safe for concurrent use.
type Ledger struct {
	mu       sync.Mutex
	entries  map[types.UID]*entry
	sequence uint64
	// span is how long entries are kept.
	span time.Duration

	// The parts below are of the snapshot in force.
	pending *Pending
	index   func(node string) int
	taken   uint64
	at      time.Time
}

type entry struct {
	pod  *corev1.Pod
	node string
	gone time.Time // zero while it is there
	// assumed tells that the API server has not told of it yet.
	assumed bool
	// sequence numbers the change that led to the entry.
	sequence uint64
	// amounts are what it added to pending.
	amounts []float64
}

// minSpan is how long entries are kept before rules tell how long they count.
const minSpan = 15 * time.Minute

// NewLedger makes a ledger that knows no pods.
func NewLedger() *Ledger {
	return &Ledger{entries: map[types.UID]*entry{}, span: minSpan, pending: newPending(nil)}
}

// Assume enters a pod that the scheduler is about to bind to a node. It may be
// repeated.
func (l *Ledger) Assume(pod *corev1.Pod, node string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.entries[pod.UID]; known != nil {
		if !known.assumed || known.node == node {
			return
		}
		l.takeOut(known)
	}
	l.enter(&entry{pod: pod, node: node, assumed: true})
}

// Release takes out a pod that was assumed and not bound.
func (l *Ledger) Release(pod types.UID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.entries[pod]; known != nil && known.assumed {
		l.takeOut(known)
	}
}

// Observe enters a pod as the API server tells of it.
func (l *Ledger) Observe(pod *corev1.Pod, now time.Time) {
	switch {
	case pod.Spec.NodeName == "":
	case pod.Status.Phase == corev1.PodSucceeded, pod.Status.Phase == corev1.PodFailed:
		l.Remove(pod, now)
	default:
		l.observe(pod, now)
	}
}

func (l *Ledger) observe(pod *corev1.Pod, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.entries[pod.UID]
	if known != nil && known.node == pod.Spec.NodeName {
		known.pod, known.assumed = pod, false
		return
	}
	if known != nil {
		l.takeOut(known) // it was bound elsewhere than assumed
	}
	if e := (&entry{pod: pod, node: pod.Spec.NodeName}); !e.isOld(now, l.span) {
		l.enter(e)
	}
}

// Remove enters that a pod is no longer on its node.
func (l *Ledger) Remove(pod *corev1.Pod, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.entries[pod.UID]
	switch {
	case known == nil && pod.Spec.NodeName != "":
		l.sequence++
		l.entries[pod.UID] = &entry{pod: pod, node: pod.Spec.NodeName, gone: now, sequence: l.sequence}
	case known != nil && known.gone.IsZero():
		l.withdraw(known)
		known.pod, known.gone, known.assumed = pod, now, false
	}
}

// RunningSince is when a pod began to run on its node, by its own times, which
// outlive a restart of whoever asks. That of a pod which has not begun, since
// its images are still pulled perhaps, is now: it has yet to bring all that it
// will.
func RunningSince(pod *corev1.Pod, now time.Time) time.Time {
	if pod.Spec.NodeName == "" || pod.Status.Phase == corev1.PodPending {
		return now
	}
	var earliest time.Time
	for _, status := range pod.Status.ContainerStatuses {
		for _, state := range []corev1.ContainerState{status.State, status.LastTerminationState} {
			if at := startOf(state); !at.IsZero() && (earliest.IsZero() || at.Before(earliest)) {
				earliest = at
			}
		}
	}
	if earliest.IsZero() {
		return boundAt(pod)
	}
	return earliest
}

func startOf(state corev1.ContainerState) time.Time {
	switch {
	case state.Running != nil:
		return state.Running.StartedAt.Time
	case state.Terminated != nil:
		return state.Terminated.StartedAt.Time
	default:
		return time.Time{}
	}
}

// boundAt is when a pod came to its node.
func boundAt(pod *corev1.Pod) time.Time {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionTrue && !condition.LastTransitionTime.IsZero() {
			return condition.LastTransitionTime.Time
		}
	}
	if start := pod.Status.StartTime; start != nil {
		return start.Time
	}
	return pod.CreationTimestamp.Time
}

// isOld tells whether the entry can be forgotten: the pod has run, been gone, or
// failed to start for a span.
func (e *entry) isOld(now time.Time, span time.Duration) bool {
	switch {
	case e.assumed:
		return false
	case !e.gone.IsZero():
		return now.Sub(e.gone) >= span
	case e.pod.Status.Phase == corev1.PodPending:
		return now.Sub(boundAt(e.pod)) >= span
	default:
		return now.Sub(RunningSince(e.pod, now)) >= span
	}
}

func (l *Ledger) enter(e *entry) {
	l.sequence++
	e.sequence = l.sequence
	l.entries[e.pod.UID] = e
	l.deposit(e)
}

// takeOut forgets an entry as if it had never been.
func (l *Ledger) takeOut(e *entry) {
	l.withdraw(e)
	delete(l.entries, e.pod.UID)
}

// deposit adds an entry to what is pending, for a pod that is not in the
// snapshot in force.
func (l *Ledger) deposit(e *entry) {
	if l.index == nil {
		return
	}
	e.amounts = l.pending.Expect(e.pod)
	for i, estimator := range l.pending.estimators {
		if l.at.Sub(RunningSince(e.pod, l.at)) >= estimator.Whole {
			e.amounts[i] = 0 // measured
		}
	}
	l.pending.add(l.index(e.node), e.amounts, 1)
}

// withdraw takes back what an entry added to what is pending. One that the
// snapshot in force already counts is let be until the next.
func (l *Ledger) withdraw(e *entry) {
	if e.sequence > l.taken && e.amounts != nil {
		l.pending.add(l.index(e.node), e.amounts, -1)
	}
	e.amounts = nil
}

// Take lists the pods that have come or gone within a span, and the sequence
// number up to which the list is complete. Older entries are forgotten.
func (l *Ledger) Take(now time.Time, span time.Duration) (placements []Placement, sequence uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.span = max(span, minSpan)
	for uid, e := range l.entries {
		if e.isOld(now, l.span) {
			delete(l.entries, uid)
			continue
		}
		placements = append(placements, Placement{Pod: e.pod, Node: e.node, Placed: RunningSince(e.pod, now), Gone: e.gone})
	}
	return placements, l.sequence
}

// Rebase begins to count anew what comes to the nodes, on top of a snapshot of a
// time that has in it what Take listed up to a sequence number. index numbers the nodes,
// and is negative for one that the snapshot does not know. publish makes the
// snapshot known, with what is pending on it; nothing is entered meanwhile, so
// that no reader misses a pod.
func (l *Ledger) Rebase(at time.Time, sequence uint64, estimators []Estimator, index func(node string) int, publish func(*Pending)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at, l.index, l.taken = at, index, sequence
	l.pending = newPending(estimators)
	for _, e := range l.entries {
		e.amounts = nil
		if e.sequence > sequence && e.gone.IsZero() {
			l.deposit(e)
		}
	}
	publish(l.pending)
}
