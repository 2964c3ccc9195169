// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Load is what a pod wants to use at a time, at an age.
type Load func(now time.Time, age time.Duration) Amounts

// Cores is a constant use of CPU.
func Cores(cores float64) Load {
	return func(time.Time, time.Duration) Amounts { return Amounts{cpu: cores} }
}

// Bytes is a constant use of memory.
func Bytes(bytes float64) Load {
	return func(time.Time, time.Duration) Amounts { return Amounts{memory: bytes} }
}

// Pod is a pod on its way from its creation to its end. Its object is replaced at
// each change, as an informer's is.
type Pod struct {
	*corev1.Pod
	Workload *Workload
	// Load may be changed at any time.
	Load Load
	// Replaces is the pod that went and in whose place this one came, if any.
	Replaces *Pod

	node *Node
	used [len(resources)]total
	// starts, turnsReady and ends are when that happens or did, if it is known.
	starts, turnsReady, ends time.Time
	running                  bool
}

func (p *Pod) demand(now time.Time) Amounts {
	if !p.running || p.Load == nil {
		return Amounts{}
	}
	return p.Load(now, now.Sub(p.starts))
}

// Terminating tells that the pod has been told to stop.
func (p *Pod) Terminating() bool { return p.DeletionTimestamp != nil }

// Ready tells what the pod's condition says.
func (p *Pod) Ready() bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// change makes a new version of the object.
func (p *Pod) change(how func(pod *corev1.Pod)) {
	changed := p.DeepCopy()
	how(changed)
	p.Pod = changed
}

func (p *Pod) setCondition(kind corev1.PodConditionType, status corev1.ConditionStatus, at time.Time) {
	p.change(func(pod *corev1.Pod) {
		pod.Status.Conditions = slices.DeleteFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: metav1.NewTime(at)})
	})
}

// bind has a pod start on a node.
func (p *Pod) bind(to *Node, now time.Time) {
	p.change(func(pod *corev1.Pod) { pod.Spec.NodeName = to.Name })
	p.setCondition(corev1.PodScheduled, corev1.ConditionTrue, now)
	p.node, p.starts = to, now.Add(p.Workload.StartAfter)
	to.pods = append(to.pods, p)
}

// start has a pod run, from which on it uses something. step is the number of
// those before.
func (p *Pod) start(at time.Time, step int) {
	p.running, p.starts = true, at
	for r := range p.used {
		p.used[r] = total{first: step}
	}
	p.change(func(pod *corev1.Pod) {
		pod.Status.Phase = corev1.PodRunning
		started := metav1.NewTime(at)
		pod.Status.StartTime = &started
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Name: pod.Spec.Containers[0].Name, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: started}},
		}}
	})
	if !p.Workload.NeverReady {
		p.turnsReady = at.Add(p.Workload.ReadyAfter)
	}
}

func (p *Pod) becomeReady(now time.Time) {
	p.turnsReady = time.Time{}
	p.setCondition(corev1.PodReady, corev1.ConditionTrue, now)
	p.change(func(pod *corev1.Pod) { pod.Status.ContainerStatuses[0].Ready = true })
}

// terminate tells a pod to stop.
func (p *Pod) terminate(now time.Time) {
	p.ends = now.Add(p.Workload.Grace)
	p.change(func(pod *corev1.Pod) {
		deletion, grace := metav1.NewTime(p.ends), int64(p.Workload.Grace.Seconds())
		pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds = &deletion, &grace
	})
}
