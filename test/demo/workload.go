// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/test/cluster"
)

// workload is a Deployment whose pods use another amount of memory than they
// request.
type workload struct {
	// after is when it comes, counted from the start of the run.
	after    time.Duration
	name     string
	replicas int32
	// request and use are quantities of memory, of each pod.
	request, use string
	// priorityClass is theirs. Empty: priority 0.
	priorityClass string
}

// arrival is the time between two workloads.
const arrival = 3 * time.Second

// runTime is how long each of the two runs takes.
const runTime = 24 * time.Second

// workloads are what both runs place: reports reserves much and uses little, as
// many workloads do, and the others are the opposite.
var workloads = []workload{
	{after: 0 * arrival, name: "reports", replicas: 6, request: "6Gi", use: "1Gi"},
	{after: 1 * arrival, name: "web", replicas: 6, request: "256Mi", use: "3800Mi"},
	{after: 2 * arrival, name: "api", replicas: 6, request: "256Mi", use: "3800Mi"},
	{after: 3 * arrival, name: "search", replicas: 6, request: "256Mi", use: "3800Mi"},
	{after: 4 * arrival, name: "cart", replicas: 6, request: "256Mi", use: "3800Mi"},
	{after: 5 * arrival, name: "mail", replicas: 6, request: "256Mi", use: "3800Mi"},
}

// sessions are new pods for act 3, which drift in act 5, and pinned are those that
// may run on one node only. Theirs is the same priority, so that neither has the
// other preempted.
var (
	sessions = workload{name: "sessions", replicas: 60, request: "128Mi", use: "160Mi", priorityClass: low}
	pinned   = workload{request: "64Mi", use: "64Mi", priorityClass: low}
)

// low is the priority class of pods that are moved before others.
const low = "low"

// lowPriority is that class.
func lowPriority() *schedulingv1.PriorityClass {
	return &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: low}, Value: -1}
}

func (w workload) String() string {
	return fmt.Sprintf("%s: %d pods, each requests %s and uses %s", w.name, w.replicas, w.request, w.use)
}

// deployment is the object that makes the pods, for a scheduler of that name.
func (w workload) deployment(scheduler string) *appsv1.Deployment {
	labels := map[string]string{"app": w.name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: w.name},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(w.replicas),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{
					Labels:      labels,
					Annotations: map[string]string{cluster.UsageMemoryAnnotation: w.use},
				},
				Spec: w.podSpec(scheduler),
			},
		},
	}
}

// pod is a single pod that may run on that node only.
func (w workload) pod(name, scheduler, node string) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:        name,
			Annotations: map[string]string{cluster.UsageMemoryAnnotation: w.use},
		},
		Spec: w.podSpec(scheduler),
	}
	pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: node}
	return pod
}

func (w workload) podSpec(scheduler string) corev1.PodSpec {
	return corev1.PodSpec{
		SchedulerName:                 scheduler,
		PriorityClassName:             w.priorityClass,
		TerminationGracePeriodSeconds: ptr.To(int64(0)),
		Containers: []corev1.Container{{
			Name:  "main",
			Image: "registry.k8s.io/pause:3.10",
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceCPU:    resource.MustParse("100m"),
				corev1.ResourceMemory: resource.MustParse(w.request),
			}},
		}},
	}
}

// usage is the memory that a pod uses, in bytes, by its annotation.
func usage(pod *corev1.Pod) int64 {
	quantity, err := resource.ParseQuantity(pod.Annotations[cluster.UsageMemoryAnnotation])
	if err != nil {
		return 0
	}
	return quantity.Value()
}

// request is the memory that a pod asks for, in bytes.
func request(pod *corev1.Pod) int64 {
	total := int64(0)
	for _, container := range pod.Spec.Containers {
		total += container.Resources.Requests.Memory().Value()
	}
	return total
}
