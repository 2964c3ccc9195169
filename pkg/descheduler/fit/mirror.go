// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
)

// mirror keeps the scheduler's cache equal to a cluster, by what differs. Objects
// that are the same by their address are the same: those of informers are replaced
// when they change. What is only supposed differs from the cluster, so that it is
// undone by following the cluster.
//
// Pods on nodes that are not there are left out: the scheduler does not see them
// either.
type mirror struct {
	cache cache.Cache
	// nodes are what is in the cache.
	nodes map[string]*mirrored
}

type mirrored struct {
	node *corev1.Node
	pods map[types.UID]*corev1.Pod
}

func newMirror(cache cache.Cache) *mirror {
	return &mirror{cache: cache, nodes: map[string]*mirrored{}}
}

// follow brings the cache to a cluster.
func (m *mirror) follow(logger klog.Logger, observed *cluster.Cluster) error {
	if err := m.removeNodes(logger, observed); err != nil {
		return err
	}
	// Pods that go make way first: one may have the UID of another that comes.
	var changed []*corev1.Pod
	for _, node := range observed.Nodes() {
		known := m.putNode(logger, node)
		pods := observed.PodsOn(node.Name)
		differing := known.differing(pods)
		if len(pods)-len(differing) < len(known.pods) {
			if err := m.retain(logger, known, pods); err != nil {
				return err
			}
		}
		changed = append(changed, differing...)
	}
	for _, pod := range changed {
		if err := m.put(logger, pod); err != nil {
			return err
		}
	}
	return nil
}

// removeNodes takes out the nodes that a cluster does not have.
func (m *mirror) removeNodes(logger klog.Logger, observed *cluster.Cluster) error {
	for name, known := range m.nodes {
		if observed.Node(name) != nil {
			continue
		}
		if err := m.retain(logger, known, nil); err != nil {
			return err
		}
		if err := m.cache.RemoveNode(logger, known.node); err != nil {
			return fmt.Errorf("removing node %s from the scheduler's cache: %w", name, err)
		}
		delete(m.nodes, name)
	}
	return nil
}

func (m *mirror) putNode(logger klog.Logger, node *corev1.Node) *mirrored {
	known := m.nodes[node.Name]
	switch {
	case known == nil:
		known = &mirrored{node: node, pods: map[types.UID]*corev1.Pod{}}
		m.nodes[node.Name] = known
		m.cache.AddNode(logger, node)
	case known.node != node:
		m.cache.UpdateNode(logger, known.node, node)
		known.node = node
	}
	return known
}

// differing are the pods that are not in the cache as they are now.
func (k *mirrored) differing(pods []*corev1.Pod) []*corev1.Pod {
	var differing []*corev1.Pod
	for _, pod := range pods {
		if k.pods[pod.UID] != pod {
			differing = append(differing, pod)
		}
	}
	return differing
}

// retain takes all pods off a node but some.
func (m *mirror) retain(logger klog.Logger, known *mirrored, pods []*corev1.Pod) error {
	there := make(sets.Set[types.UID], len(pods))
	for _, pod := range pods {
		there.Insert(pod.UID)
	}
	for uid, pod := range known.pods {
		if there.Has(uid) {
			continue
		}
		if err := m.remove(logger, pod); err != nil {
			return err
		}
	}
	return nil
}

// put puts a pod on its node, in the place of what was known of it there.
func (m *mirror) put(logger klog.Logger, pod *corev1.Pod) error {
	known := m.nodes[pod.Spec.NodeName]
	if known == nil {
		return fmt.Errorf("putting pod %s into the scheduler's cache: there is no node %q", klog.KObj(pod), pod.Spec.NodeName)
	}
	var err error
	if before := known.pods[pod.UID]; before != nil {
		err = m.cache.UpdatePod(logger, before, pod)
	} else {
		err = m.cache.AddPod(logger, pod)
	}
	if err != nil {
		return fmt.Errorf("putting pod %s into the scheduler's cache: %w", klog.KObj(pod), err)
	}
	known.pods[pod.UID] = pod
	return nil
}

// remove takes a pod, as it is known, off its node.
func (m *mirror) remove(logger klog.Logger, pod *corev1.Pod) error {
	if err := m.cache.RemovePod(logger, pod); err != nil {
		return fmt.Errorf("removing pod %s from the scheduler's cache: %w", klog.KObj(pod), err)
	}
	delete(m.nodes[pod.Spec.NodeName].pods, pod.UID)
	return nil
}

// find is a pod of a node as it is known. Nil if it is not there.
func (m *mirror) find(node string, uid types.UID) *corev1.Pod {
	known := m.nodes[node]
	if known == nil {
		return nil
	}
	return known.pods[uid]
}
