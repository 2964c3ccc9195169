// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package explained finds out what is to be said of the placement of a pod: what
// a scheduler decided and why, or why no decision is known.
package explained

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/cli/replica"
)

// Options say which pod is asked about, and who is asked.
type Options struct {
	Namespace, Name string
	// Client and Config lead to the cluster. They may be nil where there is a local
	// scheduler.
	Client kubernetes.Interface
	Config *rest.Config
	// SystemNamespace is that of the schedulers.
	SystemNamespace string
	// Local is the address of a scheduler that is asked in the place of those in
	// the cluster. Empty for none.
	Local string
	// Timeout bounds the wait for each answer.
	Timeout time.Duration
	Clock   clock.PassiveClock
}

// Result is what was found out.
type Result struct {
	// Decision is the latest on the pod. Nil where none is known.
	Decision *Decision
	// Earlier is the latest on another pod that had the same name before, where
	// none is known on the pod itself.
	Earlier *Decision
	// Unasked is why no scheduler was asked. Nil where any was.
	Unasked error
	// Warnings are about what could not be found out.
	Warnings []string

	now time.Time
	// pod is nil where there is none, or it could not be read.
	pod        *corev1.Pod
	isGone     bool
	schedulers *schedulers
}

// Find asks the schedulers for the decision on a pod, and the API server for the
// pod. The error is that of the context.
func Find(ctx context.Context, o Options) (*Result, error) {
	r := &Result{}
	r.read(ctx, o)
	ask := o.askAll
	if o.Local != "" {
		ask = o.askLocal
	}
	r.schedulers, r.Unasked = ask(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	r.now = o.Clock.Now()
	if r.Unasked == nil {
		r.Warnings = append(r.Warnings, r.schedulers.warnings...)
		r.choose()
	}
	return r, nil
}

// read reads the pod.
func (r *Result) read(ctx context.Context, o Options) {
	if o.Client == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	pod, err := o.Client.CoreV1().Pods(o.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
	switch {
	case err == nil:
		r.pod = pod
	case apierrors.IsNotFound(err):
		r.isGone = true
	default:
		r.Warnings = append(r.Warnings, fmt.Sprintf("the pod itself could not be read: %v", replica.InTime(ctx, o.Timeout, err)))
	}
}

// choose takes the latest decision on the pod. One on an earlier pod of the same
// name says nothing of it.
func (r *Result) choose() {
	for _, journal := range r.schedulers.journals {
		for _, decision := range journal.decisions {
			chosen := &r.Decision
			if r.pod != nil && r.pod.UID != decision.UID {
				chosen = &r.Earlier
			}
			if *chosen == nil || decision.after(*chosen) {
				*chosen = decision
			}
		}
	}
}
