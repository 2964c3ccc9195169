// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

func workloadUnknown(pod *corev1.Pod, workload *cluster.Workload) reason.Reason {
	if workload == nil {
		return reason.New(WorkloadUnknown, "its workload is not known")
	}
	owner := metav1.GetControllerOfNoCopy(pod)
	return reason.New(WorkloadUnknown, "it is not known how many pods %s wants (the controller of this one is %s %s)",
		workload, owner.Kind, owner.Name)
}

func onlyReplica(_ *corev1.Pod, workload *cluster.Workload, _ Context) reason.Reason {
	switch {
	case workload.Desired > 1:
		return reason.Reason{}
	case workload.Desired == 1:
		return reason.New(OnlyReplica, "%s wants 1 pod, and nothing would do its work meanwhile", workload)
	default:
		return reason.New(OnlyReplica, "%s wants no pods, so none would come in its place", workload)
	}
}

func rollingOut(_ *corev1.Pod, workload *cluster.Workload, _ Context) reason.Reason {
	if !workload.RollingOut {
		return reason.Reason{}
	}
	return reason.New(RollingOut, "%s is rolling out: %s", workload, workload.Rollout)
}

func belowDesired(pod *corev1.Pod, workload *cluster.Workload, _ Context) reason.Reason {
	if workload.Ready >= workload.Desired {
		return reason.Reason{}
	}
	if !cluster.Ready(pod) {
		return reason.New(BelowDesired, "%s wants %d pods, %d are ready, and this is one of those that are not",
			workload, workload.Desired, workload.Ready)
	}
	return reason.New(BelowDesired, "%s wants %d pods, %d are ready", workload, workload.Desired, workload.Ready)
}

// settling tells that a workload got or lost pods a moment ago, so that what the
// nodes measure does not show yet what it will use. Those that were evicted are left
// out: that the loop waits for their effect is for the cooldowns.
func settling(_ *corev1.Pod, workload *cluster.Workload, c Context) reason.Reason {
	latest, did := workload.Rescaled, "was scaled"
	if pod := workload.Youngest; pod != nil && pod.CreationTimestamp.After(latest) {
		latest, did = pod.CreationTimestamp.Time, "got the pod "+pod.Name
	}
	for _, pod := range workload.Leaving {
		if at := askedToGo(pod); at.After(latest) && !c.evicted(pod.UID) {
			latest, did = at, "lost the pod "+pod.Name
		}
	}
	settled := c.Config.SettleAfter.Value()
	ago := c.Now.Sub(latest)
	if ago >= settled {
		return reason.Reason{}
	}
	return reason.New(Settling, "%s %s %s ago, and is left alone for %s (protections.settleAfter)", workload, did, ago.Round(time.Second), settled)
}
