// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), CreationTimestamp: metav1.NewTime(start)}
}

// ownedBy makes an owner the controller of an object. Its UID is that of meta(name).
func ownedBy(object metav1.Object, apiVersion, kind, name string) {
	object.SetOwnerReferences(append(object.GetOwnerReferences(), metav1.OwnerReference{
		APIVersion: apiVersion, Kind: kind, Name: name, UID: types.UID("uid-" + name), Controller: ptr.To(true),
	}))
}

// pod is a ready pod on the node n1.
func pod(name string, with ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: meta(name),
		Spec:       corev1.PodSpec{NodeName: "n1"},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
	for _, apply := range with {
		apply(p)
	}
	return p
}

func of(apiVersion, kind, name string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { ownedBy(p, apiVersion, kind, name) }
}

// ofReplicaSet is for pods of the ReplicaSet of a Deployment of one revision.
func ofReplicaSet(deployment, hash string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		labelled(appsv1.DefaultDeploymentUniqueLabelKey, hash)(p)
		ownedBy(p, "apps/v1", "ReplicaSet", deployment+"-"+hash)
	}
}

func labelled(key, value string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { metav1.SetMetaDataLabel(&p.ObjectMeta, key, value) }
}

func phase(phase corev1.PodPhase) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Status.Phase = phase }
}

func on(node string) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Spec.NodeName = node } }

func in(namespace string) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Namespace = namespace } }

func unready(p *corev1.Pod) { p.Status.Conditions[1].Status = corev1.ConditionFalse }

func terminating(p *corev1.Pod) { p.DeletionTimestamp = ptr.To(metav1.NewTime(start)) }

func created(at time.Time) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(at) }
}

// pods makes like pods named prefix-1, prefix-2 and so on.
func pods(count int, prefix string, with ...func(*corev1.Pod)) []*corev1.Pod {
	made := make([]*corev1.Pod, count)
	for i := range made {
		made[i] = pod(fmt.Sprintf("%s-%d", prefix, i+1), with...)
	}
	return made
}

func template(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: image}}}}
}

// deployment is one that has come to rest with its replicas.
func deployment(name string, replicas int32, with ...func(*appsv1.Deployment)) *appsv1.Deployment {
	d := &appsv1.Deployment{
		ObjectMeta: meta(name),
		Spec:       appsv1.DeploymentSpec{Replicas: ptr.To(replicas), Template: template(name)},
		Status: appsv1.DeploymentStatus{
			ObservedGeneration: 4, Replicas: replicas, UpdatedReplicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas,
		},
	}
	d.Generation = 4
	for _, apply := range with {
		apply(d)
	}
	return d
}

// replicaSet is one that has come to rest.
func replicaSet(name string, replicas int32, with ...func(*appsv1.ReplicaSet)) *appsv1.ReplicaSet {
	s := &appsv1.ReplicaSet{
		ObjectMeta: meta(name),
		Spec:       appsv1.ReplicaSetSpec{Replicas: ptr.To(replicas), Template: template(name)},
		Status:     appsv1.ReplicaSetStatus{Replicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas},
	}
	for _, apply := range with {
		apply(s)
	}
	return s
}

func setOf(apiVersion, kind, name string) func(*appsv1.ReplicaSet) {
	return func(s *appsv1.ReplicaSet) { ownedBy(s, apiVersion, kind, name) }
}

func setOfDeployment(name string) func(*appsv1.ReplicaSet) {
	return setOf("apps/v1", "Deployment", name)
}

// statefulSet is one that has come to rest at the revision NAME-r1.
func statefulSet(name string, replicas int32, with ...func(*appsv1.StatefulSet)) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{
		ObjectMeta: meta(name),
		Spec:       appsv1.StatefulSetSpec{Replicas: ptr.To(replicas), Template: template(name)},
		Status: appsv1.StatefulSetStatus{
			Replicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas, CurrentRevision: name + "-r1", UpdateRevision: name + "-r1",
		},
	}
	for _, apply := range with {
		apply(s)
	}
	return s
}

func job(name string, with ...func(*batchv1.Job)) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: meta(name), Spec: batchv1.JobSpec{Template: template(name)}}
	for _, apply := range with {
		apply(j)
	}
	return j
}
