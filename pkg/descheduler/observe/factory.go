// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
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
	return coreinformers.NewFilteredPodInformer(client, metav1.NamespaceAll, resync, cache.Indexers{unboundIndex: unbound},
		func(options *metav1.ListOptions) { options.FieldSelector = notEnded })
}
