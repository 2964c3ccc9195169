// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	coreinformers "k8s.io/client-go/informers/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// NewFactory makes informers that keep no more than is needed: of pods those that
// have not ended, and who manages which fields of nodes alone, since package mark
// goes by it.
func NewFactory(client kubernetes.Interface) informers.SharedInformerFactory {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(NewTrim()))
	factory.InformerFor(&corev1.Pod{}, newPodInformer)
	return factory
}

func newPodInformer(client kubernetes.Interface, resync time.Duration) cache.SharedIndexInformer {
	notEnded := fmt.Sprintf("status.phase!=%s,status.phase!=%s", corev1.PodSucceeded, corev1.PodFailed)
	return coreinformers.NewFilteredPodInformer(client, metav1.NamespaceAll, resync, cache.Indexers{},
		func(options *metav1.ListOptions) { options.FieldSelector = notEnded })
}

// NewTrim makes the function that takes off an object what is not needed of it.
//
// All objects of a namespace share its name. To spread pods, the scheduler compares
// the namespace of every pod of the cluster with that of the one that it places: it
// is most of what placing one costs if each name is elsewhere in memory.
func NewTrim() cache.TransformFunc {
	var names sync.Map // of strings, each to itself
	return func(object any) (any, error) {
		if _, isNode := object.(*corev1.Node); isNode {
			return object, nil
		}
		if accessor, err := meta.Accessor(object); err == nil {
			accessor.SetManagedFields(nil)
			name, _ := names.LoadOrStore(accessor.GetNamespace(), accessor.GetNamespace())
			accessor.SetNamespace(name.(string))
		}
		if spec := podSpecOf(object); spec != nil {
			trimContainers(spec.InitContainers)
			trimContainers(spec.Containers)
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

// trimContainers takes off what only matters where a container runs. It is much of a
// pod, and says nothing of where the pod may go.
func trimContainers(containers []corev1.Container) {
	for i := range containers {
		c := &containers[i]
		c.Command, c.Args, c.WorkingDir, c.Env, c.EnvFrom = nil, nil, "", nil, nil
		c.LivenessProbe, c.ReadinessProbe, c.StartupProbe, c.Lifecycle = nil, nil, nil, nil
		c.TerminationMessagePath, c.TerminationMessagePolicy = "", ""
	}
}
