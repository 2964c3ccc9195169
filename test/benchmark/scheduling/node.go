// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/noderesources"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/tainttoleration"

	"github.com/loadline-dev/loadline/pkg/plugin"
)

// fitNode is the position of the line of measureNodes that others are compared
// with.
const fitNode = 2

// measureNodes measures what one plugin does about each node, with nothing of
// the nodes in the caches of the processor, on one core.
func measureNodes(ctx context.Context, options options) ([]*line, error) {
	fleet := newFleet(options.nodes, options.pods)
	engines, err := fleet.engines()
	if err != nil {
		return nil, err
	}
	s, err := newScheduler(ctx, fleet, engines, 1)
	if err != nil {
		return nil, err
	}
	// Nodes that are next to each other in memory would be fetched together.
	nodes := slices.Clone(s.nodes)
	rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
	var lines []*line
	for _, measured := range []struct{ label, profile, name string }{
		{"a plugin that does nothing", idleProfile, idleName},
		{"TaintToleration", stockProfile, tainttoleration.Name},
		{"NodeResourcesFit", stockProfile, noderesources.Name},
		{"Loadline, no node refused", calmProfile, plugin.Name},
		{"Loadline, one node refused", oneProfile, plugin.Name},
		{"Loadline, a tenth of the nodes refused", tenthProfile, plugin.Name},
	} {
		built, err := s.plugin(ctx, measured.profile, measured.name)
		if err != nil {
			return nil, err
		}
		number := 0
		lines = append(lines, &line{name: measured.label, before: evict, run: func() error {
			number++
			return decide(ctx, built, newPod(fmt.Sprintf("new-%06d", number)), nodes)
		}})
	}
	if err := alternate(ctx, lines, options.rounds, 1); err != nil {
		return nil, err
	}
	for _, line := range lines {
		line.divide(float64(len(nodes)))
	}
	return lines, nil
}

// everything is larger than the caches of the processor.
var everything = make([]byte, 64<<20)

// evict has the caches of the processor filled with other things.
func evict() {
	const cacheLine = 64
	for i := 0; i < len(everything); i += cacheLine {
		everything[i]++
	}
}

// decide has a plugin filter and score all nodes for a pod, as the framework
// would.
func decide(ctx context.Context, p fwk.Plugin, pod *corev1.Pod, nodes []fwk.NodeInfo) error {
	state := framework.NewCycleState()
	feasible, err := filter(ctx, p, state, pod, nodes)
	if err != nil {
		return err
	}
	return score(ctx, p, state, pod, feasible)
}

func filter(ctx context.Context, p fwk.Plugin, state fwk.CycleState, pod *corev1.Pod, nodes []fwk.NodeInfo) ([]fwk.NodeInfo, error) {
	if first, ok := p.(fwk.PreFilterPlugin); ok {
		switch _, status := first.PreFilter(ctx, state, pod, nodes); {
		case status.IsSkip():
			return nodes, nil
		case !status.IsSuccess():
			return nil, fmt.Errorf("filtering with plugin %s: %w", p.Name(), status.AsError())
		}
	}
	filterer, feasible := p.(fwk.FilterPlugin), make([]fwk.NodeInfo, 0, len(nodes))
	for _, node := range nodes {
		if filterer.Filter(ctx, state, pod, node).IsSuccess() {
			feasible = append(feasible, node)
		}
	}
	return feasible, nil
}

func score(ctx context.Context, p fwk.Plugin, state fwk.CycleState, pod *corev1.Pod, nodes []fwk.NodeInfo) error {
	if first, ok := p.(fwk.PreScorePlugin); ok {
		switch status := first.PreScore(ctx, state, pod, nodes); {
		case status.IsSkip():
			return nil
		case !status.IsSuccess():
			return fmt.Errorf("scoring with plugin %s: %w", p.Name(), status.AsError())
		}
	}
	scorer, scores := p.(fwk.ScorePlugin), make(fwk.NodeScoreList, len(nodes))
	for i, node := range nodes {
		value, status := scorer.Score(ctx, state, pod, node)
		if !status.IsSuccess() {
			return fmt.Errorf("scoring with plugin %s: %w", p.Name(), status.AsError())
		}
		scores[i] = fwk.NodeScore{Name: node.Node().Name, Score: value}
	}
	if last := scorer.ScoreExtensions(); last != nil {
		if status := last.NormalizeScore(ctx, state, pod, scores); !status.IsSuccess() {
			return fmt.Errorf("scoring with plugin %s: %w", p.Name(), status.AsError())
		}
	}
	return nil
}
