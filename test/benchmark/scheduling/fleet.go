// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	st "k8s.io/kubernetes/pkg/scheduler/testing"

	"github.com/loadline-dev/loadline/test/benchmark/scheduling/internal/board"
)

const (
	namespace = "default"
	// zones are those over which the nodes are spread.
	zones = 3
	// minNodes are enough for a tenth of them to be refused in all ways.
	minNodes = 40
	// maxPodsPerNode leaves room for those that are to be placed.
	maxPodsPerNode = 60
)

// fleet is a cluster: its nodes, and the number of pods that run on them.
type fleet struct {
	nodes []*corev1.Node
	pods  int
}

// newFleet has half of the nodes in the pool "general".
func newFleet(nodes, pods int) *fleet {
	f := &fleet{pods: pods}
	for i := range nodes {
		name := fmt.Sprintf("node-%05d", i)
		f.nodes = append(f.nodes, st.MakeNode().Name(name).
			Label(corev1.LabelHostname, name).
			Label(corev1.LabelTopologyZone, fmt.Sprintf("zone-%d", i%zones)).
			Label(corev1.LabelTopologyRegion, "region").
			Label("pool", [...]string{"general", "other"}[i%2]).
			Capacity(map[corev1.ResourceName]string{"cpu": "32", "memory": "128Gi", "pods": "110", "ephemeral-storage": "500Gi"}).
			Obj())
	}
	return f
}

// fill puts the fleet into a scheduler's cache.
func (f *fleet) fill(cache cache.Cache) error {
	logger := klog.Background()
	for _, node := range f.nodes {
		cache.AddNode(logger, node)
	}
	for i := range f.pods {
		pod := newPod(fmt.Sprintf("running-%06d", i))
		pod.Spec.NodeName = f.nodes[i%len(f.nodes)].Name
		if err := cache.AddPod(logger, pod); err != nil {
			return fmt.Errorf("filling the scheduler's cache: %w", err)
		}
	}
	return nil
}

// newPod is one of a Deployment, as most pods are.
func newPod(name string) *corev1.Pod {
	return st.MakePod().Namespace(namespace).Name(name).UID(name).
		Labels(map[string]string{"app": "web", appsv1.DefaultDeploymentUniqueLabelKey: "6d5f8c"}).
		OwnerReference("web-6d5f8c", appsv1.SchemeGroupVersion.WithKind("ReplicaSet")).
		Req(map[corev1.ResourceName]string{"cpu": "200m", "memory": "1Gi"}).
		Obj()
}

// over are the ways in which a node is over a line. The last is not, but a pod
// would bring it there.
var over = []map[string]float64{{"memory": 0.95}, {"disk-latency": 0.5}, {"cpu": 0.97}, {"memory": 0.8999}}

// measured publishes what the fleet measures, with so many nodes over a line. A
// tenth of the nodes have got a pod since.
func (f *fleet) measured(refused int) (*board.Board, error) {
	b, err := board.New()
	if err != nil {
		return nil, err
	}
	isOver := map[string]map[string]float64{}
	for i := range refused {
		isOver[f.nodes[i*len(f.nodes)/refused].Name] = over[i%len(over)]
	}
	load := func(metric, node string) float64 {
		if value, ok := isOver[node][metric]; ok {
			return value
		}
		return calm(metric)
	}
	nodes := slices.Clone(f.nodes) // in no order, as a lister has them
	rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	now := time.Now()
	b.Publish(nodes, now.Add(-10*time.Minute), load) // since when rules with a "for" hold
	b.Publish(nodes, now, load)
	for i, node := range nodes[:len(nodes)/10] {
		b.Assume(newPod(fmt.Sprintf("recent-%06d", i)), node.Name)
	}
	return b, nil
}

// calm is a load far below all lines.
func calm(metric string) float64 {
	switch metric {
	case "disk-latency":
		return 0.05 * rand.Float64()
	case "packet-loss":
		return 0.01 * rand.Float64()
	case "inlet-celsius":
		return 18 + 10*rand.Float64()
	case "swap", "cpu-pressure":
		return 0.05 * rand.Float64()
	default:
		return 0.2 + 0.5*rand.Float64()
	}
}
