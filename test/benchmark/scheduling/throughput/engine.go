// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	kubescheduler "k8s.io/kubernetes/pkg/scheduler"
	perf "k8s.io/kubernetes/test/integration/scheduler_perf"
	"k8s.io/kubernetes/test/utils/client-go/ktesting"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/benchmark/scheduling/internal/board"
)

// engine publishes a snapshot of made-up measurements every interval, of the
// nodes that there are.
type engine struct {
	*board.Board
	nodes corelisters.NodeLister
}

func newEngine() (*engine, error) {
	b, err := board.New()
	if err != nil {
		return nil, err
	}
	return &engine{Board: b}, nil
}

// Start publishes a first snapshot, and then at each interval.
func (e *engine) Start(ctx context.Context, _ *v1alpha1.LoadlineArgs, _ *rest.Config, _ kubernetes.Interface, nodes coreinformers.NodeInformer, pods coreinformers.PodInformer) error {
	e.nodes = nodes.Lister()
	if _, err := pods.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { e.Ledger().Observe(object.(*corev1.Pod), time.Now()) },
		UpdateFunc: func(_, object any) { e.Ledger().Observe(object.(*corev1.Pod), time.Now()) },
	}); err != nil {
		return fmt.Errorf("following pods: %w", err)
	}
	e.tick()
	go func() {
		ticker := time.NewTicker(board.Interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				e.tick()
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// nodesCreated does not wait for the next tick.
func (e *engine) nodesCreated(ktesting.TContext, *kubescheduler.Scheduler, *perf.Workload, *corev1.NodeList) error {
	if e.nodes != nil {
		e.tick()
	}
	return nil
}

func (e *engine) tick() {
	nodes, err := e.nodes.List(labels.Everything())
	if err != nil {
		klog.Background().Error(err, "Unable to list nodes")
		return
	}
	e.Publish(nodes, time.Now(), func(string, string) float64 { return 0.05 * rand.Float64() })
}
