// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// serve has a client list what the scheduler's plugins look up: namespaces, services
// and ReplicaSets, by which the scheduler spreads pods even if they do not ask for it.
// The client keeps none of it, as an API server in this process would, and hands it
// out decoded by itself.
func (f *fleet) serve(client *fake.Clientset) error {
	var (
		namespaces corev1.NamespaceList
		services   corev1.ServiceList
		sets       appsv1.ReplicaSetList
	)
	for _, namespace := range f.Namespaces {
		namespaces.Items = append(namespaces.Items, *namespace)
	}
	for i, set := range f.ReplicaSets {
		sets.Items = append(sets.Items, *set)
		services.Items = append(services.Items, *newWorkload(i).service())
	}
	for resource, list := range map[string]struct {
		from, into message
	}{
		"namespaces":  {&namespaces, &corev1.NamespaceList{}},
		"services":    {&services, &corev1.ServiceList{}},
		"replicasets": {&sets, &appsv1.ReplicaSetList{}},
	} {
		encoded, err := list.from.Marshal()
		if err != nil {
			return fmt.Errorf("encoding the %s: %w", resource, err)
		}
		client.PrependReactor("list", resource, func(clienttesting.Action) (bool, runtime.Object, error) {
			fresh := list.into.DeepCopyObject().(message)
			return true, fresh, fresh.Unmarshal(encoded)
		})
	}
	return nil
}

// message is a list that can be encoded as the API server does.
type message interface {
	runtime.Object
	Marshal() ([]byte, error)
	Unmarshal(data []byte) error
}
