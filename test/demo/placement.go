// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

// placingTimeout bounds the wait for a scheduler to place or refuse pods, and
// emptyTimeout that for the pods of a run to be gone.
const (
	placingTimeout = 15 * time.Second
	emptyTimeout   = 20 * time.Second
)

// refusal is what the scheduler says of a pod that the rule has refused a node.
const refusal = `over load line "memory-above-90"`

// place is a run: the workloads come, each at its time.
func (d *demo) place(r *run, scheduler string) error {
	start := time.Now()
	r.begin(start)
	for _, w := range workloads {
		if err := d.pause(time.Until(start.Add(w.after))); err != nil {
			return err
		}
		if err := d.create(w, scheduler); err != nil {
			return err
		}
	}
	err := d.pause(time.Until(start.Add(runTime)))
	r.end()
	return err
}

func (d *demo) create(w workload, scheduler string) error {
	d.show.event("%s", w)
	deployments := d.cluster.Client().AppsV1().Deployments(metav1.NamespaceDefault)
	if _, err := deployments.Create(d.ctx, w.deployment(scheduler), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating Deployment %s: %w", w.name, err)
	}
	return nil
}

// removeAll returns when no pod is left, and the nodes' memory is free.
func (d *demo) removeAll() error {
	err := d.cluster.Client().AppsV1().Deployments(metav1.NamespaceDefault).
		DeleteCollection(d.ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("deleting the workloads: %w", err)
	}
	return d.await(emptyTimeout, "the pods of the first run to be gone", func() bool {
		return len(d.pods.all()) == 0 && slices.Max(d.show.now().memory) < 0.01
	})
}

// createRefused makes a pod that may run on that node only, and returns when the
// rule has refused it.
func (d *demo) createRefused(name, node string) error {
	d.show.step("Pod %s comes, which may run on %s only", name, node)
	pods := d.cluster.Client().CoreV1().Pods(metav1.NamespaceDefault)
	if _, err := pods.Create(d.ctx, pinned.pod(name, deploy.SchedulerName, node), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating pod %s: %w", name, err)
	}
	var last corev1.Pod
	err := d.await(placingTimeout, fmt.Sprintf("pod %s to wait because its node is %s", name, refusal), func() bool {
		record, ok := d.pods.named(name)
		if ok {
			last = *record.pod
		}
		return ok && record.bound.IsZero() && strings.Contains(message(record.pod), refusal)
	})
	if err != nil {
		return fmt.Errorf("%w (node: %q, message: %q)", err, last.Spec.NodeName, message(&last))
	}
	d.show.outcome("waiting: %s", reason(&last))
	return nil
}

func (d *demo) awaitBound(name string) (podRecord, error) {
	var found podRecord
	err := d.await(placingTimeout, "pod "+name+" to be placed", func() bool {
		record, ok := d.pods.named(name)
		found = record
		return ok && !record.bound.IsZero()
	})
	return found, err
}

func (d *demo) awaitPlaced(w workload) error {
	return d.await(placingTimeout, "the pods of "+w.name+" to be placed", func() bool {
		records := d.pods.of(w.name)
		return len(records) == int(w.replicas) &&
			!slices.ContainsFunc(records, func(record podRecord) bool { return record.bound.IsZero() })
	})
}
