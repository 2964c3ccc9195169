// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package protect says why a pod may not be moved, whatever its node measures. It
// is pure.
//
// Whatever is not known protects: a workload that has not been seen, a claim that
// is not there, an annotation with a value that nobody has defined.
package protect

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Codes of the reasons for which a pod is not moved.
const (
	// Terminating: it is on its way out already.
	Terminating reason.Code = "Terminating"
	// Static: it comes from a file of the kubelet, and only the file can end it.
	Static reason.Code = "Static"
	// DaemonSet: it belongs on its node, and would be back at once.
	DaemonSet reason.Code = "DaemonSet"
	// Bare: it has no controller that would replace it.
	Bare reason.Code = "Bare"
	// OwnerKind: its controller is of a kind whose pods may not be moved.
	OwnerKind reason.Code = "OwnerKind"
	// OtherScheduler: its successor would be placed by a scheduler that may not heed
	// the lines.
	OtherScheduler reason.Code = "OtherScheduler"
	// Priority: the system depends on it, or its priority is above the highest that
	// may be moved.
	Priority reason.Code = "Priority"
	// Annotated: an annotation of the pod keeps it.
	Annotated reason.Code = "Annotated"
	// LocalStorage: it would lose what it has on the node's disk or in its memory.
	LocalStorage reason.Code = "LocalStorage"
	// PersistentVolume: it has a volume of a class that may not be moved.
	PersistentVolume reason.Code = "PersistentVolume"
	// WorkloadUnknown: it is not known how many pods its controller wants.
	WorkloadUnknown reason.Code = "WorkloadUnknown"
	// OnlyReplica: nobody would do its work until its successor does.
	OnlyReplica reason.Code = "OnlyReplica"
	// SeveralBudgets: it is under more than one PodDisruptionBudget, and the API
	// server evicts no such pod.
	SeveralBudgets reason.Code = "SeveralBudgets"
	// SuspectedLeak: the workload's pods break lines one after the other, wherever
	// they are.
	SuspectedLeak reason.Code = "SuspectedLeak"
	// RollingOut: its workload is going over to another template.
	RollingOut reason.Code = "RollingOut"
	// BelowDesired: its workload has fewer ready pods than it should have. That the
	// pod itself is the one that is not ready makes no difference: what a workload
	// suffers from is for its owners to find where it is.
	BelowDesired reason.Code = "BelowDesired"
	// SuccessorNotReady: the successor of a pod of the workload that was evicted
	// before is not ready yet.
	SuccessorNotReady reason.Code = "SuccessorNotReady"
	// Settling: its workload has just got or lost pods.
	Settling reason.Code = "Settling"
	// NotRunning: it has not begun to run.
	NotRunning reason.Code = "NotRunning"
	// TooYoung: it has not run for long enough.
	TooYoung reason.Code = "TooYoung"
	// NoDisruptionsAllowed: its PodDisruptionBudget allows no disruption now.
	NoDisruptionsAllowed reason.Code = "NoDisruptionsAllowed"
)

// Context is what protections are judged by.
type Context struct {
	Now     time.Time
	Config  *v1alpha1.Protections
	Cluster *cluster.Cluster
	// History are the evictions before, the oldest first.
	History []history.Record
}

// Of says why a pod may not be moved, or nothing if it may. Of several reasons it
// gives the one that lasts longest, so that nobody waits for one to pass and meets
// the next: first what the pod is, then what its workload is, then what passes by
// itself. The order is that of the codes.
func Of(pod *corev1.Pod, c Context) reason.Reason {
	for _, protection := range []func(*corev1.Pod, Context) reason.Reason{
		terminating, static, daemonSet, bare, ownerKind, otherScheduler, priority, annotated, localStorage, persistentVolume,
	} {
		if why := protection(pod, c); !why.IsZero() {
			return why
		}
	}
	workload := c.Cluster.WorkloadOf(pod)
	if workload == nil || workload.Desired < 0 {
		return workloadUnknown(pod, workload)
	}
	for _, protection := range []func(*corev1.Pod, *cluster.Workload, Context) reason.Reason{
		onlyReplica, severalBudgets, suspectedLeak, rollingOut, belowDesired, successorNotReady, settling, notRunning, tooYoung, noDisruptionsAllowed,
	} {
		if why := protection(pod, workload, c); !why.IsZero() {
			return why
		}
	}
	return reason.Reason{}
}
