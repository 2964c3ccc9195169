// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/test/cluster"
)

const (
	// sweepInterval is how often the kernel looks at the memory.
	sweepInterval = time.Second
	// growTime is how long a restarted process takes to be as large as before.
	growTime = 4 * time.Second
	// startShare is the part of its memory that it takes at once.
	startShare = 0.05
)

// process is a running pod as the kernel of its node sees it. Memory is in
// bytes.
type process struct {
	pod            *corev1.Pod
	usage, request int64
}

// victims are the processes of one node that its kernel kills until the others
// fit in its memory: each time the one furthest above what it asked for.
func victims(processes []process, capacity int64) []process {
	total := int64(0)
	for _, p := range processes {
		total += p.usage
	}
	worst := slices.Clone(processes)
	slices.SortStableFunc(worst, func(a, b process) int {
		return cmp.Compare(b.usage-b.request, a.usage-a.request)
	})
	var killed []process
	for _, p := range worst {
		if total <= capacity {
			break
		}
		killed = append(killed, p)
		total -= p.usage
	}
	return killed
}

// restart is a process that was killed, and is growing to its full size again.
type restart struct {
	at   time.Time
	full int64
}

// usage is the process's memory at a time.
func (r restart) usage(now time.Time) int64 {
	grown := startShare + (1-startShare)*float64(now.Sub(r.at))/float64(growTime)
	return int64(float64(r.full) * min(1, grown))
}

// kernel plays the kernels of all nodes, of which the simulation has none: a pod
// on a node without free memory is killed, restarted by its kubelet, and uses as
// much again a few seconds later.
type kernel struct {
	client   kubernetes.Interface
	pods     *podWatch
	tell     func(format string, args ...any)
	restarts map[types.UID]restart
}

func newKernel(client kubernetes.Interface, pods *podWatch, tell func(string, ...any)) *kernel {
	return &kernel{client: client, pods: pods, tell: tell, restarts: map[types.UID]restart{}}
}

// run sweeps until the context ends.
func (k *kernel) run(ctx context.Context) error {
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-ticker.C:
			if err := k.sweep(ctx, now); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// sweep lets the restarted processes grow, and kills on each node those for
// which there is no memory.
func (k *kernel) sweep(ctx context.Context, now time.Time) error {
	byNode := map[string][]process{}
	for _, record := range k.pods.all() {
		pod := record.pod
		if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
			continue
		}
		p := process{pod: pod, usage: usage(pod), request: request(pod)}
		if restart, ok := k.restarts[pod.UID]; ok {
			p.usage = restart.usage(now)
			if err := k.setUsage(ctx, pod, p.usage); err != nil {
				return err
			}
			if p.usage == restart.full {
				delete(k.restarts, pod.UID)
			}
		}
		byNode[pod.Spec.NodeName] = append(byNode[pod.Spec.NodeName], p)
	}
	var killed []string
	for _, node := range slices.Sorted(maps.Keys(byNode)) {
		for _, victim := range victims(byNode[node], nodeMemory) {
			if err := k.kill(ctx, victim, now); err != nil {
				return err
			}
			killed = append(killed, victim.pod.Name+" on "+node)
		}
	}
	if len(killed) > 0 {
		k.tell("out of memory, pods killed: %s", strings.Join(killed, ", "))
	}
	return nil
}

// kill ends a pod's process and starts it again.
func (k *kernel) kill(ctx context.Context, victim process, now time.Time) error {
	full := victim.usage
	if earlier, ok := k.restarts[victim.pod.UID]; ok {
		full = earlier.full
	}
	fresh := restart{at: now, full: full}
	k.restarts[victim.pod.UID] = fresh
	if err := k.countRestart(ctx, victim.pod, now); err != nil {
		return err
	}
	return k.setUsage(ctx, victim.pod, fresh.usage(now))
}

// countRestart writes to the pod's status what a kubelet would.
func (k *kernel) countRestart(ctx context.Context, pod *corev1.Pod, now time.Time) error {
	var statuses []corev1.ContainerStatus
	for _, status := range pod.Status.ContainerStatuses {
		ended := corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", FinishedAt: metav1.NewTime(now)}
		if running := status.State.Running; running != nil {
			ended.StartedAt = running.StartedAt
		}
		status.RestartCount++
		status.LastTerminationState = corev1.ContainerState{Terminated: &ended}
		status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now)}}
		statuses = append(statuses, status)
	}
	return k.patch(ctx, pod, map[string]any{"status": map[string]any{"containerStatuses": statuses}}, "status")
}

func (k *kernel) setUsage(ctx context.Context, pod *corev1.Pod, bytes int64) error {
	quantity := resource.NewQuantity(bytes, resource.BinarySI).String()
	return k.patch(ctx, pod, map[string]any{
		"metadata": map[string]any{"annotations": map[string]string{cluster.UsageMemoryAnnotation: quantity}},
	})
}

// patch changes a pod, unless it is gone.
func (k *kernel) patch(ctx context.Context, pod *corev1.Pod, change map[string]any, subresources ...string) error {
	data, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("changing pod %s: %w", pod.Name, err)
	}
	_, err = k.client.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, data, metav1.PatchOptions{}, subresources...)
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("changing pod %s: %w", pod.Name, err)
	}
	return nil
}
