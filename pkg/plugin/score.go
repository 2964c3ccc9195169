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

// scores are by position in the list of candidate nodes, which is the same in
// PreScore and NormalizeScore.
type scores []int64

// Clone returns the same scores, since they do not change.
func (s scores) Clone() fwk.StateData { return s }

// PreScore scores all candidates at once. It skips Score where no preference is
// for the pod. A pod that has waited for long enough goes where the lines that it
// waited for are passed the least, whatever else is preferred.
func (p *Plugin) PreScore(_ context.Context, state fwk.CycleState, _ *corev1.Pod, nodes []fwk.NodeInfo) *fwk.Status {
	v := readView(state)
	if v == nil {
		return fwk.NewStatus(fwk.Skip)
	}
	ranking, givenUp := v.ranking(), v.givenUp()
	if len(ranking) == 0 && len(givenUp) == 0 {
		return fwk.NewStatus(fwk.Skip)
	}
	candidates := make([]int, len(nodes))
	for i, node := range nodes {
		candidates[i] = v.snapshot.Index(node.Node().Name)
	}
	if len(givenUp) > 0 {
		state.Write(scoresKey, scores(verdict.LeastOver(v.sets, givenUp, candidates)))
		return nil
	}
	state.Write(scoresKey, scores(verdict.Scores(ranking, candidates)))
	return nil
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
	computed := data.(scores)
	if len(computed) != len(list) {
		return fwk.AsStatus(fmt.Errorf("plugin %s scored %d nodes, but %d are to be scored", Name, len(computed), len(list)))
	}
	for i := range list {
		list[i].Score = computed[i]
	}
	return nil
}
