// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// waiting are the pods that this plugin has refused a node. The scheduler has
// no event for a node that has cooled, and cannot list the pods in its queue,
// so the plugin remembers whom to wake, and how long they have been waiting.
//
// A pod enters when Filter refuses it a node, which means that every other
// plugin had accepted that node: nothing but a load line is in its way. It
// leaves when it finds a node, is deleted, or is tried without a refusal. It is
// safe for concurrent use.
type waiting struct {
	logger     klog.Logger
	activator  fwk.PodActivator
	selectable func(*corev1.Pod) verdict.Pod
	metrics    waitingMetrics

	mu   sync.Mutex
	pods map[types.UID]*waitingPod
	// generation is of the last snapshot that was looked at.
	generation uint64
}

type waitingPod struct {
	pod *corev1.Pod
	// since is when the pod was first refused, by the time of the snapshot.
	since time.Time
	// cycle is the one in which the pod was tried last. Nil once it is over, so
	// that it does not keep its snapshot.
	cycle *view
	// names and refused are the nodes that were refused in that cycle. amounts,
	// madeRoom and roomUntil are of the pod.
	names     []string
	refused   []int
	amounts   []float64
	madeRoom  string
	roomUntil time.Time
	// relievable tells that preemption may have made room for the pod in that
	// cycle.
	relievable bool
	// refusedBy are the lines that refused the pod when that was last said.
	refusedBy []verdict.RuleKey
	// isRefused tells that the pod was refused a node in that cycle, and woken is
	// the generation of the snapshot that has woken it since. Zero: none.
	isRefused bool
	woken     uint64
	// giveUpAt is when the first of the rules ceases to keep it waiting. Zero:
	// never.
	giveUpAt time.Time
}

func newWaiting(logger klog.Logger, activator fwk.PodActivator, selectable func(*corev1.Pod) verdict.Pod, metrics waitingMetrics) *waiting {
	return &waiting{logger: logger, activator: activator, selectable: selectable, metrics: metrics, pods: map[types.UID]*waitingPod{}}
}

// isParked tells whether a pod is to be woken by a snapshot of a generation. The
// scheduler lets none through for which it is still preempting others, and forgets
// that it was woken: such a pod is woken once more.
func (p *waitingPod) isParked(generation uint64) bool {
	return p.isRefused && (p.woken == 0 || p.madeRoom != "" && p.woken+1 < generation)
}

// begin starts a cycle of a pod: it gives up the lines that have kept the pod
// waiting for as long as they say.
func (w *waiting) begin(uid types.UID, cycle *view) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.pods[uid]
	switch {
	case entry == nil:
		return
	case !entry.isRefused:
		delete(w.pods, uid) // something else keeps it waiting
		return
	}
	cycle.waited = cycle.snapshot.Time.Sub(entry.since)
	if len(cycle.lines) == 0 {
		delete(w.pods, uid) // it is over
		return
	}
	for _, line := range cycle.lines {
		line.givenUp = line.GiveUpAfter > 0 && cycle.snapshot.Time.Sub(entry.since) >= line.GiveUpAfter
	}
	*entry = waitingPod{pod: entry.pod, since: entry.since, cycle: cycle, refusedBy: entry.refusedBy}
}

// enter has a pod wait for a line that refused it a node.
func (w *waiting) enter(pod *corev1.Pod, cycle *view, line *line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.pods[pod.UID]
	if entry == nil || entry.cycle != cycle {
		var said []verdict.RuleKey
		if entry != nil { // a snapshot that was published meanwhile has ended it
			said = entry.refusedBy
		}
		entry = &waitingPod{since: cycle.snapshot.Time.Add(-cycle.waited), cycle: cycle, refusedBy: said}
		w.pods[pod.UID] = entry
	}
	entry.pod, entry.isRefused, entry.woken = pod, true, 0
	if line.GiveUpAfter > 0 {
		if at := entry.since.Add(line.GiveUpAfter); entry.giveUpAt.IsZero() || at.Before(entry.giveUpAt) {
			entry.giveUpAt = at
		}
	}
}

// settle ends the cycle of a pod that found no node, and tells whether other lines
// have refused it than before.
func (w *waiting) settle(uid types.UID, cycle *view) (isNews bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.pods[uid]
	if entry == nil {
		return false
	}
	entry.cycle = cycle // a snapshot that was published meanwhile saw a part of it
	entry.settle()
	return entry.note(cycle)
}

// note takes down which lines have refused the pod, and tells whether these are
// others than before.
func (p *waitingPod) note(cycle *view) (changed bool) {
	known := 0
	for _, line := range cycle.lines {
		if line.refused.words.Load() == nil {
			continue
		}
		if known == len(p.refusedBy) || p.refusedBy[known] != line.Key {
			p.refusedBy, changed = append(p.refusedBy[:known], line.Key), true
		}
		known++
	}
	changed = changed || known < len(p.refusedBy)
	p.refusedBy = p.refusedBy[:known]
	return changed
}

func (p *waitingPod) settle() {
	if p.cycle == nil {
		return
	}
	p.names, p.amounts = p.cycle.snapshot.Nodes(), p.cycle.arrival.Amounts
	p.madeRoom, p.roomUntil, p.relievable = p.cycle.madeRoom, p.cycle.roomUntil, false
	p.refused = nil
	var all nodeSet
	for _, line := range p.cycle.lines {
		p.relievable = p.relievable || p.madeRoom == "" && line.relievable.Load()
		for node := range line.refused.each {
			if added, _ := all.add(node, len(p.names)); added {
				p.refused = append(p.refused, node)
			}
		}
	}
	p.cycle = nil
}

// nominate tells that others were evicted from a node for a pod.
func (w *waiting) nominate(uid types.UID, node string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if entry := w.pods[uid]; entry != nil {
		entry.settle()
		entry.madeRoom = node
	}
}

// leave forgets a pod that waits no more.
func (w *waiting) leave(uid types.UID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.pods, uid)
}

// published wakes the pods that a new snapshot lets pass, in the order in which
// the scheduler would take them and no more than there is room for: the others
// are looked at again at the next one.
func (w *waiting) published(_, after *verdict.Snapshot) {
	woken := w.wake(after)
	if len(woken) == 0 {
		return
	}
	w.logger.Info("Waking pods that load lines had refused", "pods", len(woken), "tick", after.Time.UTC().Format(time.RFC3339Nano))
	w.activate(woken)
}

func (w *waiting) activate(pods map[string]*corev1.Pod) {
	w.metrics.activations.Add(float64(len(pods)))
	w.activator.Activate(w.logger, pods)
}

func (w *waiting) wake(after *verdict.Snapshot) map[string]*corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.generation = after.Generation
	w.observe(after.Time)
	woken := map[string]*corev1.Pod{}
	room := newRoomFor(after)
	for _, entry := range w.inOrder() {
		entry.settle()
		late := !entry.giveUpAt.IsZero() && !after.Time.Before(entry.giveUpAt)
		if pod := w.selectable(entry.pod); late || room.take(entry, pod) || room.canBeMade(entry, pod) {
			woken[klog.KObj(entry.pod).String()] = entry.pod
			entry.woken = after.Generation
		}
	}
	return woken
}

// observe counts the pods that wait, also those that are being tried right now.
func (w *waiting) observe(now time.Time) {
	pods, longest := 0, time.Duration(0)
	for _, entry := range w.pods {
		if entry.isRefused || entry.cycle != nil {
			pods++
			longest = max(longest, now.Sub(entry.since))
		}
	}
	w.metrics.observe(pods, longest)
}

// wakeIn wakes the pods of a namespace whose labels have changed.
func (w *waiting) wakeIn(namespace string) {
	w.mu.Lock()
	woken := map[string]*corev1.Pod{}
	for _, entry := range w.pods {
		if entry.isParked(w.generation) && entry.pod.Namespace == namespace {
			woken[klog.KObj(entry.pod).String()] = entry.pod
			entry.woken = w.generation
		}
	}
	w.mu.Unlock()
	if len(woken) > 0 {
		w.activate(woken)
	}
}
