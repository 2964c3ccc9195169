// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiresource "k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/component-helpers/resource"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
	"github.com/loadline-dev/loadline/pkg/projection"
)

var began = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// runningPod is one of a workload, as an API server has it: with what kubelets and
// admission put in.
func runningPod(workload string, number int, node string) *corev1.Pod {
	at := metav1.NewTime(began)
	amounts := corev1.ResourceList{corev1.ResourceCPU: apiresource.MustParse("200m"), corev1.ResourceMemory: apiresource.MustParse("1Gi")}
	given := corev1.ContainerStatus{
		Name: "web", Image: "web:1", ImageID: "web@sha256:0", ContainerID: fmt.Sprint("containerd://", number), Ready: true, RestartCount: 1,
		State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(began.Add(time.Minute))}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			StartedAt: metav1.NewTime(began.Add(time.Second)), Reason: "Error", Message: "it fell over",
		}},
		Resources:          &corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: apiresource.MustParse("300m")}},
		AllocatedResources: corev1.ResourceList{corev1.ResourceCPU: apiresource.MustParse("400m")},
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: fmt.Sprint(workload, "-", number), GenerateName: workload + "-", CreationTimestamp: at,
			Labels: map[string]string{"app": workload}, Annotations: map[string]string{"checksum": workload, corev1.LastAppliedConfigAnnotation: "{}"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: workload, Controller: ptr.To(true)}},
		},
		Spec: corev1.PodSpec{
			NodeName: node, SchedulerName: "loadline-scheduler",
			Containers: []corev1.Container{{
				Name: "web", Image: "web:1", Resources: corev1.ResourceRequirements{Requests: amounts},
				VolumeMounts: []corev1.VolumeMount{{Name: fmt.Sprint("kube-api-access-", number)}},
				Ports:        []corev1.ContainerPort{{ContainerPort: 8080}, {ContainerPort: 9090, HostPort: 9090}},
			}},
			InitContainers: []corev1.Container{{
				Name: "proxy", RestartPolicy: ptr.To(corev1.ContainerRestartPolicyAlways), Resources: corev1.ResourceRequirements{Requests: amounts},
			}},
			Volumes: []corev1.Volume{
				{Name: fmt.Sprint("kube-api-access-", number), VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{}}},
				{Name: "scratch", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
			},
		},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.1.2.3", PodIPs: []corev1.PodIP{{IP: "10.1.2.3"}}, StartTime: &at, QOSClass: corev1.PodQOSBurstable,
			ContainerStatuses:     []corev1.ContainerStatus{given},
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "proxy", AllocatedResources: given.AllocatedResources, State: given.State}},
		},
	}
	for _, kind := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled, corev1.DisruptionTarget,
	} {
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: at})
	}
	return pod
}

// ofDaemonSet has a pod be for one node.
func ofDaemonSet(pod *corev1.Pod) *corev1.Pod {
	pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchFields: []corev1.NodeSelectorRequirement{{
			Key: metav1.ObjectNameField, Operator: corev1.NodeSelectorOpIn, Values: []string{pod.Spec.NodeName},
		}}}},
	}}}
	return pod
}

func trimmed(t *testing.T, trim cache.TransformFunc, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	got, err := trim(pod.DeepCopy())
	if err != nil {
		t.Fatal(err)
	}
	return got.(*corev1.Pod)
}

// What the descheduler and the scheduler ask of a pod has the same answer after.
func TestTrimKeepsAnswers(t *testing.T) {
	answers := func(pod *corev1.Pod) any {
		workload, _ := projection.WorkloadOf(pod)
		var conditions []corev1.PodConditionType
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodScheduled || c.Type == corev1.DisruptionTarget {
				conditions = append(conditions, c.Type)
			}
		}
		return []any{
			projection.RunningSince(pod, began.Add(time.Hour)), cluster.Ready(pod), workload, conditions, pod.Spec.NodeName, pod.Labels,
			resource.PodRequests(pod, resource.PodResourcesOptions{}),
			resource.PodRequests(pod, resource.PodResourcesOptions{UseStatusResources: true}),
			pod.Spec.Volumes[len(pod.Spec.Volumes)-1], pod.Spec.Containers[0].Image, pod.Spec.Containers[0].Ports[len(pod.Spec.Containers[0].Ports)-1],
		}
	}
	pod := runningPod("web", 1, "a")
	got := trimmed(t, observe.NewTrim(), pod)
	if diff := cmp.Diff(answers(pod), answers(got)); diff != "" {
		t.Errorf("answers (-before +after):\n%s", diff)
	}
	if got.Annotations[corev1.LastAppliedConfigAnnotation] != "" || got.Status.PodIP != "" || len(got.Spec.Volumes) != 1 ||
		len(got.Status.Conditions) != 3 || got.Status.ContainerStatuses[0].ContainerID != "" {
		t.Errorf("got %+v, want nothing in it that nobody asks for", got)
	}
}

// Pods of a workload share what they have in common, and nothing else.
func TestTrimShares(t *testing.T) {
	trim := observe.NewTrim()
	one, two, other := trimmed(t, trim, runningPod("web", 1, "a")), trimmed(t, trim, runningPod("web", 2, "b")), trimmed(t, trim, runningPod("api", 3, "a"))
	parts := map[string]func(*corev1.Pod) any{
		"labels":      func(pod *corev1.Pod) any { return pod.Labels },
		"annotations": func(pod *corev1.Pod) any { return pod.Annotations },
		"owners":      func(pod *corev1.Pod) any { return pod.OwnerReferences },
	}
	same := map[string]func(*corev1.Pod) any{
		"containers": func(pod *corev1.Pod) any { return pod.Spec.Containers },
		"volumes":    func(pod *corev1.Pod) any { return pod.Spec.Volumes },
		"what was given": func(pod *corev1.Pod) any {
			return pod.Status.ContainerStatuses[0].AllocatedResources
		},
	}
	address := func(part any) uintptr { return reflect.ValueOf(part).Pointer() }
	for name, part := range parts {
		if address(part(one)) != address(part(two)) {
			t.Errorf("pods of a workload do not share their %s", name)
		}
		if address(part(one)) == address(part(other)) {
			t.Errorf("pods of different workloads share their %s", name)
		}
	}
	for name, part := range same {
		if address(part(one)) != address(part(two)) || address(part(one)) != address(part(other)) {
			t.Errorf("pods that are the same but for their workload do not share their %s", name)
		}
	}
	first, second := trimmed(t, trim, ofDaemonSet(runningPod("log", 1, "a"))), trimmed(t, trim, ofDaemonSet(runningPod("log", 2, "b")))
	if address(first.Spec.Containers) != address(second.Spec.Containers) || first.Spec.Affinity == second.Spec.Affinity {
		t.Error("pods of a DaemonSet have to share all but what ties them to their nodes")
	}
}

// A pod is the same whether others share with it or not, also once so many have come
// that what was to be shared is forgotten.
func TestSharingChangesNothing(t *testing.T) {
	trim, random := observe.NewTrim(), rand.New(rand.NewPCG(1, 1))
	check := func() {
		t.Helper()
		pod := runningPod(fmt.Sprint("web-", random.IntN(3)), random.IntN(3), fmt.Sprint("node-", random.IntN(3)))
		if random.IntN(2) == 0 {
			ofDaemonSet(pod)
		}
		if random.IntN(2) == 0 {
			pod.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = apiresource.MustParse("1")
		}
		if random.IntN(3) == 0 {
			pod.Labels, pod.Annotations, pod.OwnerReferences, pod.Spec.Volumes = nil, nil, nil, nil
		}
		if random.IntN(3) == 0 {
			pod.Spec.Hostname, pod.Spec.NodeName, pod.Status = "db-0", "", corev1.PodStatus{Phase: corev1.PodPending}
		}
		if diff := cmp.Diff(trimmed(t, observe.NewTrim(), pod), trimmed(t, trim, pod)); diff != "" {
			t.Fatalf("pod (-alone +among others):\n%s", diff)
		}
	}
	for range 200 {
		check()
	}
	for i := range 20001 {
		_ = trimmed(t, trim, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: fmt.Sprint(i), Labels: map[string]string{"number": fmt.Sprint(i)}}})
	}
	for range 50 {
		check()
	}
}
