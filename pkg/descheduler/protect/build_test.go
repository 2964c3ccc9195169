// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect_test

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ago is a time in the form of the API.
func ago(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }

// scene is a pod with all that decides whether it may be moved.
type scene struct {
	pod         *corev1.Pod   // the one that is asked about, web-1 at first
	siblings    []*corev1.Pod // the others of its workload
	deployment  *appsv1.Deployment
	replicaSet  *appsv1.ReplicaSet
	statefulSet *appsv1.StatefulSet
	job         *batchv1.Job
	budgets     []*policyv1.PodDisruptionBudget
	autoscalers []*autoscalingv2.HorizontalPodAutoscaler
	claims      []*corev1.PersistentVolumeClaim
	config      *v1alpha1.Protections
	history     []history.Record
}

// movable is a pod that may be moved: one of three of a Deployment that has been at
// rest for hours, with a budget that can spare one.
func movable() *scene {
	s := &scene{
		pod:      webPod("web-1"),
		siblings: []*corev1.Pod{webPod("web-2"), webPod("web-3")},
		deployment: &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web", Generation: 2},
			Spec:       appsv1.DeploymentSpec{Replicas: ptr.To[int32](3)},
			Status:     appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 3, AvailableReplicas: 3},
		},
		replicaSet: &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-5d9c", UID: "web-5d9c", OwnerReferences: controlledBy("Deployment", "web")},
			Spec:       appsv1.ReplicaSetSpec{Replicas: ptr.To[int32](3)},
			Status:     appsv1.ReplicaSetStatus{Replicas: 3, ReadyReplicas: 3, AvailableReplicas: 3},
		},
		config: &v1alpha1.Protections{
			OwnerKinds:     []string{"ReplicaSet"},
			SchedulerNames: []string{"loadline-scheduler"},
			MinAge:         v1alpha1.NewDuration(5 * time.Minute),
			SettleAfter:    v1alpha1.NewDuration(2 * time.Minute),
		},
	}
	s.budget("web", map[string]string{"app": "web"}, 1)
	return s
}

// webPod is a ready pod of the Deployment web that is three hours old.
func webPod(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID(name), CreationTimestamp: ago(3 * time.Hour),
			Labels:          map[string]string{"app": "web", appsv1.DefaultDeploymentUniqueLabelKey: "5d9c"},
			OwnerReferences: controlledBy("ReplicaSet", "web-5d9c"),
		},
		Spec: corev1.PodSpec{NodeName: "n1", SchedulerName: "loadline-scheduler", Priority: ptr.To[int32](0)},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "main", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: ago(3 * time.Hour)}},
			}},
		},
	}
}

func controlledBy(kind, name string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: name, UID: types.UID(name), Controller: ptr.To(true)}}
}

func (s *scene) pods() []*corev1.Pod { return append([]*corev1.Pod{s.pod}, s.siblings...) }

// ask is what is said of the pod.
func (s *scene) ask() reason.Reason {
	objects := cluster.Objects{Pods: s.pods(), Budgets: s.budgets, Autoscalers: s.autoscalers, Claims: s.claims}
	if s.deployment != nil {
		objects.Deployments = append(objects.Deployments, s.deployment)
	}
	if s.replicaSet != nil {
		objects.ReplicaSets = append(objects.ReplicaSets, s.replicaSet)
	}
	if s.statefulSet != nil {
		objects.StatefulSets = append(objects.StatefulSets, s.statefulSet)
	}
	if s.job != nil {
		objects.Jobs = append(objects.Jobs, s.job)
	}
	return protect.Of(s.pod, protect.Context{Now: now, Config: s.config, Cluster: cluster.New(objects), History: s.history})
}

// budget adds a budget over the pods with some labels.
func (s *scene) budget(name string, labels map[string]string, allowed int32) *policyv1.PodDisruptionBudget {
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 1},
		Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}},
		Status: policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: 1, DisruptionsAllowed: allowed, CurrentHealthy: 3, DesiredHealthy: 3 - allowed, ExpectedPods: 3,
		},
	}
	s.budgets = append(s.budgets, budget)
	return budget
}

// controller makes all pods those of another controller.
func (s *scene) controller(kind, name string) {
	for _, pod := range s.pods() {
		pod.OwnerReferences = controlledBy(kind, name)
		delete(pod.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	}
	s.deployment, s.replicaSet = nil, nil
}

// ofStatefulSet makes all pods those of a StatefulSet at rest.
func (s *scene) ofStatefulSet() {
	s.controller("StatefulSet", "web")
	s.statefulSet = &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web"},
		Spec:       appsv1.StatefulSetSpec{Replicas: ptr.To[int32](3)},
	}
}

// ofJob makes all pods those of a Job that runs three at a time.
func (s *scene) ofJob() {
	s.controller("Job", "web")
	s.job = &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "web"},
		Spec:       batchv1.JobSpec{Parallelism: ptr.To[int32](3), Completions: ptr.To[int32](9)},
	}
}

func (s *scene) annotate(key, value string) {
	metav1.SetMetaDataAnnotation(&s.pod.ObjectMeta, key, value)
}

func (s *scene) volume(source corev1.VolumeSource) {
	s.pod.Spec.Volumes = append(s.pod.Spec.Volumes, corev1.Volume{Name: fmt.Sprintf("v%d", len(s.pod.Spec.Volumes)), VolumeSource: source})
}

// claim adds a claim of a class, nil for none.
func (s *scene) claim(name string, class *string) *corev1.PersistentVolumeClaim {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec:       corev1.PersistentVolumeClaimSpec{StorageClassName: class},
	}
	s.claims = append(s.claims, claim)
	return claim
}

func (s *scene) withClaim(name string) {
	s.volume(corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}})
}

func terminate(pod *corev1.Pod, asked time.Duration) {
	const grace = 30
	pod.DeletionTimestamp = ptr.To(ago(asked - grace*time.Second))
	pod.DeletionGracePeriodSeconds = ptr.To[int64](grace)
}

func notReady(pod *corev1.Pod) { pod.Status.Conditions[0].Status = corev1.ConditionFalse }

// scaled adds an autoscaler that scaled the Deployment.
func (s *scene) scaled(before time.Duration) {
	s.autoscalers = append(s.autoscalers, &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec:       autoscalingv2.HorizontalPodAutoscalerSpec{ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "web"}},
		Status:     autoscalingv2.HorizontalPodAutoscalerStatus{LastScaleTime: ptr.To(ago(before))},
	})
}

// evicted adds the record of an eviction from the Deployment, whose successor has got
// ready.
func (s *scene) evicted(before time.Duration, pod, successor string) *history.Record {
	at := now.Add(-before)
	s.history = append(s.history, history.Record{
		Pod:      history.Pod{Namespace: "shop", Name: pod, UID: types.UID(pod)},
		Workload: projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"},
		Node:     "n1",
		Planned:  at,
		Evicted:  at,
		Deleted:  at.Add(10 * time.Second),
		Successor: history.Successor{
			Name: successor, UID: types.UID(successor), Node: "n2", Ready: at.Add(20 * time.Second),
		},
	})
	return &s.history[len(s.history)-1]
}
