// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// signature is what decides how Loadline treats a pod, of what does not change
// while the pod waits. What nodes measure is not in it: a hinted node is filtered
// again, and a batch that was ranked by another snapshot is thrown away.
type signature struct {
	Namespace         string
	Labels            map[string]string
	PriorityClassName string
	Exempt            bool
	// Workload decides what the pod is expected to use.
	Workload projection.Workload
}

// SignPod signs what selects rule sets, and the workload.
func (p *Plugin) SignPod(_ context.Context, pod *corev1.Pod) ([]fwk.SignFragment, *fwk.Status) {
	workload, _ := projection.WorkloadOf(pod)
	return []fwk.SignFragment{{
		Key: "loadline.dev.Pod()",
		Value: signature{
			Namespace: pod.Namespace, Labels: pod.Labels, PriorityClassName: pod.Spec.PriorityClassName,
			Exempt: verdict.ExemptPod(pod), Workload: workload,
		},
	}}, nil
}
