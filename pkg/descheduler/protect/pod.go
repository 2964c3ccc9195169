// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// configSource is the annotation by which a kubelet says where it has a pod from.
const configSource = "kubernetes.io/config.source"

func terminating(pod *corev1.Pod, _ Context) reason.Reason {
	if pod.DeletionTimestamp == nil {
		return reason.Reason{}
	}
	return reason.New(Terminating, "it has been terminating since %s", clock(askedToGo(pod)))
}

// static: the API server shows a mirror of such a pod, which the node owns.
func static(pod *corev1.Pod, _ Context) reason.Reason {
	source := pod.Annotations[configSource]
	_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
	ofNode := slices.ContainsFunc(pod.OwnerReferences, func(owner metav1.OwnerReference) bool { return owner.Kind == "Node" })
	if !mirror && !ofNode && (source == "" || source == "api") {
		return reason.Reason{}
	}
	return reason.New(Static, "it is a static pod of the node %s", pod.Spec.NodeName)
}

// daemonSet goes by the name of the kind, whatever its API group: there are others
// than Kubernetes' own, such as ExtendedDaemonSetReplicaSet.
func daemonSet(pod *corev1.Pod, _ Context) reason.Reason {
	owner := metav1.GetControllerOfNoCopy(pod)
	if owner == nil || !strings.Contains(owner.Kind, "DaemonSet") {
		return reason.Reason{}
	}
	return reason.New(DaemonSet, "%s %s/%s runs a pod on each node", owner.Kind, pod.Namespace, owner.Name)
}

func bare(pod *corev1.Pod, _ Context) reason.Reason {
	if metav1.GetControllerOfNoCopy(pod) != nil {
		return reason.Reason{}
	}
	return reason.New(Bare, "it has no controller that would replace it")
}

func ownerKind(pod *corev1.Pod, c Context) reason.Reason {
	owner := metav1.GetControllerOfNoCopy(pod)
	if slices.Contains(c.Config.OwnerKinds, owner.Kind) {
		return reason.Reason{}
	}
	return reason.New(OwnerKind, "it belongs to %s %s/%s, and only pods of these kinds are moved: %s (protections.ownerKinds)",
		owner.Kind, pod.Namespace, owner.Name, list(c.Config.OwnerKinds))
}

func otherScheduler(pod *corev1.Pod, c Context) reason.Reason {
	name := pod.Spec.SchedulerName
	if name == "" {
		name = corev1.DefaultSchedulerName
	}
	if slices.Contains(c.Config.SchedulerNames, name) {
		return reason.Reason{}
	}
	return reason.New(OtherScheduler, "it would come back through the scheduler %s, and only pods of these are moved: %s (protections.schedulerNames)",
		name, list(c.Config.SchedulerNames))
}

func priority(pod *corev1.Pod, c Context) reason.Reason {
	var value int32
	if pod.Spec.Priority != nil {
		value = *pod.Spec.Priority
	}
	if value >= verdict.SystemCriticalPriority {
		return reason.New(Priority, "its priority, %d, is system-critical", value)
	}
	if highest := c.Config.MaxPriority; highest != nil && value > *highest {
		return reason.New(Priority, "its priority is %d, and the highest that is moved is %d (protections.maxPriority)", value, *highest)
	}
	return reason.Reason{}
}

func notRunning(pod *corev1.Pod, _ *cluster.Workload, _ Context) reason.Reason {
	if pod.Status.Phase == corev1.PodRunning {
		return reason.Reason{}
	}
	return reason.New(NotRunning, "it does not run: its phase is %q", pod.Status.Phase)
}

func tooYoung(pod *corev1.Pod, _ *cluster.Workload, c Context) reason.Reason {
	age, least := c.Now.Sub(projection.RunningSince(pod, c.Now)), c.Config.MinAge.Value()
	if age >= least {
		return reason.Reason{}
	}
	return reason.New(TooYoung, "it has run for %s, and is moved after %s at the earliest (protections.minAge)", age.Round(time.Second), least)
}

// askedToGo is when a terminating pod was deleted. What its object says is when it
// is to be gone.
func askedToGo(pod *corev1.Pod) time.Time {
	at := pod.DeletionTimestamp.Time
	if grace := pod.DeletionGracePeriodSeconds; grace != nil {
		at = at.Add(-time.Duration(*grace) * time.Second)
	}
	return at
}

func clock(at time.Time) string { return at.UTC().Format(time.RFC3339) }

func list(names []string) string {
	if len(names) == 0 {
		return "(none)"
	}
	return strings.Join(names, ", ")
}
