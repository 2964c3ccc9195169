// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	kubescheduler "k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Codes of the reasons for which a pod's successor has no node.
const (
	// NoNodeFits: the scheduler finds none.
	NoNodeFits reason.Code = "NoNodeFits"
	// NoProfile: it would be placed by another scheduler.
	NoProfile reason.Code = "NoProfile"
	// NotDecided: the scheduler failed to decide.
	NotDecided reason.Code = "NotDecided"
)

// errOver is for a Fitter whose plan is over.
var errOver = errors.New("another plan has begun since")

// fitter implements plan.Fitter.
type fitter struct {
	scheduler *Scheduler
	cluster   *cluster.Cluster
	snapshot  *verdict.Snapshot
	// moved are the pods that are supposed to go.
	moved map[types.UID]bool
}

// Snapshot is the one of the plan, with all moves that were made pending on it.
func (f *fitter) Snapshot() *verdict.Snapshot { return f.snapshot }

// Place says on which node the successor of a pod would be placed now. The plugin
// goes by what it expects the successor to use, as it will in the scheduler, and not
// by the amounts.
func (f *fitter) Place(ctx context.Context, pod *corev1.Pod, _ []float64) (node string, why reason.Reason, err error) {
	s := f.scheduler
	s.mu.Lock()
	defer s.mu.Unlock()
	victim, err := f.victim(pod)
	if err != nil {
		return "", reason.Reason{}, err
	}
	logger := klog.FromContext(ctx)
	if err := f.supposeGoing(logger, victim); err != nil {
		return "", reason.Reason{}, err
	}
	defer func() { err = errors.Join(err, s.mirror.put(logger, victim)) }()
	if err := s.upstream.Cache.UpdateSnapshot(logger, s.snapshot); err != nil {
		return "", reason.Reason{}, fmt.Errorf("supposing that pod %s goes: %w", klog.KObj(victim), err)
	}
	return f.schedule(ctx, f.successor(victim))
}

// supposeGoing has a pod go, for its own successor. A pod of a StatefulSet has none
// until it is gone altogether, with its hold on its volumes.
func (f *fitter) supposeGoing(logger klog.Logger, victim *corev1.Pod) error {
	if keepsName(victim) {
		return f.scheduler.mirror.remove(logger, victim)
	}
	return f.scheduler.mirror.put(logger, f.terminating(victim))
}

// schedule asks where a pod would go.
func (f *fitter) schedule(ctx context.Context, pod *corev1.Pod) (string, reason.Reason, error) {
	s := f.scheduler
	profile := s.upstream.Profiles[pod.Spec.SchedulerName]
	if profile == nil {
		names := slices.Sorted(maps.Keys(s.upstream.Profiles))
		return "", reason.New(NoProfile, "its template names the scheduler %q, and schedulerConfigFile has profiles of %s only",
			pod.Spec.SchedulerName, strings.Join(names, ", ")), nil
	}
	info, err := framework.NewPodInfo(pod)
	if err != nil {
		return "", reason.New(NotDecided, "the scheduler cannot read its template: %v", err), nil
	}
	result, err := s.upstream.SchedulePod(ctx, profile, framework.NewCycleState(), &framework.QueuedPodInfo{PodInfo: info})
	if loadline := s.plugins[pod.Spec.SchedulerName]; loadline != nil {
		loadline.Forget(pod.UID)
	}
	var unfit *framework.FitError
	switch {
	case ctx.Err() != nil: // not all nodes were looked at
		return "", reason.Reason{}, ctx.Err()
	case errors.As(err, &unfit), errors.Is(err, kubescheduler.ErrNoNodesAvailable):
		return "", reason.New(NoNodeFits, "%v", err), nil
	case err != nil:
		return "", reason.New(NotDecided, "the scheduler failed: %v", err), nil
	}
	return result.SuggestedHost, reason.Reason{}, nil
}

// Move makes it so. The pod is still there for others until it has gone, whatever
// it belongs to.
func (f *fitter) Move(pod *corev1.Pod, node string, amounts []float64) error {
	s := f.scheduler
	s.mu.Lock()
	defer s.mu.Unlock()
	victim, err := f.victim(pod)
	if err != nil {
		return err
	}
	successor := f.successor(victim)
	successor.Spec.NodeName = node
	if err := s.mirror.put(klog.Background(), successor); err != nil {
		return err
	}
	if err := s.mirror.put(klog.Background(), f.terminating(victim)); err != nil {
		return err
	}
	f.moved[victim.UID] = true
	if f.snapshot.Pending != nil {
		f.snapshot = f.snapshot.WithPending(f.snapshot.Pending.Plus(f.snapshot.Index(node), amounts))
		s.engine.snapshot.Store(f.snapshot)
	}
	return nil
}

// victim is a pod as it is on its node.
func (f *fitter) victim(pod *corev1.Pod) (*corev1.Pod, error) {
	switch victim := f.scheduler.mirror.find(pod.Spec.NodeName, pod.UID); {
	case f.scheduler.current != f:
		return nil, errOver
	case victim == nil:
		return nil, fmt.Errorf("pod %s is not on a node %q of the cluster", klog.KObj(pod), pod.Spec.NodeName)
	case f.moved[pod.UID]:
		return nil, fmt.Errorf("pod %s is moved already", klog.KObj(pod))
	default:
		return victim, nil
	}
}

// terminating is a pod on its way out.
func (f *fitter) terminating(pod *corev1.Pod) *corev1.Pod {
	going := *pod
	if going.DeletionTimestamp == nil {
		going.DeletionTimestamp = &metav1.Time{Time: f.snapshot.Time}
	}
	return &going
}

// successor is what will come for a pod.
func (f *fitter) successor(pod *corev1.Pod) *corev1.Pod {
	var template *corev1.PodTemplateSpec
	if workload := f.cluster.WorkloadOf(pod); workload != nil {
		template = workload.Template
	}
	return newSuccessor(pod, template)
}
