// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// podWatch follows the pods of the default namespace. The times are those at
// which the watch told, because the API server's have whole seconds only.
type podWatch struct {
	mutex   sync.Mutex
	records map[types.UID]*podRecord
}

type podRecord struct {
	pod *corev1.Pod
	// seen is when the pod came, and bound when it had a node; zero before.
	seen, bound time.Time
}

// watchPods returns when all pods are known.
func watchPods(ctx context.Context, client kubernetes.Interface) (*podWatch, error) {
	w := &podWatch{records: map[types.UID]*podRecord{}}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(metav1.NamespaceDefault))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { w.update(object, time.Now()) },
		UpdateFunc: func(_, object any) { w.update(object, time.Now()) },
		DeleteFunc: w.remove,
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

func (w *podWatch) update(object any, now time.Time) {
	pod := object.(*corev1.Pod)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	record := w.records[pod.UID]
	if record == nil {
		record = &podRecord{seen: now}
		w.records[pod.UID] = record
	}
	record.pod = pod
	if pod.Spec.NodeName != "" && record.bound.IsZero() {
		record.bound = now
	}
}

func (w *podWatch) remove(object any) {
	if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = tombstone.Obj
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.records, object.(*corev1.Pod).UID)
}

// all are the pods, by name.
func (w *podWatch) all() []podRecord {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	records := make([]podRecord, 0, len(w.records))
	for _, record := range w.records {
		records = append(records, *record)
	}
	slices.SortFunc(records, func(a, b podRecord) int { return cmp.Compare(a.pod.Name, b.pod.Name) })
	return records
}

// named is the pod of that name, if there is one.
func (w *podWatch) named(name string) (podRecord, bool) {
	for _, record := range w.all() {
		if record.pod.Name == name {
			return record, true
		}
	}
	return podRecord{}, false
}

// of are the pods of a workload.
func (w *podWatch) of(workload string) []podRecord {
	return slices.DeleteFunc(w.all(), func(record podRecord) bool { return record.pod.Labels["app"] != workload })
}

// pendingPod is a pod without a node, and the scheduler's reason.
type pendingPod struct {
	name, reason string
}

// podCount is what the pods add up to.
type podCount struct {
	running, killed int
	// killedOn is the part of killed on each node, by name.
	killedOn map[string]int
	pending  []pendingPod
	// pendingTime is how long pods have been without a node, added up.
	pendingTime time.Duration
}

func (w *podWatch) count(now time.Time) podCount {
	count := podCount{killedOn: map[string]int{}}
	for _, record := range w.all() {
		if record.bound.IsZero() {
			count.pending = append(count.pending, pendingPod{record.pod.Name, reason(record.pod)})
			count.pendingTime += now.Sub(record.seen)
			continue
		}
		count.pendingTime += record.bound.Sub(record.seen)
		if record.pod.Status.Phase == corev1.PodRunning {
			count.running++
		}
		for _, status := range record.pod.Status.ContainerStatuses {
			count.killed += int(status.RestartCount)
			count.killedOn[record.pod.Spec.NodeName] += int(status.RestartCount)
		}
	}
	return count
}

// message is what the scheduler says about a pod that it could not place.
func message(pod *corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Message
		}
	}
	return ""
}

// reason is the message without what is the same in all.
func reason(pod *corev1.Pod) string {
	text, _, _ := strings.Cut(message(pod), ". ")
	text = strings.TrimSuffix(text, ".")
	if _, after, ok := strings.Cut(text, " nodes are available: "); ok {
		text = after
	}
	return text
}
