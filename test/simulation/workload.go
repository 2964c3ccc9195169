// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

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

// Kind is what owns the pods of a workload.
type Kind string

// Kinds of owners. The zero value is a Deployment, by a ReplicaSet.
const (
	ReplicaSet  Kind = "ReplicaSet"
	StatefulSet Kind = "StatefulSet"
	Job         Kind = "Job"
	DaemonSet   Kind = "DaemonSet"
	Static      Kind = "Node"
	Bare        Kind = "None"
)

// Workload is a group of pods that do the same work, and its controller. What is
// exported may be changed at any time, and counts for pods that come later.
type Workload struct {
	Namespace, Name string
	Kind            Kind
	Replicas        int
	Request         Amounts
	Load            Load
	// Grace is how long pods take to stop.
	Grace time.Duration
	// ReplaceAfter is the time until a pod is replaced, StartAfter that from its
	// binding until it runs, and ReadyAfter from then until it is ready.
	ReplaceAfter, StartAfter, ReadyAfter time.Duration
	NeverReady                           bool
	// Template changes what the pods are like besides.
	Template func(*corev1.PodTemplateSpec)
	// Amend changes what the API server has of the owners.
	Amend func(*appsv1.Deployment, *appsv1.ReplicaSet)

	pods []*Pod
	// creations are when pods come, with those in whose places they do.
	creations []creation
	serial    int
	// known are the owners as they were last, which mostly stay the same.
	known owners
}

// owners are a Deployment with its ReplicaSet, or that alone, for some numbers of
// pods.
type owners struct {
	replicas, active, ready int
	deployment              *appsv1.Deployment
	set                     *appsv1.ReplicaSet
}

type creation struct {
	at       time.Time
	replaces *Pod
}

const (
	// SchedulerName is that of the scheduler with the plugin.
	SchedulerName = "loadline-scheduler"
	// hash is the end of the names of ReplicaSets.
	hash = "5d9c8b7f6"
)

func (w *Workload) labels() map[string]string {
	labels := map[string]string{"app": w.Name}
	if w.Kind == "" {
		labels[appsv1.DefaultDeploymentUniqueLabelKey] = hash
	}
	return labels
}

func (w *Workload) selector() *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: w.labels()}
}

// template is what the next pod is like.
func (w *Workload) template() corev1.PodTemplateSpec {
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: w.labels()},
		Spec: corev1.PodSpec{
			SchedulerName:                 SchedulerName,
			TerminationGracePeriodSeconds: ptr.To(int64(w.Grace.Seconds())),
			Containers:                    []corev1.Container{{Name: "main", Image: "example.com/main", Resources: corev1.ResourceRequirements{Requests: quantities(w.Request)}}},
		},
	}
	if w.Template != nil {
		w.Template(&template)
	}
	return template
}

// owner is the controller of the pods.
func (w *Workload) owner() []metav1.OwnerReference {
	reference := metav1.OwnerReference{APIVersion: "apps/v1", Kind: string(w.Kind), Name: w.Name, UID: types.UID(w.uid()), Controller: ptr.To(true)}
	switch w.Kind {
	case Bare:
		return nil
	case Static:
		reference.APIVersion = "v1"
	case Job:
		reference.APIVersion = "batch/v1"
	case "":
		reference.Kind, reference.Name, reference.UID = "ReplicaSet", w.Name+"-"+hash, types.UID(w.uid()+"-"+hash)
	}
	return []metav1.OwnerReference{reference}
}

func (w *Workload) uid() string { return w.Namespace + "/" + w.Name }

// newPod makes the next pod.
func (w *Workload) newPod(now time.Time) *Pod {
	template := w.template()
	w.serial++
	name := fmt.Sprintf("%s-%s-%05d", w.Name, hash, w.serial)
	object := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: template.Spec}
	object.Namespace, object.Name, object.UID = w.Namespace, name, types.UID(w.Namespace+"-"+name)
	object.CreationTimestamp, object.OwnerReferences = metav1.NewTime(now), w.owner()
	object.Status.Phase = corev1.PodPending
	if w.Kind == Static {
		object.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x", "kubernetes.io/config.source": "file"}
	}
	pod := &Pod{Pod: object, Workload: w, Load: w.Load}
	w.pods = append(w.pods, pod)
	return pod
}

// count is how many pods there are that are not going, and how many of them are
// ready.
func (w *Workload) count() (active, ready int) {
	for _, pod := range w.pods {
		if pod.Terminating() {
			continue
		}
		active++
		if pod.Ready() {
			ready++
		}
	}
	return active, ready
}

// reconcile creates the pods that are missing, once it is time to.
func (w *Workload) reconcile(now time.Time) (created []*Pod) {
	if w.Kind == Bare || w.Kind == Static || w.Kind == DaemonSet {
		return nil
	}
	active, _ := w.count()
	for active+len(w.creations) < w.Replicas {
		w.creations = append(w.creations, creation{at: now.Add(w.ReplaceAfter), replaces: w.unreplaced()})
	}
	var later []creation
	for _, due := range w.creations {
		if due.at.After(now) {
			later = append(later, due)
			continue
		}
		pod := w.newPod(now)
		pod.Replaces = due.replaces
		created = append(created, pod)
	}
	w.creations = later
	return created
}

// unreplaced is a pod that is going and that none has come in place of.
func (w *Workload) unreplaced() *Pod {
	taken := map[*Pod]bool{}
	for _, pod := range w.pods {
		taken[pod.Replaces] = true
	}
	for _, due := range w.creations {
		taken[due.replaces] = true
	}
	for _, pod := range w.pods {
		if pod.Terminating() && !taken[pod] {
			return pod
		}
	}
	return nil
}

// owners are the Deployment, if there is one, and the ReplicaSet as the API server
// has them.
func (w *Workload) owners(created time.Time) (*appsv1.Deployment, *appsv1.ReplicaSet) {
	active, ready := w.count()
	if k := &w.known; k.set == nil || w.Amend != nil || k.replicas != w.Replicas || k.active != active || k.ready != ready {
		deployment, set := w.newOwners(created)
		*k = owners{w.Replicas, active, ready, deployment, set}
	}
	return w.known.deployment, w.known.set
}

func (w *Workload) newOwners(created time.Time) (*appsv1.Deployment, *appsv1.ReplicaSet) {
	active, ready := w.count()
	meta := metav1.ObjectMeta{
		Namespace: w.Namespace, Name: w.Name, UID: types.UID(w.uid()), Generation: 1,
		Labels: w.labels(), CreationTimestamp: metav1.NewTime(created),
	}
	replicas, template := int32(w.Replicas), w.template()
	set := &appsv1.ReplicaSet{
		ObjectMeta: meta,
		Spec:       appsv1.ReplicaSetSpec{Replicas: &replicas, Selector: w.selector(), Template: template},
		Status: appsv1.ReplicaSetStatus{
			Replicas: int32(active), FullyLabeledReplicas: int32(active), ReadyReplicas: int32(ready), AvailableReplicas: int32(ready), ObservedGeneration: 1,
		},
	}
	var deployment *appsv1.Deployment
	if w.Kind == "" {
		set.Name = w.Name + "-" + hash
		set.UID = types.UID(w.uid() + "-" + hash)
		set.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: w.Name, UID: meta.UID, Controller: ptr.To(true)}}
		set.Annotations = map[string]string{"deployment.kubernetes.io/revision": "1"}
		meta.Annotations = set.Annotations
		deployment = &appsv1.Deployment{
			ObjectMeta: meta,
			Spec:       appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": w.Name}}, Template: template},
			Status: appsv1.DeploymentStatus{
				Replicas: int32(active), UpdatedReplicas: int32(active), ReadyReplicas: int32(ready), AvailableReplicas: int32(ready), ObservedGeneration: 1,
			},
		}
	}
	if w.Amend != nil {
		w.Amend(deployment, set)
	}
	return deployment, set
}

func (w *Workload) statefulSet(created time.Time) *appsv1.StatefulSet {
	active, ready := w.count()
	return &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name, UID: types.UID(w.uid()), Generation: 1, CreationTimestamp: metav1.NewTime(created)},
		Spec:       appsv1.StatefulSetSpec{Replicas: ptr.To(int32(w.Replicas)), Selector: w.selector(), Template: w.template()},
		Status: appsv1.StatefulSetStatus{
			Replicas: int32(active), CurrentReplicas: int32(active), UpdatedReplicas: int32(active), ReadyReplicas: int32(ready), AvailableReplicas: int32(ready), ObservedGeneration: 1,
			CurrentRevision: hash, UpdateRevision: hash,
		},
	}
}

func (w *Workload) job(created time.Time) *batchv1.Job {
	active, ready := w.count()
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name, UID: types.UID(w.uid()), Generation: 1, CreationTimestamp: metav1.NewTime(created)},
		Spec:       batchv1.JobSpec{Parallelism: ptr.To(int32(w.Replicas)), Completions: ptr.To(int32(w.Replicas)), Template: w.template()},
		Status:     batchv1.JobStatus{Active: int32(active), Ready: ptr.To(int32(ready))},
	}
}
