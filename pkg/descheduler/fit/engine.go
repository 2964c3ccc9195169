// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"context"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/plugin"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// engine shows the plugin the snapshot of a plan. It measures nothing, whatever
// the arguments of the plugin say: the snapshot is the descheduler's.
type engine struct {
	snapshot atomic.Pointer[verdict.Snapshot]
}

var _ plugin.Engine = &engine{}

func (e *engine) Start(context.Context, *v1alpha1.LoadlineArgs, *rest.Config, kubernetes.Interface, coreinformers.NodeInformer, coreinformers.PodInformer) error {
	return nil
}

func (e *engine) Snapshot() *verdict.Snapshot { return e.snapshot.Load() }

// Assume and Release come with Reserve, which a scheduler that is not run does not
// get to. What is assumed is pending in the snapshot already.
func (e *engine) Assume(*corev1.Pod, string) {}

func (e *engine) Release(types.UID) {}

// Subscribe has nobody told: no pod waits here for a node to cool.
func (e *engine) Subscribe(func(before, after *verdict.Snapshot)) {}
