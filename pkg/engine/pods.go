// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/projection"
)

// byNodeIndex finds pods by the name of their node.
const byNodeIndex = "loadline.dev/node"

// followPods has a ledger know which pods come to nodes and go from them. known
// is closed once it knows those that were there at the start.
func followPods(ctx context.Context, pods coreinformers.PodInformer, ledger *projection.Ledger, clock clock.PassiveClock) (known <-chan struct{}, podsOn func(node string) []*corev1.Pod, err error) {
	informer := pods.Informer()
	if err := informer.AddIndexers(cache.Indexers{byNodeIndex: nodeOf}); err != nil {
		return nil, nil, fmt.Errorf("finding pods by their nodes: %w", err)
	}
	registration, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { ledger.Observe(object.(*corev1.Pod), clock.Now()) },
		UpdateFunc: func(_, object any) { ledger.Observe(object.(*corev1.Pod), clock.Now()) },
		DeleteFunc: func(object any) {
			if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = tombstone.Obj
			}
			if pod, ok := object.(*corev1.Pod); ok {
				ledger.Remove(pod, clock.Now())
			}
		},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("following pods: %w", err)
	}
	synced := make(chan struct{})
	go func() {
		if cache.WaitForCacheSync(ctx.Done(), registration.HasSynced) {
			close(synced)
		}
	}()
	return synced, func(node string) []*corev1.Pod { return podsIn(informer.GetIndexer(), node) }, nil
}

func nodeOf(object any) ([]string, error) {
	pod, ok := object.(*corev1.Pod)
	if !ok || pod.Spec.NodeName == "" {
		return nil, nil
	}
	return []string{pod.Spec.NodeName}, nil
}

// podsIn are the pods of a node that have not ended.
func podsIn(indexer cache.Indexer, node string) []*corev1.Pod {
	objects, err := indexer.ByIndex(byNodeIndex, node)
	if err != nil {
		return nil // the index is there from the start
	}
	pods := make([]*corev1.Pod, 0, len(objects))
	for _, object := range objects {
		if pod := object.(*corev1.Pod); pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
			pods = append(pods, pod)
		}
	}
	return pods
}
