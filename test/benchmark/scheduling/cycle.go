// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/scheduler/framework/parallelize"

	"github.com/loadline-dev/loadline/pkg/plugin"
)

// refusals are the numbers of nodes that are over a line, by the profiles that
// have Loadline.
func (f *fleet) refusals() map[string]int {
	return map[string]int{calmProfile: 0, oneProfile: 1, tenthProfile: len(f.nodes) / 10}
}

func (f *fleet) engines() (map[string]plugin.Engine, error) {
	engines := map[string]plugin.Engine{}
	for profile, refused := range f.refusals() {
		board, err := f.measured(refused)
		if err != nil {
			return nil, fmt.Errorf("measuring for profile %s: %w", profile, err)
		}
		engines[profile] = board
	}
	return engines, nil
}

// cyclesPerRound are enough for a figure of CPU time, and few enough for the
// lines of a round to have the same neighbours on the machine.
const cyclesPerRound = 2

// The positions of the lines of measureCycles that others are compared with.
const (
	stockCycle = 0
	idleCycle  = 2
)

// measureCycles measures whole scheduling cycles.
func measureCycles(ctx context.Context, options options) ([]*line, error) {
	fleet := newFleet(options.nodes, options.pods)
	engines, err := fleet.engines()
	if err != nil {
		return nil, err
	}
	s, err := newScheduler(ctx, fleet, engines, parallelize.DefaultParallelism)
	if err != nil {
		return nil, err
	}
	var lines []*line
	for _, measured := range []struct{ name, profile string }{
		{"stock", stockProfile},
		{"stock once more, which is the noise", stockProfile},
		{"stock and a plugin that does nothing", idleProfile},
		{"Loadline, no node refused", calmProfile},
		{"Loadline, one node refused", oneProfile},
		{"Loadline, a tenth of the nodes refused", tenthProfile},
	} {
		feasible, number := len(s.nodes)-fleet.refusals()[measured.profile], 0
		lines = append(lines, &line{name: measured.name, run: func() error {
			number++
			return s.place(ctx, measured.profile, newPod(fmt.Sprintf("new-%06d", number)), feasible)
		}})
	}
	return lines, alternate(ctx, lines, options.rounds, cyclesPerRound)
}

// place runs a cycle, and makes sure that it was the one that is to be measured.
func (s *scheduler) place(ctx context.Context, profile string, pod *corev1.Pod, feasible int) error {
	result, err := s.cycle(ctx, profile, pod)
	if err != nil {
		return err
	}
	if result.EvaluatedNodes != len(s.nodes) || result.FeasibleNodes != feasible {
		return fmt.Errorf("%d nodes were evaluated and %d found feasible, want %d and %d", result.EvaluatedNodes, result.FeasibleNodes, len(s.nodes), feasible)
	}
	return nil
}
