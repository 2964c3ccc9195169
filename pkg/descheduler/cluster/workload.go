// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/projection"
)

// Unknown is how many pods a workload wants whose controller is of a kind that
// Loadline does not know, or has not been seen yet.
const Unknown = -1

// Workload is a group of pods that do the same work.
type Workload struct {
	projection.Workload
	// OwnerKind is the kind of the pods' controller: ReplicaSet for the pods of a
	// Deployment.
	OwnerKind string
	// Controller is who decides how many pods there are: the Deployment for its pods.
	Controller corev1.ObjectReference
	// Desired is how many pods there should be, or Unknown. Ready is how many are,
	// as the pods themselves have it, without those that are terminating.
	Desired, Ready int32
	// RollingOut tells that the pods are being replaced by those of another
	// template, that the controller has not seen the latest change, or that it is
	// being deleted. Rollout says which of it.
	RollingOut bool
	Rollout    string
	// Rescaled is when an autoscaler last changed the number of pods. Zero if never.
	Rescaled time.Time
	// Pods are those that have not ended, the terminating ones among them. Leaving
	// are the terminating ones, and Youngest is the one that was created last.
	Pods, Leaving []*corev1.Pod
	Youngest      *corev1.Pod
	// Template is what the next pod will be like. Nil where that is not known.
	Template *corev1.PodTemplateSpec
}

// Gone tells whether nobody makes pods of a workload any more: its controller was
// deleted, or is about to be. That of a kind that is not known here never is.
func (c *Cluster) Gone(workload projection.Workload) bool {
	switch workload.Kind {
	case "ReplicaSet", "StatefulSet", "Job":
		return !c.kept()[workload]
	default:
		return false
	}
}

// indexKept finds the workloads that have a controller which is to stay.
func (c *Cluster) indexKept() map[projection.Workload]bool {
	kept := make(map[projection.Workload]bool, len(c.objects.ReplicaSets)+len(c.objects.StatefulSets)+len(c.objects.Jobs))
	keep := func(object metav1.Object, workload projection.Workload) {
		if object.GetDeletionTimestamp() == nil {
			kept[workload] = true
		}
	}
	for _, set := range c.objects.ReplicaSets {
		keep(set, projection.WorkloadOfReplicaSet(set))
	}
	for _, set := range c.objects.StatefulSets {
		keep(set, projection.Workload{Namespace: set.Namespace, Kind: "StatefulSet", Name: set.Name})
	}
	for _, job := range c.objects.Jobs {
		keep(job, projection.Workload{Namespace: job.Namespace, Kind: "Job", Name: job.Name})
	}
	return kept
}

// String names the workload as people do, such as "Deployment shop/web".
func (w *Workload) String() string {
	return fmt.Sprintf("%s %s/%s", w.Controller.Kind, w.Controller.Namespace, w.Controller.Name)
}

// WorkloadOf is the workload of a pod. Nil for a pod without a controller. That of a
// controller of an unknown kind, or of one that has not been seen, has its pods and
// nothing else that is known of it.
func (c *Cluster) WorkloadOf(pod *corev1.Pod) *Workload {
	owner := controllerOf(pod)
	if owner == nil {
		return nil
	}
	known := c.controllers()
	root, _ := known.rootOf(pod)
	pods := c.podsByRoot()[root]

	c.mu.Lock()
	defer c.mu.Unlock()
	if workload := c.workloads[owner.UID]; workload != nil {
		return workload
	}
	workload := known.workload(pod, owner, pods)
	c.workloads[owner.UID] = workload
	return workload
}

// workload describes the workload of a pod. The UID of the owner says which it is,
// so that a kind of another API group by the same name is not taken for it.
func (c *controllers) workload(pod *corev1.Pod, owner *metav1.OwnerReference, pods []*corev1.Pod) *Workload {
	name, _ := projection.WorkloadOf(pod)
	w := &Workload{
		Workload:   name,
		OwnerKind:  owner.Kind,
		Controller: reference(pod.Namespace, owner),
		Desired:    Unknown,
		Pods:       pods,
	}
	w.count()
	if set := c.replicaSets[owner.UID]; set != nil {
		c.describeReplicaSet(w, set)
	} else if set := c.statefulSets[owner.UID]; set != nil {
		w.describeStatefulSet(set)
	} else if job := c.jobs[owner.UID]; job != nil {
		w.describeJob(job)
	}
	w.RollingOut = w.Rollout != ""
	w.Rescaled = c.rescaled(w.Controller)
	return w
}

func (w *Workload) count() {
	for _, pod := range w.Pods {
		if Ready(pod) {
			w.Ready++
		}
		if pod.DeletionTimestamp != nil {
			w.Leaving = append(w.Leaving, pod)
		}
		if w.Youngest == nil || pod.CreationTimestamp.After(w.Youngest.CreationTimestamp.Time) {
			w.Youngest = pod
		}
	}
}

func reference(namespace string, owner *metav1.OwnerReference) corev1.ObjectReference {
	return corev1.ObjectReference{
		APIVersion: owner.APIVersion,
		Kind:       owner.Kind,
		Namespace:  namespace,
		Name:       owner.Name,
		UID:        owner.UID,
	}
}

// rescaled is when an autoscaler last changed how many pods a controller has. KEDA
// has it done by a HorizontalPodAutoscaler, too.
func (c *controllers) rescaled(of corev1.ObjectReference) time.Time {
	var latest time.Time
	for _, autoscaler := range c.autoscalers[target{of.Namespace, of.Kind, of.Name}] {
		if at := autoscaler.Status.LastScaleTime; at != nil && at.After(latest) {
			latest = at.Time
		}
	}
	return latest
}
