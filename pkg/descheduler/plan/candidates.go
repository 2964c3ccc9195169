// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// candidates are the pods of the node that the rule may move, as far as can be told
// without asking the scheduler. The others are passed. unhelpful tells why moving a
// pod would bring nothing; it may be nil.
func (r *relief) candidates(unhelpful func(*corev1.Pod) reason.Reason) []*corev1.Pod {
	var candidates []*corev1.Pod
	for _, pod := range r.source.pods {
		why := r.isOutOfReach(pod)
		if why.IsZero() && unhelpful != nil {
			why = unhelpful(pod)
		}
		if why.IsZero() {
			why = protect.Of(pod, r.protection)
		}
		if why.IsZero() && r.Blocked != nil {
			why = r.Blocked(pod.UID)
		}
		if why.IsZero() {
			why = r.isSpent(pod)
		}
		if !why.IsZero() {
			r.pass(pod, why)
			continue
		}
		candidates = append(candidates, pod)
	}
	return candidates
}

// isOutOfReach tells why the rule has no say over a pod.
func (r *relief) isOutOfReach(pod *corev1.Pod) reason.Reason {
	switch {
	case !r.selects(r.Set, pod):
		return reason.New(NotGoverned, "rule set %q is not for the pod", r.Set.Name)
	case pod.DeletionTimestamp == nil && r.source.isLeaving(pod):
		return reason.New(Leaving, "the pod is moved by another rule")
	default:
		return reason.Reason{}
	}
}

func (p *planner) selects(set *verdict.SetVerdict, pod *corev1.Pod) bool {
	return set.Selects(verdict.NewPod(pod, p.Cluster.NamespaceLabels(pod.Namespace)))
}

// isSpent tells why a pod may not be moved on top of what the plan moves already.
func (r *relief) isSpent(pod *corev1.Pod) reason.Reason {
	workload, _ := projection.WorkloadOf(pod)
	if why := r.allowances[0].Pod(pod, workload, r.node.Name); !why.IsZero() {
		return why
	}
	if r.moved == 0 {
		return reason.Reason{}
	}
	if taken := r.taken[workload]; taken > 0 {
		if known := r.Cluster.WorkloadOf(pod); known == nil || int(known.Ready)-taken < 2 {
			return reason.New(LastReady, "the plan moves %d of its workload already, and without this one too none would be left that is ready", taken)
		}
	}
	for _, budget := range r.Cluster.BudgetsOf(pod) {
		if taken := r.disrupted[budget]; taken > 0 && taken >= int(budget.Status.DisruptionsAllowed) {
			return reason.New(DisruptionsUsed, "the plan moves as many pods already as the PodDisruptionBudget %s allows (%d)", budget.Name, taken)
		}
	}
	return reason.Reason{}
}

// allowed are the pods that may be moved on top of what the plan moves already. The
// others are passed.
func (r *relief) allowed(pods []*corev1.Pod) []*corev1.Pod {
	var allowed []*corev1.Pod
	for _, pod := range pods {
		why := r.isSpent(pod)
		if why.IsZero() {
			why = r.isGivenUp(pod)
		}
		if !why.IsZero() {
			r.pass(pod, why)
			continue
		}
		allowed = append(allowed, pod)
	}
	return allowed
}
