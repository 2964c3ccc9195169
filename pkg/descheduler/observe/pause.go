// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Pause follows the ConfigMap of package history, by which people stop all
// evictions, and reads no other. It is safe for concurrent use.
type Pause struct {
	namespace string
	factory   informers.SharedInformerFactory
	lister    corelisters.ConfigMapLister
	synced    func() bool
}

// NewPause makes one for a namespace, which follows nothing before its start.
func NewPause(client kubernetes.Interface, namespace string) *Pause {
	only := fields.OneTermEqualSelector(metav1.ObjectNameField, history.ConfigMap).String()
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.FieldSelector = only }),
		informers.WithTransform(withoutData))
	configMaps := factory.Core().V1().ConfigMaps()
	return &Pause{namespace: namespace, factory: factory, lister: configMaps.Lister(), synced: configMaps.Informer().HasSynced}
}

// withoutData drops the evictions, which are up to a megabyte.
func withoutData(object any) (any, error) {
	if configMap, ok := object.(*corev1.ConfigMap); ok {
		configMap.Data, configMap.BinaryData = nil, nil
	}
	if accessor, err := meta.Accessor(object); err == nil {
		accessor.SetManagedFields(nil)
	}
	return object, nil
}

// Start follows the ConfigMap until the context ends.
func (p *Pause) Start(ctx context.Context) { p.factory.StartWithContext(ctx) }

// HasSynced tells whether it is known whether there is such a ConfigMap.
func (p *Pause) HasSynced() bool { return p.synced() }

// ConfigMap is the object, without its data. Nil where there is none.
func (p *Pause) ConfigMap() *corev1.ConfigMap {
	configMap, err := p.lister.ConfigMaps(p.namespace).Get(history.ConfigMap)
	if err != nil {
		return nil
	}
	return configMap
}

// Paused tells why a person has stopped evictions. Zero if none has.
func (p *Pause) Paused() reason.Reason {
	if !p.synced() {
		return reason.New(history.Paused, "it is not known yet whether evictions are paused: ConfigMap %s/%s has not been read", p.namespace, history.ConfigMap)
	}
	return history.PausedBy(p.ConfigMap())
}
