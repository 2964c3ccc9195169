// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// nodeAnnotation marks the nodes that kwok plays the kubelet of.
	nodeAnnotation      = "kwok.x-k8s.io/node"
	nodeAnnotationValue = "fake"
	// metricsPathAnnotation is where a node's own metrics are, for nodes that share an address. It is the
	// annotation that metrics-server defined.
	metricsPathAnnotation = "metrics.k8s.io/resource-metrics-path"
	// maxPods is the kubelet's default.
	maxPods = "110"
)

// Node is a simulated node.
type Node struct {
	Name string
	// CPU and Memory are quantities: the node's capacity, all of which is allocatable.
	CPU, Memory string
	Labels      map[string]string
}

// AddNode adds a simulated node and returns when it is Ready and pods may be placed on it.
func (c *Cluster) AddNode(ctx context.Context, node Node) error {
	ctx, cancel := withReadyTimeout(ctx)
	defer cancel()
	object, err := c.nodeObject(node)
	if err != nil {
		return fmt.Errorf("adding node %s: %w", node.Name, err)
	}
	nodes := c.client.CoreV1().Nodes()
	if _, err := nodes.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("adding node %s: %w", node.Name, err)
	}
	return await(ctx, c.Process("kwok"), "to make node "+node.Name+" ready", func() error {
		current, err := nodes.Get(ctx, node.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		return notReady(current)
	})
}

func (c *Cluster) nodeObject(node Node) (*corev1.Node, error) {
	capacity := corev1.ResourceList{}
	for name, text := range map[corev1.ResourceName]string{
		corev1.ResourceCPU:    node.CPU,
		corev1.ResourceMemory: node.Memory,
		corev1.ResourcePods:   maxPods,
	} {
		quantity, err := resource.ParseQuantity(text)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", name, text, err)
		}
		capacity[name] = quantity
	}
	labels := map[string]string{
		"type":                 "kwok",
		corev1.LabelHostname:   node.Name,
		corev1.LabelOSStable:   "linux",
		corev1.LabelArchStable: "amd64",
		// The node lifecycle controller would add these a moment later.
		"beta.kubernetes.io/os":   "linux",
		"beta.kubernetes.io/arch": "amd64",
	}
	maps.Copy(labels, node.Labels)
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:   node.Name,
			Labels: labels,
			Annotations: map[string]string{
				nodeAnnotation:        nodeAnnotationValue,
				metricsPathAnnotation: "/metrics/nodes/" + node.Name + "/metrics/resource",
			},
		},
		Status: corev1.NodeStatus{
			Capacity:    capacity,
			Allocatable: capacity,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: loopback},
				{Type: corev1.NodeHostName, Address: node.Name},
			},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{
				KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(c.ports.kubelet.number())},
			},
		},
	}, nil
}

// notReady says why no pod may be placed on the node yet, or nil.
func notReady(node *corev1.Node) error {
	ready := slices.ContainsFunc(node.Status.Conditions, func(condition corev1.NodeCondition) bool {
		return condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue
	})
	if !ready {
		return fmt.Errorf("node %s is not Ready", node.Name)
	}
	// The node lifecycle controller takes away the taints that a new node is born with.
	if len(node.Spec.Taints) > 0 {
		return fmt.Errorf("node %s is tainted: %v", node.Name, node.Spec.Taints)
	}
	return nil
}
