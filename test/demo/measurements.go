// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
)

const (
	// lookInterval is how often the demo itself looks at the nodes and the pods.
	lookInterval = 500 * time.Millisecond
	// lookTimeout bounds one look.
	lookTimeout = 2 * time.Second
)

// moment is what is known of the cluster at one time.
type moment struct {
	at time.Time
	// memory is by node: the working set as a fraction of the capacity, as the
	// node's kubelet told at measuredAt.
	memory     []float64
	measuredAt time.Time
	pods       podCount
}

// age is how old the measurement is.
func (m moment) age() time.Duration { return m.at.Sub(m.measuredAt) }

// meter looks at the cluster.
type meter struct {
	cluster *cluster.Cluster
	pods    *podWatch
	nodes   []string
}

func newMeter(cluster *cluster.Cluster, pods *podWatch, nodes []string) *meter {
	return &meter{cluster: cluster, pods: pods, nodes: nodes}
}

// run looks until the context ends. While kubelets do not answer, the memory is
// what they told last.
func (m *meter) run(ctx context.Context, observe func(moment)) {
	ticker := time.NewTicker(lookInterval)
	defer ticker.Stop()
	last := moment{memory: make([]float64, len(m.nodes)), measuredAt: time.Now()}
	for ctx.Err() == nil {
		if memory, err := m.memory(ctx); err == nil {
			last.memory, last.measuredAt = memory, time.Now()
		}
		last.at = time.Now()
		last.pods = m.pods.count(last.at)
		observe(last)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

func (m *meter) memory(ctx context.Context) ([]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	byName, err := m.cluster.NodeMemory(ctx)
	if err != nil {
		return nil, err
	}
	memory := make([]float64, len(m.nodes))
	for i, node := range m.nodes {
		memory[i] = byName[node]
	}
	return memory, nil
}
