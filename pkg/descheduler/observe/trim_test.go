// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
)

// The objects of a namespace share its name, each of which was decoded by itself.
func TestTrimSharesNamespaces(t *testing.T) {
	trim := observe.NewTrim()
	trimmed := func(namespace string) *corev1.Pod {
		t.Helper()
		pod, err := trim(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: strings.Clone(namespace)}})
		if err != nil {
			t.Fatal(err)
		}
		return pod.(*corev1.Pod)
	}
	one, two, other := trimmed("shop"), trimmed("shop"), trimmed("bank")
	if one.Namespace != "shop" || other.Namespace != "bank" {
		t.Fatalf("got the namespaces %q and %q, want them as they were", one.Namespace, other.Namespace)
	}
	if unsafe.StringData(one.Namespace) != unsafe.StringData(two.Namespace) {
		t.Error("two pods of a namespace do not share its name")
	}
}

// Of containers that is kept by which the scheduler places pods.
func TestTrimContainers(t *testing.T) {
	container := corev1.Container{
		Name: "web", Image: "web:1", Ports: []corev1.ContainerPort{{HostPort: 80}},
		VolumeMounts: []corev1.VolumeMount{{Name: "data", BindMountOptions: []string{"noexec"}}},
		Resources:    corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("1")}},
	}
	full := container.DeepCopy()
	full.Args, full.Env, full.LivenessProbe = []string{"serve"}, []corev1.EnvVar{{Name: "A", Value: "b"}}, &corev1.Probe{}
	full.Ports = append(full.Ports, corev1.ContainerPort{ContainerPort: 8080})
	full.VolumeMounts = append(full.VolumeMounts, corev1.VolumeMount{Name: "token"})
	spec := corev1.PodSpec{InitContainers: []corev1.Container{*full}, Containers: []corev1.Container{*full}}
	want := corev1.PodSpec{InitContainers: []corev1.Container{container}, Containers: []corev1.Container{container}}
	template := corev1.PodTemplateSpec{Spec: spec}
	for name, tc := range map[string]struct {
		object any
		spec   func(object any) corev1.PodSpec
	}{
		"Pod":         {&corev1.Pod{Spec: *spec.DeepCopy()}, func(o any) corev1.PodSpec { return o.(*corev1.Pod).Spec }},
		"ReplicaSet":  {&appsv1.ReplicaSet{Spec: appsv1.ReplicaSetSpec{Template: *template.DeepCopy()}}, func(o any) corev1.PodSpec { return o.(*appsv1.ReplicaSet).Spec.Template.Spec }},
		"Deployment":  {&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Template: *template.DeepCopy()}}, func(o any) corev1.PodSpec { return o.(*appsv1.Deployment).Spec.Template.Spec }},
		"StatefulSet": {&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: *template.DeepCopy()}}, func(o any) corev1.PodSpec { return o.(*appsv1.StatefulSet).Spec.Template.Spec }},
		"Job":         {&batchv1.Job{Spec: batchv1.JobSpec{Template: *template.DeepCopy()}}, func(o any) corev1.PodSpec { return o.(*batchv1.Job).Spec.Template.Spec }},
	} {
		t.Run(name, func(t *testing.T) {
			trimmed, err := observe.NewTrim()(tc.object)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, tc.spec(trimmed)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
