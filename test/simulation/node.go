// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// resources are those that nodes have, by usage.
var resources = [...]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}

const (
	cpu = iota
	memory
)

// Amounts are cores and bytes.
type Amounts [len(resources)]float64

// Node is a machine. What is exported may be changed at any time.
type Node struct {
	Name string
	Zone string
	// Capacity is what it has, and Base what it uses besides its pods.
	Capacity, Base Amounts
	Labels         map[string]string
	Taints         []corev1.Taint
	// Cordoned and NotReady keep new pods away.
	Cordoned, NotReady bool
	// Values are what it measures of metrics without a resource, by name.
	Values map[string]float64

	created time.Time
	used    [len(resources)]total
	pods    []*Pod
}

// Demand is what everything on the node would use if it got it.
func (n *Node) Demand(now time.Time) Amounts {
	demand := n.Base
	for _, pod := range n.pods {
		uses := pod.demand(now)
		for r := range demand {
			demand[r] += uses[r]
		}
	}
	return demand
}

// use has everything on the node use what it gets in one step.
func (n *Node) use(now time.Time) {
	demand := n.Demand(now)
	var got Amounts // of what is asked for
	for r := range demand {
		got[r] = 1
		if demand[r] > n.Capacity[r] {
			got[r] = n.Capacity[r] / demand[r]
		}
		n.used[r].add(got[r] * demand[r])
	}
	for _, pod := range n.pods {
		uses := pod.demand(now)
		for r := range uses {
			pod.used[r].add(got[r] * uses[r])
		}
	}
}

// Object is the node as the API server has it.
func (n *Node) Object() *corev1.Node {
	labels := map[string]string{corev1.LabelHostname: n.Name}
	if n.Zone != "" {
		labels[corev1.LabelTopologyZone] = n.Zone
	}
	for key, value := range n.Labels {
		labels[key] = value
	}
	has := quantities(n.Capacity)
	has[corev1.ResourcePods] = *resource.NewQuantity(110, resource.DecimalSI)
	ready := corev1.ConditionTrue
	taints := append([]corev1.Taint(nil), n.Taints...)
	if n.NotReady {
		ready = corev1.ConditionFalse
		taints = append(taints, corev1.Taint{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule})
	}
	if n.Cordoned {
		taints = append(taints, corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule})
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.Name, UID: types.UID(n.Name), Labels: labels, CreationTimestamp: metav1.NewTime(n.created)},
		Spec:       corev1.NodeSpec{Unschedulable: n.Cordoned, Taints: taints},
		Status: corev1.NodeStatus{
			Capacity: has, Allocatable: has,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: ready}},
		},
	}
}

// quantities are the amounts as the API has them.
func quantities(amounts Amounts) corev1.ResourceList {
	list := corev1.ResourceList{}
	if amounts[cpu] > 0 {
		list[corev1.ResourceCPU] = *resource.NewMilliQuantity(int64(amounts[cpu]*1000), resource.DecimalSI)
	}
	if amounts[memory] > 0 {
		list[corev1.ResourceMemory] = *resource.NewQuantity(int64(amounts[memory]), resource.BinarySI)
	}
	return list
}
