// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"crypto/sha256"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shared are parts of objects of which one copy is kept for all that have the same.
// The pods of a workload differ in little more than their names, and each is decoded
// by itself: in a large cluster it is most of what they take.
//
// Nobody changes what an informer holds, and these parts least of all.
type shared struct {
	// To spread pods, the scheduler compares the namespace of every pod of the cluster
	// with that of the one that it places: it is most of what placing one costs if each
	// name is elsewhere in memory.
	names *pool[string, string]

	labels, annotations *pool[digest, map[string]string]
	owners              *pool[digest, []metav1.OwnerReference]
	specs               *pool[digest, corev1.PodSpec]
	affinities          *pool[digest, *corev1.Affinity]
	volumes             *pool[digest, []corev1.Volume]
	resources           *pool[digest, corev1.ResourceRequirements]
	amounts             *pool[digest, corev1.ResourceList]
}

func newShared() *shared {
	meta := func(m metav1.ObjectMeta) ([]byte, error) { return m.Marshal() }
	spec := func(s corev1.PodSpec) ([]byte, error) { return s.Marshal() }
	resources := func(r corev1.ResourceRequirements) ([]byte, error) { return r.Marshal() }
	labels := digestOf(func(l map[string]string) ([]byte, error) { return meta(metav1.ObjectMeta{Labels: l}) })
	return &shared{
		names:       newPool(func(name string) (string, bool) { return name, true }),
		labels:      newPool(labels),
		annotations: newPool(labels),
		owners:      newPool(digestOf(func(o []metav1.OwnerReference) ([]byte, error) { return meta(metav1.ObjectMeta{OwnerReferences: o}) })),
		specs:       newPool(digestOf(spec)),
		affinities:  newPool(digestOf(func(a *corev1.Affinity) ([]byte, error) { return spec(corev1.PodSpec{Affinity: a}) })),
		volumes:     newPool(digestOf(func(v []corev1.Volume) ([]byte, error) { return spec(corev1.PodSpec{Volumes: v}) })),
		resources:   newPool(digestOf(resources)),
		amounts: newPool(digestOf(func(a corev1.ResourceList) ([]byte, error) {
			return resources(corev1.ResourceRequirements{Requests: a})
		})),
	}
}

// meta has an object share what those of one kind, namespace or controller have in
// common.
func (s *shared) meta(object metav1.Object) {
	object.SetNamespace(s.names.of(object.GetNamespace()))
	object.SetGenerateName(s.names.of(object.GetGenerateName()))
	object.SetLabels(s.labels.of(object.GetLabels()))
	object.SetAnnotations(s.annotations.of(object.GetAnnotations()))
	object.SetOwnerReferences(s.owners.of(object.GetOwnerReferences()))
}

// spec has a pod share what pods of one template have in common. Of those of a
// DaemonSet, the affinity is of the node.
func (s *shared) spec(spec *corev1.PodSpec) {
	node, host, volumes, affinity := spec.NodeName, spec.Hostname, spec.Volumes, spec.Affinity
	spec.NodeName, spec.Hostname, spec.Volumes, spec.Affinity = "", "", nil, nil
	*spec = s.specs.of(*spec)
	spec.NodeName, spec.Hostname = s.names.of(node), host
	spec.Volumes, spec.Affinity = s.volumes.of(volumes), s.affinities.of(affinity)
}

// status has a pod share the names of what is the case, and what it was given.
func (s *shared) status(status *corev1.PodStatus) {
	status.Phase = corev1.PodPhase(s.names.of(string(status.Phase)))
	status.QOSClass = corev1.PodQOSClass(s.names.of(string(status.QOSClass)))
	for i := range status.Conditions {
		c := &status.Conditions[i]
		c.Type, c.Status = corev1.PodConditionType(s.names.of(string(c.Type))), corev1.ConditionStatus(s.names.of(string(c.Status)))
	}
	for _, statuses := range [][]corev1.ContainerStatus{status.InitContainerStatuses, status.ContainerStatuses} {
		for i := range statuses {
			given := &statuses[i]
			given.Name = s.names.of(given.Name)
			given.AllocatedResources = s.amounts.of(given.AllocatedResources)
			if given.Resources != nil {
				*given.Resources = s.resources.of(*given.Resources)
			}
		}
	}
}

// images has nodes share the names of what many of them have.
func (s *shared) images(node *corev1.Node) {
	for i := range node.Status.Images {
		names := node.Status.Images[i].Names
		for k := range names {
			names[k] = s.names.of(names[k])
		}
	}
}

// maxPooled bounds how many parts are remembered. Beyond, all are forgotten: those
// that come then are shared anew, with one more copy of each.
const maxPooled = 20000

// pool remembers parts, to be used in the place of others that are the same. It is
// safe for concurrent use.
type pool[K comparable, T any] struct {
	// key is equal for parts that are the same. There is none for those that need not
	// be shared.
	key func(T) (K, bool)

	mu    sync.Mutex
	parts map[K]T
}

func newPool[K comparable, T any](key func(T) (K, bool)) *pool[K, T] {
	return &pool[K, T]{key: key, parts: map[K]T{}}
}

// of is the part that is the same as another and was there first.
func (p *pool[K, T]) of(part T) T {
	key, ok := p.key(part)
	if !ok {
		return part
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if same, known := p.parts[key]; known {
		return same
	}
	if len(p.parts) >= maxPooled {
		clear(p.parts)
	}
	p.parts[key] = part
	return part
}

// digest stands for a part that is too large to be kept for comparison.
type digest [sha256.Size]byte

// digestOf is that of the encoding, which has to be the same for parts that are.
func digestOf[T any](encode func(T) ([]byte, error)) func(T) (digest, bool) {
	return func(part T) (digest, bool) {
		encoded, err := encode(part)
		return sha256.Sum256(encoded), err == nil && len(encoded) > 0
	}
}
