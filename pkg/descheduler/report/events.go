// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// Reasons of events.
const (
	// Evicted: a pod was evicted. On the pod and its owner.
	Evicted = "EvictedOverLoadLine"
	// WouldEvict: it would be, but for dry run. On the pod and its owner.
	WouldEvict = "WouldEvict"
	// NotEvicted: it was to be, and was not after all. On the pod.
	NotEvicted = "NotEvicted"
	// SuspectedLeak: pods of a workload break lines wherever they are. On the pod and
	// its owner.
	SuspectedLeak = "SuspectedLeak"
	// Stopped and Resumed: nothing is evicted at all, and something may be again. On
	// the ConfigMap of package history.
	Stopped = "EvictionsStopped"
	Resumed = "EvictionsResumed"
)

const (
	evicting = "Evicting"
	// leakPeriod is how often a suspected leak is worth an event: as long as the
	// workload is left alone for it.
	leakPeriod = time.Hour
	// maxNote is the number of bytes that the API allows in the text of an event.
	maxNote = 1024
)

// announceEviction records events on a pod, and on its owner if it goes.
func (r *Reporter) announceEviction(pod *corev1.Pod, record *history.Record) {
	switch text := describe(record); {
	case record.Failed != "":
		r.event(pod, nil, corev1.EventTypeNormal, NotEvicted, evicting, fmt.Sprintf("not evicted %s: %s", text, record.Failed))
	case record.DryRun:
		r.eventOnBoth(pod, corev1.EventTypeNormal, WouldEvict, "would be evicted "+text)
	default:
		r.eventOnBoth(pod, corev1.EventTypeNormal, Evicted, "evicted "+text)
	}
}

// describe tells from where a pod goes, why, and what is expected of it.
func describe(record *history.Record) string {
	before, predicted := &record.Before, &record.Predicted
	var text strings.Builder
	fmt.Fprintf(&text, "from node %s, which is over load line %q of rule set %q: %s is %s, the line %s, clear at %s",
		record.Node, record.Rule.Rule, record.Rule.Set, before.Metric, number(before.Value), number(before.Threshold), number(before.Clear))
	if before.Share != 0 {
		fmt.Fprintf(&text, "; without the pod's %s it is expected to be %s", number(before.Share), number(predicted.SourceAfter))
	}
	if predicted.Destination != "" {
		fmt.Fprintf(&text, "; there is room on node %s", predicted.Destination)
	}
	if before.Why != "" {
		fmt.Fprintf(&text, "; %s", before.Why)
	}
	return text.String()
}

// number writes a value of a metric, whose unit is not known, for people.
func number(value float64) string { return fmt.Sprintf("%.4g", value) }

// announceLeaks records events about workloads that are left alone because their
// pods break lines wherever they are.
func (r *Reporter) announceLeaks(made *plan.Plan) {
	now := r.Clock.Now()
	for workload, said := range r.leaks {
		if now.Sub(said) >= leakPeriod {
			delete(r.leaks, workload)
		}
	}
	for i := range made.Nodes {
		for _, passed := range made.Nodes[i].Passed {
			workload, _ := projection.WorkloadOf(passed.Pod)
			if _, said := r.leaks[workload]; said || passed.Why.Code != protect.SuspectedLeak {
				continue
			}
			r.leaks[workload] = now
			r.eventOnBoth(passed.Pod, corev1.EventTypeWarning, SuspectedLeak, passed.Why.Message)
		}
	}
}

// announceStop records an event when the reason has changed. That a process which
// has just begun to lead looks on for a while is no news.
func (r *Reporter) announceStop(before reason.Code, why reason.Reason) {
	switch {
	case why.Code == descheduler.WarmingUp:
	case !why.IsZero():
		r.announced = true
		r.event(r.state(), nil, corev1.EventTypeWarning, Stopped, string(why.Code), why.Message)
	case r.announced:
		r.announced = false
		r.event(r.state(), nil, corev1.EventTypeNormal, Resumed, string(before), fmt.Sprintf("%s is over: evictions may go on", before))
	}
}

// state is what events about all evictions are recorded on. Nothing needs to have
// been written to it yet.
func (r *Reporter) state() runtime.Object {
	if state := r.State(); state != nil {
		return state
	}
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "ConfigMap", Namespace: r.Config.RulesNamespace, Name: history.ConfigMap}
}

// eventOnBoth records an event on a pod, and on its owner with the pod as related,
// so that events about several pods of one owner are not taken for one.
func (r *Reporter) eventOnBoth(pod *corev1.Pod, eventType, reason, text string) {
	r.event(pod, nil, eventType, reason, evicting, text)
	if owner := r.OwnerOf(pod); owner != nil {
		r.event(owner, pod, eventType, reason, evicting, fmt.Sprintf("pod %s: %s", pod.Name, text))
	}
}

func (r *Reporter) event(regarding, related runtime.Object, eventType, reason, action, text string) {
	if len(text) > maxNote {
		text = strings.ToValidUTF8(text[:maxNote-3], "") + "..."
	}
	r.Recorder.Eventf(regarding, related, eventType, reason, action, "%s", text)
}
