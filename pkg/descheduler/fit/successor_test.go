// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

func TestSuccessorIsAdmitted(t *testing.T) {
	victim := pod("web-1", "a", "1").Labels(map[string]string{"app": "web", appsv1.DefaultDeploymentUniqueLabelKey: "6d5f8c"}).
		Annotation("injected", "yes").Priority(7).Obj()
	victim.Finalizers = []string{"example.com/drain"}
	victim.Spec.PriorityClassName = "high"
	victim.Spec.ServiceAccountName = "default"
	victim.Spec.NodeSelector = map[string]string{"tenant": "one", "pool": "old"}
	victim.Spec.Tolerations = []corev1.Toleration{{Key: "node.kubernetes.io/not-ready", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: ptr.To[int64](300)}}
	victim.Spec.RuntimeClassName = ptr.To("sandbox")
	victim.Spec.Overhead = corev1.ResourceList{"memory": resource.MustParse("100Mi")}
	victim.Spec.Volumes = []corev1.Volume{{Name: "token"}}
	victim.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}
	victim.Spec.InitContainers = []corev1.Container{{Name: "proxy"}, {Name: "migrate"}}
	victim.Spec.Containers = append(victim.Spec.Containers, corev1.Container{Name: "sidecar"})
	victim.Spec.EphemeralContainers = []corev1.EphemeralContainer{{}}
	victim.Status.NominatedNodeName = "a"

	main := victim.Spec.Containers[0].Name
	term := corev1.PodAffinityTerm{
		TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		MatchLabelKeys: []string{appsv1.DefaultDeploymentUniqueLabelKey, "absent"}, MismatchLabelKeys: []string{"app"},
	}
	template := &corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web", "version": "2"}},
		Spec: corev1.PodSpec{
			SchedulerName:    corev1.DefaultSchedulerName,
			NodeSelector:     map[string]string{"pool": "new"},
			RuntimeClassName: ptr.To("sandbox"),
			InitContainers:   []corev1.Container{{Name: "migrate"}},
			Affinity:         &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{term}}},
			Containers: []corev1.Container{{Name: main, Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("500m")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("2Gi")},
			}}},
			SchedulingGates: []corev1.PodSchedulingGate{{Name: "example.com/quota"}},
		},
	}
	untouched := template.DeepCopy()

	merged := *term.DeepCopy()
	merged.LabelSelector.MatchExpressions = []metav1.LabelSelectorRequirement{
		{Key: appsv1.DefaultDeploymentUniqueLabelKey, Operator: metav1.LabelSelectorOpIn, Values: []string{"6d5f8c"}},
		{Key: "app", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"web"}},
	}
	want := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: "web-1-successor", UID: "successor-of-web-1", OwnerReferences: victim.OwnerReferences,
			Labels:      map[string]string{"app": "web", "version": "2", appsv1.DefaultDeploymentUniqueLabelKey: "6d5f8c"},
			Annotations: map[string]string{"injected": "yes"},
		},
		Spec: corev1.PodSpec{
			SchedulerName: loadlineProfile, ServiceAccountName: "default", PriorityClassName: "high", Priority: ptr.To[int32](7),
			NodeSelector: map[string]string{"pool": "new", "tenant": "one"}, Tolerations: victim.Spec.Tolerations,
			RuntimeClassName: ptr.To("sandbox"), Overhead: victim.Spec.Overhead, Volumes: victim.Spec.Volumes,
			Affinity: &corev1.Affinity{
				NodeAffinity:    &corev1.NodeAffinity{},
				PodAntiAffinity: &corev1.PodAntiAffinity{RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{merged}},
			},
			InitContainers: []corev1.Container{{Name: "proxy"}, {Name: "migrate", Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{}}}},
			Containers: []corev1.Container{{Name: main, Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("1"), "memory": resource.MustParse("2Gi")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("2Gi")},
			}}, {Name: "sidecar"}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	if diff := cmp.Diff(want, newSuccessor(victim, template)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(untouched, template); diff != "" {
		t.Errorf("the template was changed (-want +got):\n%s", diff)
	}
}

func TestSuccessorTakesOver(t *testing.T) {
	cases := map[string]struct {
		change func(victim *corev1.Pod, template *corev1.PodTemplateSpec)
		got    func(successor *corev1.Pod) any
		want   any
	}{
		"no value of another priority class": {
			change: func(victim *corev1.Pod, template *corev1.PodTemplateSpec) {
				victim.Spec.PriorityClassName, victim.Spec.Priority = "high", ptr.To[int32](7)
				template.Spec.PriorityClassName = "low"
			},
			got: func(successor *corev1.Pod) any {
				return [2]any{successor.Spec.PriorityClassName, successor.Spec.Priority}
			},
			want: [2]any{"low", (*int32)(nil)},
		},
		"no overhead of another runtime class": {
			change: func(victim *corev1.Pod, template *corev1.PodTemplateSpec) {
				victim.Spec.RuntimeClassName, victim.Spec.Overhead = ptr.To("sandbox"), corev1.ResourceList{"cpu": resource.MustParse("1")}
				template.Spec.RuntimeClassName = ptr.To("other")
			},
			got:  func(successor *corev1.Pod) any { return successor.Spec.Overhead },
			want: corev1.ResourceList(nil),
		},
		"its scheduler from the template": {
			change: func(_ *corev1.Pod, template *corev1.PodTemplateSpec) { template.Spec.SchedulerName = "next" },
			got:    func(successor *corev1.Pod) any { return successor.Spec.SchedulerName },
			want:   "next",
		},
		"the stock scheduler where nobody says": {
			change: func(victim *corev1.Pod, _ *corev1.PodTemplateSpec) { victim.Spec.SchedulerName = "" },
			got:    func(successor *corev1.Pod) any { return successor.Spec.SchedulerName },
			want:   corev1.DefaultSchedulerName,
		},
		"larger requests from the template": {
			change: func(_ *corev1.Pod, template *corev1.PodTemplateSpec) {
				template.Spec.Containers = []corev1.Container{{Name: "con0", Resources: corev1.ResourceRequirements{
					Requests: corev1.ResourceList{"cpu": resource.MustParse("3")},
				}}}
			},
			got:  func(successor *corev1.Pod) any { return successor.Spec.Containers[0].Resources.Requests.Cpu().String() },
			want: "3",
		},
		"the name of a pod of a StatefulSet": {
			change: func(victim *corev1.Pod, _ *corev1.PodTemplateSpec) { victim.OwnerReferences[0].Kind = "StatefulSet" },
			got:    func(successor *corev1.Pod) any { return successor.Name },
			want:   "p",
		},
		"spread from the pod where the template has none": {
			change: func(victim *corev1.Pod, _ *corev1.PodTemplateSpec) {
				victim.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 3}}
			},
			got:  func(successor *corev1.Pod) any { return successor.Spec.TopologySpreadConstraints },
			want: []corev1.TopologySpreadConstraint{{MaxSkew: 3}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			victim, template := pod("p", "a", "1").Obj(), &corev1.PodTemplateSpec{}
			tc.change(victim, template)
			if diff := cmp.Diff(tc.want, tc.got(newSuccessor(victim, template))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Without a template, a pod is its own.
func TestSuccessorWithoutTemplate(t *testing.T) {
	victim := pod("p", "a", "1").PVC("data").Toleration("gpu").Obj()
	before := victim.DeepCopy()
	successor := newSuccessor(victim, nil)
	want := victim.Spec.DeepCopy()
	want.NodeName = ""
	want.NodeSelector = map[string]string{}
	if diff := cmp.Diff(*want, successor.Spec); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, victim); diff != "" {
		t.Errorf("the pod was changed (-want +got):\n%s", diff)
	}
}
