// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// bindVolumes has the scheduler bind a volume that there is, and ask for one that is
// to be made. The controllers that do the rest do not run in a box.
func (f *fixture) bindVolumes() {
	f.Helper()
	f.storageClass("local", "kubernetes.io/no-provisioner")
	volume, err := f.client.CoreV1().PersistentVolumes().Create(f, &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "disk"},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:               corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
			AccessModes:            []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName:       "local",
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: "/disk"}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{"b"}}},
			}}}},
		},
	}, metav1.CreateOptions{})
	f.must(err)
	volume.Status.Phase = corev1.VolumeAvailable
	_, err = f.client.CoreV1().PersistentVolumes().UpdateStatus(f, volume, metav1.UpdateOptions{})
	f.must(err)
	f.claimVolume("there", "local")
	f.pod("on-disk", mounting("there"))
	f.await("the volume to be bound to the claim", func() string {
		volume, err := f.client.CoreV1().PersistentVolumes().Get(f, "disk", metav1.GetOptions{})
		f.must(err)
		if claim := volume.Spec.ClaimRef; claim == nil || claim.Name != "there" {
			return "it is not"
		}
		return ""
	})
	f.finishBinding("there", "disk")
	if node := f.placed("on-disk"); node != "b" {
		f.Errorf("placed on node %s, want b, where the volume is", node)
	}

	f.storageClass("made", "example.com/maker")
	f.claimVolume("wanted", "made")
	f.pod("on-new-disk", mounting("wanted"), onlyOn("c"))
	f.await("the volume to be asked for", func() string {
		claim, err := f.client.CoreV1().PersistentVolumeClaims(namespace).Get(f, "wanted", metav1.GetOptions{})
		f.must(err)
		if node := claim.Annotations["volume.kubernetes.io/selected-node"]; node != "c" {
			return "it is for node " + node
		}
		return ""
	})
	f.must(f.client.CoreV1().Pods(namespace).Delete(f, "on-new-disk", metav1.DeleteOptions{}))
}

func (f *fixture) storageClass(name, provisioner string) {
	f.Helper()
	_, err := f.client.StorageV1().StorageClasses().Create(f, &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: provisioner,
		VolumeBindingMode: ptr.To(storagev1.VolumeBindingWaitForFirstConsumer),
	}, metav1.CreateOptions{})
	f.must(err)
}

func (f *fixture) claimVolume(name, class string) {
	f.Helper()
	_, err := f.client.CoreV1().PersistentVolumeClaims(namespace).Create(f, &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class,
			AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}, metav1.CreateOptions{})
	f.must(err)
}

// finishBinding does what the controller of volumes does once the scheduler has bound
// one to a claim.
func (f *fixture) finishBinding(claim, volume string) {
	f.Helper()
	claims := f.client.CoreV1().PersistentVolumeClaims(namespace)
	bound, err := claims.Get(f, claim, metav1.GetOptions{})
	f.must(err)
	bound.Spec.VolumeName = volume
	bound.Annotations = map[string]string{"pv.kubernetes.io/bind-completed": "yes"}
	bound, err = claims.Update(f, bound, metav1.UpdateOptions{})
	f.must(err)
	bound.Status.Phase = corev1.ClaimBound
	_, err = claims.UpdateStatus(f, bound, metav1.UpdateOptions{})
	f.must(err)
}

func mounting(claim string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
		}}}
	}
}

// gpu is the class of the devices of a node, and the name by which pods ask for them
// as a resource.
const (
	gpu         = "gpu.example.com"
	gpuResource = "example.com/gpu"
)

// allocateDevices has the scheduler allocate a device to a claim, and make a claim for
// a pod that asks for one as a resource.
func (f *fixture) allocateDevices() {
	f.Helper()
	devices := f.client.ResourceV1()
	_, err := devices.DeviceClasses().Create(f, &resourcev1.DeviceClass{
		ObjectMeta: metav1.ObjectMeta{Name: gpu}, Spec: resourcev1.DeviceClassSpec{ExtendedResourceName: ptr.To(gpuResource)},
	}, metav1.CreateOptions{})
	f.must(err)
	_, err = devices.ResourceSlices().Create(f, &resourcev1.ResourceSlice{
		ObjectMeta: metav1.ObjectMeta{Name: "gpus-of-b"},
		Spec: resourcev1.ResourceSliceSpec{
			Driver: gpu, NodeName: ptr.To("b"),
			Pool:    resourcev1.ResourcePool{Name: "b", ResourceSliceCount: 1},
			Devices: []resourcev1.Device{{Name: "gpu-0"}, {Name: "gpu-1"}},
		},
	}, metav1.CreateOptions{})
	f.must(err)
	_, err = devices.ResourceClaims(namespace).Create(f, &resourcev1.ResourceClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "one-gpu"},
		Spec: resourcev1.ResourceClaimSpec{Devices: resourcev1.DeviceClaim{Requests: []resourcev1.DeviceRequest{{
			Name: "gpu", Exactly: &resourcev1.ExactDeviceRequest{DeviceClassName: gpu},
		}}}},
	}, metav1.CreateOptions{})
	f.must(err)
	f.pod("with-claim", func(pod *corev1.Pod) {
		pod.Spec.ResourceClaims = []corev1.PodResourceClaim{{Name: "gpu", ResourceClaimName: ptr.To("one-gpu")}}
		pod.Spec.Containers[0].Resources.Claims = []corev1.ResourceClaim{{Name: "gpu"}}
	})
	f.pod("with-resource", func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Resources.Requests[gpuResource] = resource.MustParse("1")
		pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{gpuResource: resource.MustParse("1")}
	})
	for _, name := range []string{"with-claim", "with-resource"} {
		if node := f.placed(name); node != "b" {
			f.Errorf("pod %s: placed on node %s, want b, where the devices are", name, node)
		}
	}
}
