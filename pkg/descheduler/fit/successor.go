// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// newSuccessor is the pod that a controller will make for one that goes, as the API
// server will admit it. What the template does not say is as in the pod itself:
// defaults of the namespace, what webhooks put in, and the claims of a StatefulSet.
// Without a template all is.
func newSuccessor(pod *corev1.Pod, template *corev1.PodTemplateSpec) *corev1.Pod {
	if template == nil {
		template = ownTemplate(pod)
	}
	successor := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       pod.Namespace,
			Name:            pod.Name + "-successor",
			UID:             "successor-of-" + pod.UID,
			Labels:          merge(template.Labels, pod.Labels),
			Annotations:     merge(template.Annotations, pod.Annotations),
			OwnerReferences: pod.OwnerReferences,
		},
		Spec:   *template.Spec.DeepCopy(),
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	if keepsName(pod) {
		successor.Name = pod.Name
	}
	admit(&successor.Spec, &pod.Spec)
	mergeLabelKeys(successor)
	return successor
}

// keepsName tells whether the successor of a pod has its name, so that it comes only
// once the pod is gone.
func keepsName(pod *corev1.Pod) bool {
	owner := metav1.GetControllerOfNoCopy(pod)
	return owner != nil && owner.Kind == "StatefulSet"
}

// ownTemplate is the template that a pod would be made of again.
func ownTemplate(pod *corev1.Pod) *corev1.PodTemplateSpec {
	template := &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels, Annotations: pod.Annotations}, Spec: pod.Spec}
	template.Spec.NodeName = ""
	template.Spec.EphemeralContainers = nil
	return template
}

// admit fills in what the API server and its admission filled in for another pod.
func admit(spec *corev1.PodSpec, admitted *corev1.PodSpec) {
	spec.SchedulingGates = nil // whoever sets them takes them away
	if spec.SchedulerName == "" || spec.SchedulerName == corev1.DefaultSchedulerName {
		// A template has the default where a webhook chooses the scheduler.
		spec.SchedulerName = admitted.SchedulerName
	}
	if spec.SchedulerName == "" {
		spec.SchedulerName = corev1.DefaultSchedulerName
	}
	if spec.ServiceAccountName == "" {
		spec.ServiceAccountName = admitted.ServiceAccountName
	}
	admitPriority(spec, admitted)
	admitRuntimeClass(spec, admitted)
	admitPlacement(spec, admitted)
	injected := others(admitted.InitContainers, spec.InitContainers)
	spec.InitContainers = append(injected, admitContainers(spec.InitContainers, admitted.InitContainers)...)
	injected = others(admitted.Containers, spec.Containers)
	spec.Containers = append(admitContainers(spec.Containers, admitted.Containers), injected...)
	if spec.Resources == nil {
		spec.Resources = admitted.Resources.DeepCopy()
	}
	for _, volume := range admitted.Volumes {
		if !slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == volume.Name }) {
			spec.Volumes = append(spec.Volumes, volume)
		}
	}
}

// admitPriority takes over the value of a priority class, where it is the same.
func admitPriority(spec *corev1.PodSpec, admitted *corev1.PodSpec) {
	if spec.Priority != nil || spec.PriorityClassName != "" && spec.PriorityClassName != admitted.PriorityClassName {
		return
	}
	spec.PriorityClassName = admitted.PriorityClassName
	spec.Priority = admitted.Priority
	spec.PreemptionPolicy = admitted.PreemptionPolicy
}

// admitRuntimeClass takes over what a runtime class costs, where it is the same.
func admitRuntimeClass(spec *corev1.PodSpec, admitted *corev1.PodSpec) {
	if spec.RuntimeClassName == nil {
		spec.RuntimeClassName = admitted.RuntimeClassName
	}
	if spec.Overhead == nil && equality.Semantic.DeepEqual(spec.RuntimeClassName, admitted.RuntimeClassName) {
		spec.Overhead = admitted.Overhead
	}
}

// admitPlacement takes over what says where a pod may go.
func admitPlacement(spec *corev1.PodSpec, admitted *corev1.PodSpec) {
	spec.NodeSelector = merge(spec.NodeSelector, admitted.NodeSelector)
	for _, toleration := range admitted.Tolerations {
		if !slices.ContainsFunc(spec.Tolerations, func(t corev1.Toleration) bool { return t.MatchToleration(&toleration) }) {
			spec.Tolerations = append(spec.Tolerations, toleration)
		}
	}
	if len(spec.TopologySpreadConstraints) == 0 {
		spec.TopologySpreadConstraints = admitted.TopologySpreadConstraints
	}
	if admitted.Affinity == nil {
		return
	}
	if spec.Affinity == nil {
		spec.Affinity = &corev1.Affinity{}
	}
	affinity, other := spec.Affinity, admitted.Affinity.DeepCopy()
	if affinity.NodeAffinity == nil {
		affinity.NodeAffinity = other.NodeAffinity
	}
	if affinity.PodAffinity == nil {
		affinity.PodAffinity = other.PodAffinity
	}
	if affinity.PodAntiAffinity == nil {
		affinity.PodAntiAffinity = other.PodAntiAffinity
	}
}

// admitContainers gives containers the requests of those of the same name, where
// these are larger or there are none: limits that stand for requests, defaults of
// the namespace, and what a vertical autoscaler has found.
func admitContainers(containers, admitted []corev1.Container) []corev1.Container {
	for i := range containers {
		resources := &containers[i].Resources
		if resources.Requests == nil {
			resources.Requests = corev1.ResourceList{}
		}
		for name, limit := range resources.Limits {
			if _, ok := resources.Requests[name]; !ok {
				resources.Requests[name] = limit
			}
		}
		if other := named(admitted, containers[i].Name); other != nil {
			raise(resources.Requests, other.Resources.Requests)
		}
	}
	return containers
}

func raise(requests, to corev1.ResourceList) {
	for name, quantity := range to {
		if request, ok := requests[name]; !ok || request.Cmp(quantity) < 0 {
			requests[name] = quantity
		}
	}
}

// others are the containers that have none of their names among some.
func others(containers, some []corev1.Container) []corev1.Container {
	var others []corev1.Container
	for i := range containers {
		if named(some, containers[i].Name) == nil {
			others = append(others, containers[i])
		}
	}
	return others
}

func named(containers []corev1.Container, name string) *corev1.Container {
	for i := range containers {
		if containers[i].Name == name {
			return &containers[i]
		}
	}
	return nil
}

// mergeLabelKeys has affinity terms select by the pod's own labels, as the API
// server does when a pod is made. The scheduler itself does so for topology spread.
func mergeLabelKeys(pod *corev1.Pod) {
	affinity := pod.Spec.Affinity
	if affinity == nil {
		return
	}
	if own := affinity.PodAffinity; own != nil {
		mergeIntoTerms(pod.Labels, own.RequiredDuringSchedulingIgnoredDuringExecution, own.PreferredDuringSchedulingIgnoredDuringExecution)
	}
	if own := affinity.PodAntiAffinity; own != nil {
		mergeIntoTerms(pod.Labels, own.RequiredDuringSchedulingIgnoredDuringExecution, own.PreferredDuringSchedulingIgnoredDuringExecution)
	}
}

func mergeIntoTerms(labels map[string]string, required []corev1.PodAffinityTerm, preferred []corev1.WeightedPodAffinityTerm) {
	for i := range required {
		mergeIntoTerm(labels, &required[i])
	}
	for i := range preferred {
		mergeIntoTerm(labels, &preferred[i].PodAffinityTerm)
	}
}

func mergeIntoTerm(labels map[string]string, term *corev1.PodAffinityTerm) {
	if term.LabelSelector == nil {
		return // it selects nothing
	}
	mergeKeys(labels, term.LabelSelector, term.MatchLabelKeys, metav1.LabelSelectorOpIn)
	mergeKeys(labels, term.LabelSelector, term.MismatchLabelKeys, metav1.LabelSelectorOpNotIn)
}

func mergeKeys(labels map[string]string, selector *metav1.LabelSelector, keys []string, operator metav1.LabelSelectorOperator) {
	for _, key := range keys {
		if value, ok := labels[key]; ok {
			selector.MatchExpressions = append(selector.MatchExpressions,
				metav1.LabelSelectorRequirement{Key: key, Operator: operator, Values: []string{value}})
		}
	}
}

// merge adds to a map what another has besides.
func merge(first, second map[string]string) map[string]string {
	merged := maps.Clone(second)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, first)
	return merged
}
