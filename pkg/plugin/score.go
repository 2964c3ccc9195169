// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

const scoresKey fwk.StateKey = Name + "/scores"

// ranked are the candidate nodes by their index in the snapshot, and their
// scores. Their order is the same in PreScore and NormalizeScore.
type ranked struct {
	nodes  []int
	scores []int64
}

// Clone returns the same scores, since they do not change.
func (r *ranked) Clone() fwk.StateData { return r }

// PreScore scores all candidates at once. It skips Score where no preference is
// for the pod. A pod that has waited for long enough goes where the lines that it
// waited for are passed the least, whatever else is preferred.
//
// A clone of a cycle's state comes here when a batch of alike pods is ranked
// again. Where that was ranked by another snapshot, or for a pod that the rules
// have given up on, the batch is no good any more.
func (p *Plugin) PreScore(ctx context.Context, state fwk.CycleState, _ *corev1.Pod, nodes []fwk.NodeInfo) *fwk.Status {
	v := readView(state)
	if v == nil {
		return fwk.NewStatus(fwk.Skip)
	}
	givenUp := v.givenUp()
	switch {
	case v.isCopy && (len(givenUp) > 0 || p.ranked.Load() != v.snapshot):
		return fwk.NewStatus(fwk.Unschedulable, "the nodes have been measured anew since they were ranked: the pod is tried again")
	case len(givenUp) > 0:
		p.ranked.Store(nil)
		candidates := p.positions(ctx, v, nodes)
		state.Write(scoresKey, &ranked{nodes: candidates, scores: verdict.LeastOver(v.sets, givenUp, candidates, &v.arrival)})
		return nil
	}
	p.ranked.Store(v.snapshot)
	ranking := v.ranking()
	if len(ranking) == 0 {
		return fwk.NewStatus(fwk.Skip)
	}
	candidates := p.positions(ctx, v, nodes)
	scorer, scores := verdict.NewRanking(ranking, candidates, &v.arrival), make([]int64, len(nodes))
	p.inBlocks(ctx, len(nodes), func(from, to int) {
		for i := from; i < to; i++ {
			scores[i] = scorer.Score(candidates[i])
		}
	})
	state.Write(scoresKey, &ranked{nodes: candidates, scores: scores})
	return nil
}

// positions are those of nodes in the snapshot.
func (p *Plugin) positions(ctx context.Context, v *view, nodes []fwk.NodeInfo) []int {
	positions := make([]int, len(nodes))
	p.inBlocks(ctx, len(nodes), func(from, to int) {
		var c cursor
		for i := from; i < to; i++ {
			positions[i] = v.atlas.find(nodes[i].Node(), &c)
		}
	})
	return positions
}

// blockSize is the number of nodes that are worth a goroutine of their own.
const blockSize = 512

// inBlocks calls a function for all of so many nodes, on several cores where they
// are many.
func (p *Plugin) inBlocks(ctx context.Context, nodes int, do func(from, to int)) {
	blocks := (nodes + blockSize - 1) / blockSize
	p.parallelizer.Until(ctx, blocks, func(block int) {
		do(block*blockSize, min(nodes, (block+1)*blockSize))
	}, Name)
}

// ranking are the rule sets that have a say in the order of the nodes.
func (v *view) ranking() []*verdict.SetVerdict {
	var ranking []*verdict.SetVerdict
	for _, set := range v.sets {
		if set.Ranks() {
			ranking = append(ranking, set)
		}
	}
	return ranking
}

// Score leaves the work to PreScore, which sees all candidates, and
// NormalizeScore, which knows their positions.
func (p *Plugin) Score(context.Context, fwk.CycleState, *corev1.Pod, fwk.NodeInfo) (int64, *fwk.Status) {
	return 0, nil
}

// ScoreExtensions returns the plugin itself.
func (p *Plugin) ScoreExtensions() fwk.ScoreExtensions { return p }

// NormalizeScore hands out the scores of PreScore.
func (p *Plugin) NormalizeScore(_ context.Context, state fwk.CycleState, _ *corev1.Pod, list fwk.NodeScoreList) *fwk.Status {
	data, err := state.Read(scoresKey)
	if err != nil {
		return fwk.AsStatus(fmt.Errorf("reading the scores of plugin %s: %w", Name, err))
	}
	computed := data.(*ranked).scores
	if len(computed) != len(list) {
		return fwk.AsStatus(fmt.Errorf("plugin %s scored %d nodes, but %d are to be scored", Name, len(computed), len(list)))
	}
	for i := range list {
		list[i].Score = computed[i]
	}
	return nil
}

// readRanked returns nil where the nodes were not ranked: none is preferred, or
// there was one alone.
func readRanked(state fwk.CycleState) *ranked {
	data, err := state.Read(scoresKey)
	if err != nil {
		return nil
	}
	return data.(*ranked)
}
