// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// nominations are the pods for which room was made on a node that they have not
// been bound to yet, as the API server has it. The scheduler leaves them that room.
type nominations struct {
	// PodNominator is the scheduler's own, which knows of none.
	fwk.PodNominator
	byNode map[string][]fwk.PodInfo
}

// NominatedPodsForNode are those of a node.
func (n *nominations) NominatedPodsForNode(node string) []fwk.PodInfo { return n.byNode[node] }

// follow brings the nominations to the pods that have no node yet. A pod that the
// scheduler cannot read keeps no room there either.
func (n *nominations) follow(unbound []*corev1.Pod) {
	n.byNode = map[string][]fwk.PodInfo{}
	for _, pod := range unbound {
		node := pod.Status.NominatedNodeName
		if node == "" || pod.DeletionTimestamp != nil {
			continue
		}
		if info, err := framework.NewPodInfo(pod); err == nil {
			n.byNode[node] = append(n.byNode[node], info)
		}
	}
}
