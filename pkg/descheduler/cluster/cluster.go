// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cluster is what the descheduler knows of the cluster at one instant:
// nodes, pods, their workloads and their disruption budgets. It does no I/O.
//
// A Cluster is made at each turn of the loop, from objects that it shares with
// the caches of informers: nobody may change them. Most turns ask about few pods,
// so that what not every turn needs is found when it is first asked for.
package cluster

import (
	"sync"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
)

// Objects are what the API server has.
type Objects struct {
	Nodes        []*corev1.Node
	Pods         []*corev1.Pod
	Namespaces   []*corev1.Namespace
	ReplicaSets  []*appsv1.ReplicaSet
	Deployments  []*appsv1.Deployment
	StatefulSets []*appsv1.StatefulSet
	Jobs         []*batchv1.Job
	Budgets      []*policyv1.PodDisruptionBudget
	Autoscalers  []*autoscalingv2.HorizontalPodAutoscaler
	Claims       []*corev1.PersistentVolumeClaim
}

// Cluster answers questions about the objects of one instant. Any number of
// goroutines may ask.
type Cluster struct {
	objects Objects
	nodes   map[string]*corev1.Node
	onNode  map[string][]*corev1.Pod

	podsByUID      func() map[types.UID]*corev1.Pod
	podsByRoot     func() map[types.UID][]*corev1.Pod
	podsByWorkload func() map[projection.Workload][]*corev1.Pod
	controllers    func() *controllers
	kept           func() map[projection.Workload]bool
	namespaces     func() map[string]*corev1.Namespace
	budgets        func() map[string][]budget
	claims         func() map[types.NamespacedName]*corev1.PersistentVolumeClaim

	mu sync.Mutex
	// workloads are those that were asked for, by the UID of their pods' controller.
	workloads map[types.UID]*Workload
}

// New makes a cluster of objects, which must not be changed any more.
func New(objects Objects) *Cluster {
	c := &Cluster{
		objects:   objects,
		nodes:     make(map[string]*corev1.Node, len(objects.Nodes)),
		onNode:    group(objects.Pods, nodeOf),
		workloads: map[types.UID]*Workload{},
	}
	for _, node := range objects.Nodes {
		c.nodes[node.Name] = node
	}
	c.podsByUID = sync.OnceValue(c.indexPods)
	c.podsByRoot = sync.OnceValue(func() map[types.UID][]*corev1.Pod {
		return group(objects.Pods, c.controllers().rootOf)
	})
	c.podsByWorkload = sync.OnceValue(func() map[projection.Workload][]*corev1.Pod {
		return group(objects.Pods, projection.WorkloadOf)
	})
	c.controllers = sync.OnceValue(func() *controllers { return newControllers(objects) })
	c.kept = sync.OnceValue(c.indexKept)
	c.namespaces = sync.OnceValue(c.indexNamespaces)
	c.budgets = sync.OnceValue(func() map[string][]budget { return newBudgets(objects.Budgets) })
	c.claims = sync.OnceValue(c.indexClaims)
	return c
}

// Nodes are all nodes.
func (c *Cluster) Nodes() []*corev1.Node { return c.objects.Nodes }

// Node is the node of a name. Nil if there is none.
func (c *Cluster) Node(name string) *corev1.Node { return c.nodes[name] }

// PodsOn are the pods of a node that have not ended, those that are terminating
// among them.
func (c *Cluster) PodsOn(node string) []*corev1.Pod { return c.onNode[node] }

// Unbound are the pods that have no node yet.
func (c *Cluster) Unbound() []*corev1.Pod { return c.onNode[""] }

// Pod is the pod of a UID, if it has not ended. Nil if there is none.
func (c *Cluster) Pod(uid types.UID) *corev1.Pod { return c.podsByUID()[uid] }

// PodsOf are the pods of a workload that have not ended, for those who know it only
// by name, as from the record of a pod that is gone.
func (c *Cluster) PodsOf(workload projection.Workload) []*corev1.Pod {
	return c.podsByWorkload()[workload]
}

// NamespaceLabels are the labels of a namespace. Nil if there is no such namespace.
func (c *Cluster) NamespaceLabels(namespace string) labels.Set {
	found := c.namespaces()[namespace]
	if found == nil {
		return nil
	}
	return found.Labels
}

// Claim is the claim of a name. Nil if there is none.
func (c *Cluster) Claim(namespace, name string) *corev1.PersistentVolumeClaim {
	return c.claims()[types.NamespacedName{Namespace: namespace, Name: name}]
}

func (c *Cluster) indexPods() map[types.UID]*corev1.Pod {
	pods := make(map[types.UID]*corev1.Pod, len(c.objects.Pods))
	for _, pod := range c.objects.Pods {
		if !ended(pod) {
			pods[pod.UID] = pod
		}
	}
	return pods
}

func (c *Cluster) indexNamespaces() map[string]*corev1.Namespace {
	namespaces := make(map[string]*corev1.Namespace, len(c.objects.Namespaces))
	for _, namespace := range c.objects.Namespaces {
		namespaces[namespace.Name] = namespace
	}
	return namespaces
}

func (c *Cluster) indexClaims() map[types.NamespacedName]*corev1.PersistentVolumeClaim {
	claims := make(map[types.NamespacedName]*corev1.PersistentVolumeClaim, len(c.objects.Claims))
	for _, claim := range c.objects.Claims {
		claims[types.NamespacedName{Namespace: claim.Namespace, Name: claim.Name}] = claim
	}
	return claims
}

// nodeOf is the node of a pod, and empty for those that wait for one.
func nodeOf(pod *corev1.Pod) (string, bool) { return pod.Spec.NodeName, true }

// controllerOf is the owner that makes and replaces an object. Other owners only
// have it deleted with them.
func controllerOf(object metav1.Object) *metav1.OwnerReference {
	return metav1.GetControllerOfNoCopy(object)
}
