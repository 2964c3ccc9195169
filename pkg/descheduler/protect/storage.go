// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// sparedVolumes is the annotation by which the cluster autoscaler is told of local
// volumes that hold nothing to be kept, such as those of a mesh's sidecar. Their names
// are divided by commas alone.
const sparedVolumes = "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"

// localStorage: an emptyDir in memory is lost no less than one on disk.
func localStorage(pod *corev1.Pod, c Context) reason.Reason {
	if c.Config.LocalStorage {
		return reason.Reason{}
	}
	spared := strings.Split(pod.Annotations[sparedVolumes], ",")
	for i := range pod.Spec.Volumes {
		volume := &pod.Spec.Volumes[i]
		switch {
		case slices.Contains(spared, volume.Name):
		case volume.EmptyDir != nil:
			return reason.New(LocalStorage, "it would lose its emptyDir volume %s (protections.localStorage)", volume.Name)
		case volume.HostPath != nil:
			return reason.New(LocalStorage, "it would lose %s of the node, its hostPath volume %s (protections.localStorage)", volume.HostPath.Path, volume.Name)
		}
	}
	return reason.Reason{}
}

func persistentVolume(pod *corev1.Pod, c Context) reason.Reason {
	for i := range pod.Spec.Volumes {
		name := claimName(pod, &pod.Spec.Volumes[i])
		if name == "" {
			continue
		}
		claim := c.Cluster.Claim(pod.Namespace, name)
		if claim == nil {
			return reason.New(PersistentVolume, "its PersistentVolumeClaim %s is not known", name)
		}
		if claim.DeletionTimestamp != nil {
			return reason.New(PersistentVolume, "its PersistentVolumeClaim %s is being deleted, and would be gone as soon as the pod is", name)
		}
		if class := classOf(claim); class == "" || !slices.Contains(c.Config.StorageClasses, class) {
			return reason.New(PersistentVolume, "its PersistentVolumeClaim %s is of the class %q, and only pods with claims of these are moved: %s (protections.storageClasses)",
				name, class, list(c.Config.StorageClasses))
		}
	}
	return reason.Reason{}
}

// claimName is the claim behind a volume. That of an ephemeral volume is made with
// the pod, and named after both.
func claimName(pod *corev1.Pod, volume *corev1.Volume) string {
	switch {
	case volume.PersistentVolumeClaim != nil:
		return volume.PersistentVolumeClaim.ClaimName
	case volume.Ephemeral != nil:
		return pod.Name + "-" + volume.Name
	default:
		return ""
	}
}

// classOf is a claim's StorageClass. The annotation is older than the field, and
// still goes before it.
func classOf(claim *corev1.PersistentVolumeClaim) string {
	if class, found := claim.Annotations[corev1.BetaStorageClassAnnotation]; found {
		return class
	}
	if claim.Spec.StorageClassName == nil {
		return ""
	}
	return *claim.Spec.StorageClassName
}
