// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explained

import (
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/loadline-dev/loadline/pkg/explain"
)

// Absence says why no decision on the pod is known.
func (r *Result) Absence() string {
	switch {
	case r.Unasked != nil:
		return "not known: no scheduler could be asked"
	case r.isGone:
		return "none: there is no such pod, and no scheduler that was asked remembers one"
	case r.pod == nil:
		return "none: no scheduler that was asked remembers the pod"
	case r.pod.Spec.SchedulerName != SchedulerName:
		return fmt.Sprintf("none: the pod names the scheduler %q; that of Loadline is %q, as shipped", r.pod.Spec.SchedulerName, SchedulerName)
	case r.pod.Spec.NodeName != "":
		return r.absenceOfPlaced()
	default:
		return r.absenceOfPending()
	}
}

// absenceOfPlaced is for a pod that is on a node.
func (r *Result) absenceOfPlaced() string {
	if placed := placedAt(r.pod); placed.Before(r.schedulers.began()) && !placed.IsZero() {
		return fmt.Sprintf("not known any more: the pod was placed %s ago, before %s, and what an earlier one had decided is gone",
			r.since(placed), r.beginning())
	}
	for _, journal := range r.schedulers.journals {
		if journal.full() {
			return fmt.Sprintf("not known any more: %s remembers the last %d pods", journal.from, journal.Capacity)
		}
	}
	return "none: no scheduler that was asked has placed the pod: it was made with the name of its node, or something else bound it"
}

// beginning says what began when the decisions did that are known.
func (r *Result) beginning() string {
	if began := r.schedulers.began(); !began.Equal(r.schedulers.since) {
		return fmt.Sprintf("the scheduler started %s ago", r.since(began))
	}
	return fmt.Sprintf("%s began to lead %s ago", r.schedulers.leader, r.since(r.schedulers.since))
}

// absenceOfPending is for a pod that has no node.
func (r *Result) absenceOfPending() string {
	condition := scheduled(r.pod)
	switch {
	case r.pod.DeletionTimestamp != nil:
		return "none: the pod is being deleted, and has not been placed before"
	case condition == nil:
		return fmt.Sprintf("none: no scheduler has tried the pod yet, which was made %s ago", r.since(r.pod.CreationTimestamp.Time))
	case condition.Reason == corev1.PodReasonSchedulingGated:
		return "none: the pod is held back by its scheduling gates"
	default:
		return "none: no load line has kept the pod waiting, as far as is remembered"
	}
}

// State says how far the pod has come. Empty where that is not known, or Absence
// says it.
func (r *Result) State() string {
	switch {
	case r.isGone && r.Decision != nil:
		return "there is no such pod any more"
	case r.pod == nil:
		return ""
	}
	state := string(r.pod.Status.Phase)
	if r.pod.DeletionTimestamp != nil {
		state += ", being deleted"
	}
	if r.pod.Spec.NodeName != "" {
		state += " on node " + r.pod.Spec.NodeName
		if placed := placedAt(r.pod); !placed.IsZero() {
			state += ", placed " + r.since(placed) + " ago"
		}
		if r.Decision != nil && r.Decision.Outcome == explain.Refused {
			state += " by a decision that is not known"
		}
	}
	why := r.pod.Status.Reason // such as Evicted
	if condition := scheduled(r.pod); why == "" && r.pod.Spec.NodeName == "" && condition != nil {
		why = condition.Message
	}
	if why != "" {
		state += ": " + why
	}
	return state
}

// Age is how long ago a decision was made.
func (r *Result) Age(decision *Decision) string { return r.since(decision.Time) }

// Asked lists the schedulers that were asked, and what they remember.
func (r *Result) Asked() string {
	if r.schedulers == nil {
		return ""
	}
	asked := make([]string, 0, len(r.schedulers.journals))
	for _, journal := range r.schedulers.journals {
		leads := ""
		if journal.from == r.schedulers.leader {
			leads = fmt.Sprintf(", which has led for %s,", r.since(r.schedulers.since))
		}
		asked = append(asked, fmt.Sprintf("%s%s remembers pods: %d, of at most %d", journal.from, leads, journal.Pods, journal.Capacity))
	}
	return strings.Join(asked, "; ")
}

// since is how long ago a time was.
func (r *Result) since(at time.Time) string { return duration.HumanDuration(max(0, r.now.Sub(at))) }

// scheduled is the pod's condition of that name. Nil without one.
func scheduled(pod *corev1.Pod) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if condition := &pod.Status.Conditions[i]; condition.Type == corev1.PodScheduled {
			return condition
		}
	}
	return nil
}

// placedAt is when the pod was bound to its node. Zero where that is not known.
func placedAt(pod *corev1.Pod) time.Time {
	if condition := scheduled(pod); condition != nil && condition.Status == corev1.ConditionTrue {
		return condition.LastTransitionTime.Time
	}
	return time.Time{}
}
