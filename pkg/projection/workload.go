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
	if owner.Kind == "ReplicaSet" {
		workload.Name = withoutHash(owner.Name, pod.Labels)
	}
	return workload, true
}

// WorkloadOfReplicaSet is the workload of the pods that a ReplicaSet makes.
func WorkloadOfReplicaSet(set *appsv1.ReplicaSet) Workload {
	return Workload{Namespace: set.Namespace, Kind: "ReplicaSet", Name: withoutHash(set.Name, set.Labels)}
}

// withoutHash is the name of a ReplicaSet without the part by which those of one
// Deployment differ. They and their pods have it as a label, too.
func withoutHash(name string, labels map[string]string) string {
	if hash := labels[appsv1.DefaultDeploymentUniqueLabelKey]; hash != "" {
		return strings.TrimSuffix(name, "-"+hash)
	}
	return name
}
