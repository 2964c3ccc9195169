// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/cache"
)

// NewTrim makes the function that takes off an object what is not needed of it, and
// has it share with others what is the same in all of them. What is kept is what says
// where a pod may go, whether it may be moved, and what it uses.
func NewTrim() cache.TransformFunc {
	shared := newShared()
	return func(object any) (any, error) {
		if node, isNode := object.(*corev1.Node); isNode {
			shared.images(node)
			return object, nil
		}
		if accessor, err := meta.Accessor(object); err == nil {
			accessor.SetManagedFields(nil)
			delete(accessor.GetAnnotations(), corev1.LastAppliedConfigAnnotation)
			shared.meta(accessor)
		}
		if spec := podSpecOf(object); spec != nil {
			trimSpec(spec)
			shared.spec(spec)
		}
		if pod, isPod := object.(*corev1.Pod); isPod {
			trimStatus(&pod.Status)
			shared.status(&pod.Status)
		}
		return object, nil
	}
}

// podSpecOf is the spec of a pod, or that of the pods that a controller makes.
func podSpecOf(object any) *corev1.PodSpec {
	switch object := object.(type) {
	case *corev1.Pod:
		return &object.Spec
	case *appsv1.ReplicaSet:
		return &object.Spec.Template.Spec
	case *appsv1.Deployment:
		return &object.Spec.Template.Spec
	case *appsv1.StatefulSet:
		return &object.Spec.Template.Spec
	case *batchv1.Job:
		return &object.Spec.Template.Spec
	default:
		return nil
	}
}

// trimSpec takes off what only matters where a pod runs. It is much of a pod, and
// says nothing of where the pod may go.
func trimSpec(spec *corev1.PodSpec) {
	trimContainers(spec.InitContainers)
	trimContainers(spec.Containers)
	spec.EphemeralContainers = nil
	spec.Volumes = kept(spec.Volumes, func(v *corev1.Volume) bool {
		return v.ConfigMap == nil && v.Secret == nil && v.Projected == nil && v.DownwardAPI == nil
	})
}

func trimContainers(containers []corev1.Container) {
	for i := range containers {
		c := &containers[i]
		c.Command, c.Args, c.WorkingDir, c.Env, c.EnvFrom = nil, nil, "", nil, nil
		c.LivenessProbe, c.ReadinessProbe, c.StartupProbe, c.Lifecycle = nil, nil, nil, nil
		c.TerminationMessagePath, c.TerminationMessagePolicy = "", ""
		c.Ports = kept(c.Ports, func(p *corev1.ContainerPort) bool { return p.HostPort != 0 })
		// A node has to know of these options.
		c.VolumeMounts = kept(c.VolumeMounts, func(m *corev1.VolumeMount) bool { return len(m.BindMountOptions) > 0 })
	}
}

// trimStatus leaves of a pod's status when it began to run, whether it is ready, and
// what it was given.
func trimStatus(status *corev1.PodStatus) {
	status.Message, status.HostIP, status.PodIP = "", "", ""
	status.HostIPs, status.PodIPs = nil, nil
	status.EphemeralContainerStatuses = nil
	status.Conditions = kept(status.Conditions, func(c *corev1.PodCondition) bool {
		switch c.Type {
		case corev1.PodInitialized, corev1.ContainersReady, corev1.PodReadyToStartContainers:
			return false
		default:
			return true
		}
	})
	trimStatuses(status.InitContainerStatuses)
	trimStatuses(status.ContainerStatuses)
}

func trimStatuses(statuses []corev1.ContainerStatus) {
	for i := range statuses {
		s := &statuses[i]
		s.Image, s.ImageID, s.ContainerID = "", "", ""
		s.VolumeMounts, s.User, s.AllocatedResourcesStatus, s.StopSignal = nil, nil, nil, nil
		trimState(&s.State)
		trimState(&s.LastTerminationState)
	}
}

// trimState leaves when a container has started.
func trimState(state *corev1.ContainerState) {
	state.Waiting = nil
	if ended := state.Terminated; ended != nil {
		state.Terminated = &corev1.ContainerStateTerminated{StartedAt: ended.StartedAt}
	}
}

// kept are those of some that are kept, in no more memory than they need.
func kept[T any](all []T, keep func(*T) bool) []T {
	count := 0
	for i := range all {
		if keep(&all[i]) {
			count++
		}
	}
	switch count {
	case 0:
		return nil
	case len(all):
		return all
	}
	left := make([]T, 0, count)
	for i := range all {
		if keep(&all[i]) {
			left = append(left, all[i])
		}
	}
	return left
}
