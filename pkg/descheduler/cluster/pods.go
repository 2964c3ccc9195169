// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import corev1 "k8s.io/api/core/v1"

// ended tells that a pod will never run again. It uses nothing, and waits only to
// be cleaned up.
func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// Ready tells that a pod is ready by its own account, and not on its way out.
func Ready(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == corev1.PodReady {
			return pod.Status.Conditions[i].Status == corev1.ConditionTrue
		}
	}
	return false
}

// group sorts the pods that have not ended by a key, and leaves out those that have
// none. There may be very many pods, so that all groups are parts of one array: they
// cost a lookup per pod, and nothing else by the pod.
func group[K comparable](pods []*corev1.Pod, key func(*corev1.Pod) (K, bool)) map[K][]*corev1.Pod {
	const none = -1
	var (
		numbers  = map[K]int32{}
		sizes    []int32
		numberOf = make([]int32, len(pods))
		total    int32
	)
	for i, pod := range pods {
		numberOf[i] = none
		if ended(pod) {
			continue
		}
		of, ok := key(pod)
		if !ok {
			continue
		}
		number, known := numbers[of]
		if !known {
			number = int32(len(sizes))
			numbers[of] = number
			sizes = append(sizes, 0)
		}
		numberOf[i] = number
		sizes[number]++
		total++
	}
	array := make([]*corev1.Pod, total)
	parts := make([][]*corev1.Pod, len(sizes))
	for number, size := range sizes {
		parts[number] = array[:0:size]
		array = array[size:]
	}
	for i, number := range numberOf {
		if number != none {
			parts[number] = append(parts[number], pods[i])
		}
	}
	groups := make(map[K][]*corev1.Pod, len(numbers))
	for of, number := range numbers {
		groups[of] = parts[number]
	}
	return groups
}
