// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
	"github.com/loadline-dev/loadline/test/deploy"
)

// image is one that no node has to have.
const image = "registry.k8s.io/pause:3.10"

// workloadLabel is what the replicas of a workload have in common.
const workloadLabel = "app"

// ownerOf is the controller of a workload's pods, one of a kind that no controller
// of the cluster in a box takes care of. Schedulers go by it as by any other.
func ownerOf(workload *scenario.Workload) *corev1.ReplicationController {
	none, labels := int32(0), map[string]string{workloadLabel: workload.Name}
	return &corev1.ReplicationController{
		ObjectMeta: metav1.ObjectMeta{Name: workload.Name, Namespace: metav1.NamespaceDefault},
		Spec: corev1.ReplicationControllerSpec{
			Replicas: &none, Selector: labels,
			Template: &corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: image}}},
			},
		},
	}
}

// own makes a pod a replica of a workload.
func (b *box) own(pod *corev1.Pod, workload *scenario.Workload) {
	owner := b.owners[workload.Name]
	pod.Labels = map[string]string{workloadLabel: workload.Name}
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(owner, corev1.SchemeGroupVersion.WithKind("ReplicationController"))}
}

// podOf is a pod of the scenario, for the contender to place.
func (b *box) podOf(p *scenario.Pod) *corev1.Pod {
	pod := placedPod(p.Object.Name, "", p.Workload.Request, usageOf(p, b.pace))
	b.own(pod, p.Workload)
	if b.contender.loadline {
		pod.Spec.SchedulerName = deploy.SchedulerName
	}
	return pod
}

// placedPod is a pod that is on a node from the beginning, if one is given.
func placedPod(name, node string, request float64, usage map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: metav1.NamespaceDefault, Annotations: usage},
		Spec: corev1.PodSpec{
			NodeName: node,
			Containers: []corev1.Container{{Name: "main", Image: image, Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(milli(request))},
			}}},
		},
	}
}

// milli is an amount of CPU as a quantity.
func milli(cores float64) string { return fmt.Sprintf("%dm", int64(math.Round(1000*cores))) }
