// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"maps"
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
// so the plugin remembers whom to wake.
//
// A pod enters when Filter refuses it, and leaves when it finds a node, is
// deleted or is woken. It is safe for concurrent use.
type waiting struct {
	logger    klog.Logger
	activator fwk.PodActivator

	mu   sync.Mutex
	pods map[types.UID]*waitingPod
}

type waitingPod struct {
	pod *corev1.Pod
	// cycle is the one in which the pod was refused last, and rules are what
	// refused it then.
	cycle *view
	rules map[verdict.RuleKey]bool
}

func newWaiting(logger klog.Logger, activator fwk.PodActivator) *waiting {
	return &waiting{logger: logger, activator: activator, pods: map[types.UID]*waitingPod{}}
}

func (w *waiting) enter(pod *corev1.Pod, cycle *view, rule verdict.RuleKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := w.pods[pod.UID]
	if entry == nil || entry.cycle != cycle {
		entry = &waitingPod{cycle: cycle, rules: map[verdict.RuleKey]bool{}}
		w.pods[pod.UID] = entry
	}
	entry.pod = pod
	entry.rules[rule] = true
}

func (w *waiting) leave(uid types.UID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.pods, uid)
}

// published wakes the pods that were refused by a rule that has since let go of
// a node. Where nothing was relaxed, nobody is woken.
func (w *waiting) published(before, after *verdict.Snapshot) {
	relaxed := verdict.Relaxed(before, after)
	if len(relaxed) == 0 {
		return
	}
	woken := w.take(relaxed)
	if len(woken) == 0 {
		return
	}
	w.logger.Info("Waking pods that load lines had refused", "pods", len(woken), "tick", after.Time.UTC().Format(time.RFC3339Nano))
	w.activator.Activate(w.logger, woken)
}

// take removes and returns the pods that any of the rules refused, by the names
// that the activator knows them by.
func (w *waiting) take(rules map[verdict.RuleKey]bool) map[string]*corev1.Pod {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := map[string]*corev1.Pod{}
	maps.DeleteFunc(w.pods, func(_ types.UID, entry *waitingPod) bool {
		for rule := range entry.rules {
			if rules[rule] {
				taken[klog.KObj(entry.pod).String()] = entry.pod
				return true
			}
		}
		return false
	})
	return taken
}
