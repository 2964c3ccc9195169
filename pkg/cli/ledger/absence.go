// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
)

// Absence says why no eviction is known.
func (l *Ledger) Absence(now time.Time) string {
	switch number := len(l.Evictions); {
	case l.missing:
		return fmt.Sprintf("none: there is no ConfigMap %s in namespace %q: no descheduler has written down there that it evicted anything", history.ConfigMap, l.namespace)
	case number == 0:
		return "none: no descheduler has written down that it evicted anything"
	default:
		return fmt.Sprintf("none: not evicted by Loadline, as far as is written down: the latest %d at most, which are %d now and go back %s",
			history.MaxRecords, number, duration.HumanDuration(max(0, now.Sub(l.Evictions[number-1].Planned))))
	}
}

// StateOf says how far a pod has come, as who evicted it may have left word. Empty
// where that is not known.
func StateOf(ctx context.Context, client kubernetes.Interface, namespace, name string) string {
	pod, err := client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "there is no such pod"
	case err != nil:
		return ""
	}
	state := string(pod.Status.Phase)
	if pod.DeletionTimestamp != nil {
		state += ", being deleted"
	}
	if pod.Spec.NodeName != "" {
		state += " on node " + pod.Spec.NodeName
	}
	if pod.Status.Reason != "" { // such as Evicted, by the kubelet
		state += fmt.Sprintf(": %s: %s", pod.Status.Reason, pod.Status.Message)
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.DisruptionTarget && condition.Status == corev1.ConditionTrue {
			state += fmt.Sprintf("; to be disrupted: %s: %s", condition.Reason, condition.Message)
		}
	}
	return state
}
