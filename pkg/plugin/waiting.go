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
	logger    klog.Logger
	activator fwk.PodActivator

	mu   sync.Mutex
	pods map[types.UID]*waitingPod
}

type waitingPod struct {
	pod *corev1.Pod
	// since is when the pod was first refused, by the time of the snapshot.
	since time.Time
	// cycle is the one in which the pod was tried last.
	cycle *view
	// rules are what refused it in that cycle. None, once it was woken.
	rules map[verdict.RuleKey]bool
	// refused tells that it was refused in that cycle.
	refused bool
	// giveUpAt is when the first of the rules ceases to keep it waiting. Zero:
	// never.
	giveUpAt time.Time
}

func newWaiting(logger klog.Logger, activator fwk.PodActivator) *waiting {
	return &waiting{logger: logger, activator: activator, pods: map[types.UID]*waitingPod{}}
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
	case len(cycle.lines) == 0, !entry.refused:
		delete(w.pods, uid) // something else keeps it waiting
		return
	}
	for _, line := range cycle.lines {
		line.givenUp = line.GiveUpAfter > 0 && cycle.snapshot.Time.Sub(entry.since) >= line.GiveUpAfter
	}
	cycle.waited = cycle.snapshot.Time.Sub(entry.since)
	*entry = waitingPod{pod: entry.pod, since: entry.since, cycle: cycle, rules: map[verdict.RuleKey]bool{}}
}

// enter has a pod wait for a line that refused it a node.
func (w *waiting) enter(pod *corev1.Pod, cycle *view, line *line) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.pods[pod.UID]
	if entry == nil || entry.cycle != cycle {
		entry = &waitingPod{since: cycle.snapshot.Time, cycle: cycle, rules: map[verdict.RuleKey]bool{}}
		w.pods[pod.UID] = entry
	}
	entry.pod, entry.refused = pod, true
	entry.rules[line.Key] = true
	if line.GiveUpAfter > 0 {
		if at := entry.since.Add(line.GiveUpAfter); entry.giveUpAt.IsZero() || at.Before(entry.giveUpAt) {
			entry.giveUpAt = at
		}
	}
}

func (w *waiting) leave(uid types.UID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.pods, uid)
}

// published wakes the pods that were refused by a rule that has since let go of
// a node, or that gives up now. Otherwise nobody is woken.
func (w *waiting) published(before, after *verdict.Snapshot) {
	relaxed := verdict.Relaxed(before, after)
	woken := w.wake(func(entry *waitingPod) bool {
		if !entry.giveUpAt.IsZero() && !after.Time.Before(entry.giveUpAt) {
			return true
		}
		for rule := range entry.rules {
			if relaxed[rule] {
				return true
			}
		}
		return false
	})
	if len(woken) == 0 {
		return
	}
	w.logger.Info("Waking pods that load lines had refused", "pods", len(woken), "tick", after.Time.UTC().Format(time.RFC3339Nano))
	w.activator.Activate(w.logger, woken)
}

// wakeIn wakes the pods of a namespace, whose labels have changed.
func (w *waiting) wakeIn(namespace string) {
	woken := w.wake(func(entry *waitingPod) bool { return entry.pod.Namespace == namespace })
	if len(woken) > 0 {
		w.activator.Activate(w.logger, woken)
	}
}

// wake returns the waiting pods that are to be woken, by the names that the
// activator knows them by. They are not woken again before they are refused
// again.
func (w *waiting) wake(due func(entry *waitingPod) bool) map[string]*corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	woken := map[string]*corev1.Pod{}
	for _, entry := range w.pods {
		if len(entry.rules) == 0 || !due(entry) {
			continue
		}
		woken[klog.KObj(entry.pod).String()] = entry.pod
		entry.rules, entry.giveUpAt = map[verdict.RuleKey]bool{}, time.Time{}
	}
	return woken
}
