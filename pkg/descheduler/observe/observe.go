// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package observe follows what the descheduler needs to know of a cluster.
package observe

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	appslisters "k8s.io/client-go/listers/apps/v1"
	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	batchlisters "k8s.io/client-go/listers/batch/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	policylisters "k8s.io/client-go/listers/policy/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
)

// Observer knows the cluster from informers. It is safe for concurrent use.
type Observer struct {
	nodes        corelisters.NodeLister
	pods         corelisters.PodLister
	namespaces   corelisters.NamespaceLister
	claims       corelisters.PersistentVolumeClaimLister
	replicaSets  appslisters.ReplicaSetLister
	deployments  appslisters.DeploymentLister
	statefulSets appslisters.StatefulSetLister
	jobs         batchlisters.JobLister
	budgets      policylisters.PodDisruptionBudgetLister
	autoscalers  autoscalinglisters.HorizontalPodAutoscalerLister
	unbound      func() ([]any, error)

	synced []cache.InformerSynced
}

// New has a factory make the informers. Whoever has the factory starts them.
func New(factory informers.SharedInformerFactory) *Observer {
	core, apps := factory.Core().V1(), factory.Apps().V1()
	jobs, budgets := factory.Batch().V1().Jobs(), factory.Policy().V1().PodDisruptionBudgets()
	autoscalers := factory.Autoscaling().V2().HorizontalPodAutoscalers()
	return &Observer{
		nodes:        core.Nodes().Lister(),
		pods:         core.Pods().Lister(),
		namespaces:   core.Namespaces().Lister(),
		claims:       core.PersistentVolumeClaims().Lister(),
		replicaSets:  apps.ReplicaSets().Lister(),
		deployments:  apps.Deployments().Lister(),
		statefulSets: apps.StatefulSets().Lister(),
		jobs:         jobs.Lister(),
		budgets:      budgets.Lister(),
		autoscalers:  autoscalers.Lister(),
		unbound:      func() ([]any, error) { return core.Pods().Informer().GetIndexer().ByIndex(unboundIndex, "") },
		synced: []cache.InformerSynced{
			core.Nodes().Informer().HasSynced, core.Pods().Informer().HasSynced,
			core.Namespaces().Informer().HasSynced, core.PersistentVolumeClaims().Informer().HasSynced,
			apps.ReplicaSets().Informer().HasSynced, apps.Deployments().Informer().HasSynced,
			apps.StatefulSets().Informer().HasSynced,
			jobs.Informer().HasSynced, budgets.Informer().HasSynced, autoscalers.Informer().HasSynced,
		},
	}
}

// HasSynced tells whether all has been listed once.
func (o *Observer) HasSynced() bool {
	for _, synced := range o.synced {
		if !synced() {
			return false
		}
	}
	return true
}

// Cluster is all that is known now. It fails before all has been listed: half a
// cluster looks like one whose pods are gone.
func (o *Observer) Cluster() (*cluster.Cluster, error) {
	if !o.HasSynced() {
		return nil, errors.New("the API server's objects have not been listed yet")
	}
	var objects cluster.Objects
	err := errors.Join(
		list(&objects.Nodes, o.nodes.List), list(&objects.Pods, o.pods.List),
		list(&objects.Namespaces, o.namespaces.List), list(&objects.Claims, o.claims.List),
		list(&objects.ReplicaSets, o.replicaSets.List), list(&objects.Deployments, o.deployments.List),
		list(&objects.StatefulSets, o.statefulSets.List), list(&objects.Jobs, o.jobs.List),
		list(&objects.Budgets, o.budgets.List), list(&objects.Autoscalers, o.autoscalers.List),
	)
	if err != nil {
		return nil, err
	}
	return cluster.New(objects), nil
}

// OwnerOf is whoever people know a pod by: the Deployment of its ReplicaSet, else
// its controller. Nil for a pod without one.
func (o *Observer) OwnerOf(pod *corev1.Pod) *corev1.ObjectReference {
	owner := metav1.GetControllerOfNoCopy(pod)
	if owner == nil {
		return nil
	}
	if owner.Kind == "ReplicaSet" {
		replicaSet, err := o.replicaSets.ReplicaSets(pod.Namespace).Get(owner.Name)
		if err == nil && metav1.GetControllerOfNoCopy(replicaSet) != nil {
			owner = metav1.GetControllerOfNoCopy(replicaSet)
		}
	}
	return &corev1.ObjectReference{
		APIVersion: owner.APIVersion, Kind: owner.Kind, Namespace: pod.Namespace, Name: owner.Name, UID: owner.UID,
	}
}

// list takes all that a lister has.
func list[T any](into *[]T, lister func(labels.Selector) ([]T, error)) error {
	listed, err := lister(labels.Everything())
	if err != nil {
		return fmt.Errorf("listing from the cache: %w", err)
	}
	*into = listed
	return nil
}
