// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// controllers are the objects that own pods, by UID, and the autoscalers that
// scale them.
type controllers struct {
	replicaSets  map[types.UID]*appsv1.ReplicaSet
	deployments  map[types.UID]*appsv1.Deployment
	statefulSets map[types.UID]*appsv1.StatefulSet
	jobs         map[types.UID]*batchv1.Job
	// owned are the ReplicaSets of controllers other than Deployments, such as Argo's
	// Rollouts, by the UID of the controller.
	owned       map[types.UID][]*appsv1.ReplicaSet
	autoscalers map[target][]*autoscalingv2.HorizontalPodAutoscaler
}

// target is what an autoscaler scales. The API group is left out: autoscalers go on
// working that name one that was renamed long ago.
type target struct{ namespace, kind, name string }

func newControllers(objects Objects) *controllers {
	c := &controllers{
		replicaSets:  make(map[types.UID]*appsv1.ReplicaSet, len(objects.ReplicaSets)),
		deployments:  make(map[types.UID]*appsv1.Deployment, len(objects.Deployments)),
		statefulSets: make(map[types.UID]*appsv1.StatefulSet, len(objects.StatefulSets)),
		jobs:         make(map[types.UID]*batchv1.Job, len(objects.Jobs)),
		owned:        map[types.UID][]*appsv1.ReplicaSet{},
		autoscalers:  make(map[target][]*autoscalingv2.HorizontalPodAutoscaler, len(objects.Autoscalers)),
	}
	for _, set := range objects.ReplicaSets {
		c.replicaSets[set.UID] = set
		if owner := controllerOf(set); owner != nil && owner.Kind != "Deployment" {
			c.owned[owner.UID] = append(c.owned[owner.UID], set)
		}
	}
	for _, deployment := range objects.Deployments {
		c.deployments[deployment.UID] = deployment
	}
	for _, set := range objects.StatefulSets {
		c.statefulSets[set.UID] = set
	}
	for _, job := range objects.Jobs {
		c.jobs[job.UID] = job
	}
	for _, autoscaler := range objects.Autoscalers {
		of := autoscaler.Spec.ScaleTargetRef
		key := target{autoscaler.Namespace, of.Kind, of.Name}
		c.autoscalers[key] = append(c.autoscalers[key], autoscaler)
	}
	return c
}

// rootOf is the UID of the controller that decides how many pods like this one there
// are: that of its ReplicaSet if that has one, else its own.
func (c *controllers) rootOf(pod *corev1.Pod) (types.UID, bool) {
	owner := controllerOf(pod)
	if owner == nil {
		return "", false
	}
	if set := c.replicaSets[owner.UID]; set != nil {
		if root := controllerOf(set); root != nil {
			return root.UID, true
		}
	}
	return owner.UID, true
}

// replicas is how many a controller wants that says so, or does not.
func replicas(said *int32) int32 {
	if said == nil {
		return 1
	}
	return *said
}
