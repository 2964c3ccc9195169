// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// describeReplicaSet takes what a ReplicaSet wants from the Deployment that it
// belongs to, if any.
func (c *controllers) describeReplicaSet(w *Workload, set *appsv1.ReplicaSet) {
	owner := controllerOf(set)
	if owner == nil {
		w.Desired = replicas(set.Spec.Replicas)
		w.Template = &set.Spec.Template
		w.Rollout = first(
			changing(set, set.Status.ObservedGeneration),
			unproven(set.Status.ReadyReplicas, set.Status.AvailableReplicas))
		return
	}
	w.Controller = reference(set.Namespace, owner)
	if deployment := c.deployments[owner.UID]; deployment != nil {
		w.describeDeployment(deployment)
		return
	}
	if siblings := c.owned[owner.UID]; len(siblings) > 0 {
		w.describeSiblings(set, siblings)
	}
}

// describeDeployment: one that is paused is no rollout by itself, since its pods are
// replaced by the like all the same unless its template has changed meanwhile.
func (w *Workload) describeDeployment(deployment *appsv1.Deployment) {
	w.Desired = replicas(deployment.Spec.Replicas)
	w.Template = &deployment.Spec.Template
	status := &deployment.Status
	w.Rollout = first(
		changing(deployment, status.ObservedGeneration),
		outdated(max(w.Desired, status.Replicas), status.UpdatedReplicas),
		w.mixed(),
		unproven(status.ReadyReplicas, status.AvailableReplicas))
}

// describeSiblings: the ReplicaSets of one owner that is no Deployment, as of Argo's
// Rollout, are together what it wants.
func (w *Workload) describeSiblings(set *appsv1.ReplicaSet, siblings []*appsv1.ReplicaSet) {
	w.Desired = 0
	w.Template = &set.Spec.Template
	for _, sibling := range siblings {
		w.Desired += replicas(sibling.Spec.Replicas)
		w.Rollout = first(
			w.Rollout,
			changing(sibling, sibling.Status.ObservedGeneration),
			unproven(sibling.Status.ReadyReplicas, sibling.Status.AvailableReplicas))
	}
	w.Rollout = first(w.Rollout, w.mixed())
}

// describeStatefulSet: one that keeps a part of its pods at another revision, be it
// by a partition or until a person deletes them, is in the middle of a rollout for as
// long as that lasts. A pod that was moved might come back as another.
func (w *Workload) describeStatefulSet(set *appsv1.StatefulSet) {
	w.Desired = replicas(set.Spec.Replicas)
	w.Template = &set.Spec.Template
	status := &set.Status
	w.Rollout = first(
		changing(set, status.ObservedGeneration),
		w.revised(status.CurrentRevision, status.UpdateRevision),
		unproven(status.ReadyReplicas, status.AvailableReplicas))
}

// describeJob: a Job wants as many pods at a time as it may run in parallel, and no
// more than it has yet to complete. A queue of work wants no new pods once one of
// them has found it empty.
func (w *Workload) describeJob(job *batchv1.Job) {
	w.Desired = replicas(job.Spec.Parallelism)
	w.Template = &job.Spec.Template
	switch {
	case job.Spec.Suspend != nil && *job.Spec.Suspend:
		w.Desired = 0
	case job.Spec.Completions != nil:
		w.Desired = min(w.Desired, max(0, *job.Spec.Completions-job.Status.Succeeded))
	case job.Status.Succeeded > 0:
		w.Desired = 0
	}
	w.Rollout = deleted(job)
}

// first is the first thing that there is to be said.
func first(said ...string) string {
	for _, this := range said {
		if this != "" {
			return this
		}
	}
	return ""
}

func deleted(object metav1.Object) string {
	if object.GetDeletionTimestamp() == nil {
		return ""
	}
	return "it is being deleted"
}

// changing tells that pods are about to change.
func changing(object metav1.Object, observed int64) string {
	if said := deleted(object); said != "" {
		return said
	}
	if object.GetGeneration() > observed {
		return "its latest change has not been acted upon"
	}
	return ""
}

func outdated(all, updated int32) string {
	if updated >= all {
		return ""
	}
	return fmt.Sprintf("%d of %d pods are of its current template", updated, all)
}

// mixed tells that the pods are of more than one ReplicaSet. Those that are going
// do not count: they are not replaced any more.
func (w *Workload) mixed() string {
	var one string
	for _, pod := range w.Pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		set := controllerOf(pod).Name
		if one != "" && set != one {
			return fmt.Sprintf("its pods are of the ReplicaSets %s and %s", min(one, set), max(one, set))
		}
		one = set
	}
	return ""
}

// revised tells that the pods of a StatefulSet are not all of its latest revision.
func (w *Workload) revised(current, update string) string {
	if current != update {
		return fmt.Sprintf("it goes from the revision %s to %s", current, update)
	}
	for _, pod := range w.Pods {
		of := pod.Labels[appsv1.ControllerRevisionHashLabelKey]
		if pod.DeletionTimestamp == nil && of != "" && of != update {
			return fmt.Sprintf("the pod %s is of the revision %s and not %s", pod.Name, of, update)
		}
	}
	return ""
}

// unproven tells that pods are ready that have yet to stay so for minReadySeconds.
func unproven(ready, available int32) string {
	if available >= ready {
		return ""
	}
	return fmt.Sprintf("%d of its pods have not been ready for long enough (minReadySeconds)", ready-available)
}
