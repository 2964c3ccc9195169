// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	corev1helpers "k8s.io/component-helpers/scheduling/corev1"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// maxWokenPerNode bounds the pods that are woken at a time for one node that
// lets them pass. What a line without a resource leaves room for is not known,
// and a node seldom takes more than this in the time of a tick.
const maxWokenPerNode = 32

// maxLooks bounds the pods for which it is looked at a time whether preemption
// could make room for them, on every node.
const maxLooks = 32

// inOrder are the pods that are parked, as the scheduler would take them: by
// priority, and then by how long they have waited.
func (w *waiting) inOrder() []*waitingPod {
	var parked []*waitingPod
	for _, entry := range w.pods {
		if entry.isParked(w.generation) {
			parked = append(parked, entry)
		}
	}
	slices.SortFunc(parked, func(a, b *waitingPod) int {
		return cmp.Or(
			cmp.Compare(corev1helpers.PodPriority(b.pod), corev1helpers.PodPriority(a.pod)),
			a.since.Compare(b.since),
			a.pod.CreationTimestamp.Compare(b.pod.CreationTimestamp.Time),
			cmp.Compare(a.pod.Namespace, b.pod.Namespace), cmp.Compare(a.pod.Name, b.pod.Name))
	})
	return parked
}

// roomFor hands out the room that a snapshot has for waiting pods.
type roomFor struct {
	snapshot *verdict.Snapshot
	// pending is what the pods that were woken would add, by usage.
	pending []*projection.Amounts
	woken   map[int]int // pods by node
	// lines are the rules of the snapshot by the sets that select a pod.
	lines map[string][]*verdict.RuleVerdict
	// full are those with which a pod that uses nothing fits on no node, and
	// hopeless those with which preemption could not change that.
	full, hopeless map[string]bool
	// looks are left to see whether preemption could make room.
	looks int
}

func newRoomFor(snapshot *verdict.Snapshot) *roomFor {
	return &roomFor{
		snapshot: snapshot, pending: snapshot.Pending.Amounts(), woken: map[int]int{},
		lines: map[string][]*verdict.RuleVerdict{}, full: map[string]bool{}, hopeless: map[string]bool{}, looks: maxLooks,
	}
}

// take tells whether one of the nodes that were refused to a pod would now take
// it, and sets the room aside.
func (r *roomFor) take(entry *waitingPod, pod verdict.Pod) bool {
	key, lines := r.linesFor(pod)
	if r.full[key] {
		return false
	}
	arrival := verdict.Arrival{Amounts: entry.amounts, Pending: r.pending}
	if node := r.snapshot.Index(entry.madeRoom); node != verdict.NoNode {
		arrival.Removed = map[int][]float64{node: nil}
	}
	anyOpen := false
	for _, node := range r.refusedTo(entry) {
		if r.woken[node] < maxWokenPerNode && accepts(lines, node, &arrival) {
			r.setAside(node, entry.amounts)
			return true
		}
		anyOpen = anyOpen || r.woken[node] < maxWokenPerNode && accepts(lines, node, &verdict.Arrival{Pending: r.pending})
	}
	if !anyOpen && len(entry.refused) == len(r.snapshot.Nodes()) {
		r.full[key] = true // no need to look at every node for every pod
	}
	return false
}

// canBeMade tells whether preemption could make room for a pod now, and could not
// when the pod was last tried: because nobody knew then what the pods of its nodes
// use, because they used less, or because room had just been made.
func (r *roomFor) canBeMade(entry *waitingPod, pod verdict.Pod) bool {
	key, lines := r.linesFor(pod)
	never := entry.pod.Spec.PreemptionPolicy != nil && *entry.pod.Spec.PreemptionPolicy == corev1.PreemptNever
	if never || entry.relievable || r.hopeless[key] || r.looks == 0 || !r.snapshot.Time.After(entry.roomUntil) {
		return false
	}
	r.looks--
	arrival := verdict.Arrival{Amounts: entry.amounts, Priority: corev1helpers.PodPriority(entry.pod), Pending: r.pending}
	atMost := verdict.Arrival{Priority: arrival.Priority} // those that come next have no higher one
	hopeless := true
	for _, node := range r.refusedTo(entry) {
		if relievable(lines, node, &arrival) {
			return true
		}
		hopeless = hopeless && !relievable(lines, node, &atMost)
	}
	r.hopeless[key] = hopeless && len(entry.refused) == len(r.snapshot.Nodes())
	return false
}

// refusedTo are the nodes that were refused to a pod and are still there.
func (r *roomFor) refusedTo(entry *waitingPod) []int {
	names := r.snapshot.Nodes()
	if len(entry.names) == len(names) && len(names) > 0 && &entry.names[0] == &names[0] {
		return entry.refused
	}
	var there []int
	for _, node := range entry.refused {
		if now := r.snapshot.Index(entry.names[node]); now != verdict.NoNode {
			there = append(there, now)
		}
	}
	entry.names, entry.refused = names, there
	return there
}

func (r *roomFor) linesFor(pod verdict.Pod) (key string, lines []*verdict.RuleVerdict) {
	selected := make([]byte, len(r.snapshot.Sets))
	for i, set := range r.snapshot.Sets {
		if set.Selects(pod) {
			selected[i] = 1
		}
	}
	key = string(selected)
	if lines, ok := r.lines[key]; ok {
		return key, lines
	}
	for i, set := range r.snapshot.Sets {
		if selected[i] == 1 {
			lines = append(lines, set.Rules...)
		}
	}
	r.lines[key] = lines
	return key, lines
}

func (r *roomFor) setAside(node int, amounts []float64) {
	r.woken[node]++
	for usage, amount := range amounts {
		if usage < len(r.pending) {
			r.pending[usage] = r.pending[usage].Plus(node, amount)
		}
	}
}

func accepts(lines []*verdict.RuleVerdict, node int, arrival *verdict.Arrival) bool {
	for _, line := range lines {
		if line.Judge(node, arrival) != verdict.Accepted {
			return false
		}
	}
	return true
}

// relievable tells whether removing pods from a node could have it accept a pod.
func relievable(lines []*verdict.RuleVerdict, node int, arrival *verdict.Arrival) bool {
	for _, line := range lines {
		if line.Judge(node, arrival) == verdict.RefusedForGood {
			return false
		}
	}
	return true
}
