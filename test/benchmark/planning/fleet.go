// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
)

const (
	// zones are those over which the nodes are spread.
	zones = 3
	// replicas is how many pods a Deployment has.
	replicas = 30
	// namespaces are those over which the Deployments are spread.
	namespaces = 50
	// changed is the part of the pods that change from one turn to the next.
	changed = 0.01

	// maxPodsPerNode leaves room for those that are moved.
	maxPodsPerNode = 60
)

// crowd is a number of nodes with so many pods each.
type crowd struct{ nodes, pods int }

// crowds are the first nodes of a fleet, of which lines have some be hot. The others
// share the other pods.
var crowds = []crowd{{nodes: 100, pods: 30}, {nodes: 50, pods: 60}, {nodes: 50, pods: 110}}

// The smallest fleet has all crowds, and as many nodes again for their pods to go to.
const (
	minNodes = 400
	minPods  = 11500 + 200
)

// first is the position of the first node of the crowd with so many pods per node.
func first(pods int) int {
	position := 0
	for _, c := range crowds {
		if c.pods == pods {
			return position
		}
		position += c.nodes
	}
	return position
}

// fleet is a cluster as informers have it.
type fleet struct {
	cluster.Objects
	// pods are in the store that a lister lists, trimmed as those of informers.
	pods   cache.Indexer
	trim   cache.TransformFunc
	byNode map[string][]types.UID
	random *rand.Rand
	now    time.Time
}

func newFleet(nodes, pods int, now time.Time) (*fleet, error) {
	f := &fleet{
		pods: cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{}), trim: observe.NewTrim(),
		byNode: map[string][]types.UID{}, random: rand.New(rand.NewPCG(1, 1)), now: now,
	}
	for i := range nodes {
		node := newNode(i)
		if _, err := f.trim(node); err != nil {
			return nil, fmt.Errorf("trimming a node: %w", err)
		}
		f.Nodes = append(f.Nodes, node)
	}
	workloads := (pods + replicas - 1) / replicas
	for i := range workloads {
		if err := f.addWorkload(i, now); err != nil {
			return nil, err
		}
	}
	places := f.places(nodes, pods)
	for i := range pods {
		pod := newPod(i%workloads, i, f.Nodes[places[i]].Name, now)
		if err := f.keep(pod); err != nil {
			return nil, err
		}
		f.byNode[pod.Spec.NodeName] = append(f.byNode[pod.Spec.NodeName], pod.UID)
	}
	return f, nil
}

// places are the positions of the nodes of all pods, in no order.
func (f *fleet) places(nodes, pods int) []int {
	var places []int
	next := 0
	for _, c := range crowds {
		for range c.nodes {
			for range c.pods {
				places = append(places, next)
			}
			next++
		}
	}
	for i := 0; len(places) < pods; i++ {
		places = append(places, next+i%(nodes-next))
	}
	f.random.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
	return places
}

// change puts new objects in the place of a part of the pods, as their informer does.
func (f *fleet) change() error {
	for _, object := range f.pods.List() { // in no order
		if f.random.Float64() >= changed {
			continue
		}
		if err := f.keep(object.(*corev1.Pod)); err != nil {
			return err
		}
	}
	return nil
}

// keep puts a pod into the store as an informer does with one from the API server:
// decoded by itself, and trimmed.
func (f *fleet) keep(pod *corev1.Pod) error {
	data, err := pod.Marshal()
	if err != nil {
		return fmt.Errorf("encoding a pod: %w", err)
	}
	fresh := &corev1.Pod{}
	if err := fresh.Unmarshal(data); err != nil {
		return fmt.Errorf("decoding a pod: %w", err)
	}
	trimmed, err := f.trim(fresh)
	if err != nil {
		return fmt.Errorf("trimming a pod: %w", err)
	}
	if err := f.pods.Update(trimmed); err != nil {
		return fmt.Errorf("keeping a pod: %w", err)
	}
	return nil
}

// observe is what a turn begins with.
func (f *fleet) observe() (*cluster.Cluster, error) {
	listed, err := corelisters.NewPodLister(f.pods).List(labels.Everything())
	if err != nil {
		return nil, fmt.Errorf("listing the pods: %w", err)
	}
	objects := f.Objects
	objects.Pods = listed
	return cluster.New(objects), nil
}
