// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package projection

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Workload is what pods that do the same work have in common: their controlling
// owner, with the ReplicaSets of one Deployment taken together.
type Workload struct {
	Namespace string `json:"namespace"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
}

// WorkloadOf finds a pod's workload. A pod without a controlling owner has none.
func WorkloadOf(pod *corev1.Pod) (Workload, bool) {
	owner := metav1.GetControllerOfNoCopy(pod)
	if owner == nil {
		return Workload{}, false
	}
	workload := Workload{Namespace: pod.Namespace, Kind: owner.Kind, Name: owner.Name}
	if hash := pod.Labels[appsv1.DefaultDeploymentUniqueLabelKey]; hash != "" && owner.Kind == "ReplicaSet" {
		workload.Name = strings.TrimSuffix(owner.Name, "-"+hash)
	}
	return workload, true
}
