// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// sighting is what was seen of a pod, and when: the API server's own times have
// whole seconds only. Zero times: not yet.
type sighting struct {
	created, refused, bound time.Time
	// started is what its kubelet says.
	started time.Time
	node    string
}

// podWatch follows the pods of the default namespace, also when they are gone.
type podWatch struct {
	mutex sync.Mutex
	pods  map[string]sighting
}

// watchPods returns when it knows all pods that there are.
func watchPods(ctx context.Context, client kubernetes.Interface) (*podWatch, error) {
	w := &podWatch{pods: map[string]sighting{}}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(metav1.NamespaceDefault))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { w.see(object.(*corev1.Pod), time.Now()) },
		UpdateFunc: func(_, object any) { w.see(object.(*corev1.Pod), time.Now()) },
	})
	if err != nil {
		return nil, fmt.Errorf("watching pods: %w", err)
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, context.Cause(ctx)
	}
	return w, nil
}

func (w *podWatch) see(pod *corev1.Pod, now time.Time) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	seen := w.pods[pod.Name]
	if seen.created.IsZero() {
		seen.created = now
	}
	if isRefused(pod) && seen.refused.IsZero() {
		seen.refused = now
	}
	if pod.Spec.NodeName != "" && seen.bound.IsZero() {
		seen.bound, seen.node = now, pod.Spec.NodeName
	}
	if pod.Status.StartTime != nil {
		seen.started = pod.Status.StartTime.Time
	}
	w.pods[pod.Name] = seen
}

// isRefused tells whether the scheduler has found no node for a pod.
func isRefused(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse && condition.Reason == corev1.PodReasonUnschedulable {
			return true
		}
	}
	return false
}

// all are the sightings, by the names of the pods.
func (w *podWatch) all() map[string]sighting {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return maps.Clone(w.pods)
}
