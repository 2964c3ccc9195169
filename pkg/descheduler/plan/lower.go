// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

const (
	// maxTrial is how many pods a choice may have to be tried out as a whole before
	// any of it is carried out. Larger ones are of small pods, of which one more or
	// less matters little, and mostly beyond the budgets.
	maxTrial = 8
	// maxTrials is how often that costs the scheduler another look in all of a plan,
	// so that a plan for many nodes takes little more time than its moves do.
	maxTrials = 64
)

// lower moves as many pods as it takes to end one condition of the rule.
func (r *relief) lower(ctx context.Context, overloads []overload) error {
	if done := reached(overloads); done != nil {
		r.goBy(done.Measure, done.start)
		r.node.Held = reason.New(GoalReached, "without the pods that are leaving it, node %s is at %s of %s, and %s is low enough",
			r.node.Name, show(done.start, done.Measure), done.Metric, show(done.Clear, done.Measure))
		return nil
	}
	var chosen []overload // the condition that the latest choice was for
	candidates := r.candidates(func(pod *corev1.Pod) reason.Reason { return isUnhelpful(pod, overloads) })
	for pods := candidates; reached(overloads) == nil; {
		pods = r.allowed(pods)
		best := bestChoice(overloads, pods, r.eviction.Order)
		if len(best.options) == 0 {
			break
		}
		chosen = []overload{*best.by}
		r.goBy(best.by.Measure, best.by.start)
		refused, err := r.tryAll(ctx, best)
		if refused == nil && err == nil {
			refused, err = r.carryOut(ctx, best)
		}
		if err != nil {
			return err
		}
		if refused == nil {
			break
		}
		pods = slices.DeleteFunc(pods, func(pod *corev1.Pod) bool { return pod == refused || r.source.isLeaving(pod) })
	}
	r.takeBack(append(chosen, overloads...))
	r.passRest(candidates)
	return nil
}

// choice is a set of pods by which one condition ends, or at least comes closer to
// its end.
type choice struct {
	by      *overload
	options []option // in the order in which they go
	enough  bool
	// movable are all pods that there was to choose from.
	movable []option
}

// bestChoice is, of the choices for each condition, the one with the fewest pods,
// then the one with the least to go. Where no condition can be ended, it is the one
// that comes closest.
func bestChoice(overloads []overload, pods []*corev1.Pod, order v1alpha1.EvictionOrder) choice {
	var best choice
	for i := range overloads {
		o := &overloads[i]
		this := choice{by: o}
		for _, pod := range pods {
			if share, _ := o.share(pod); share > 0 {
				this.movable = append(this.movable, o.option(pod))
			}
		}
		this.options, this.enough = choose(this.movable, o.need(), order)
		if len(this.options) > 0 && (best.by == nil || this.isBetterThan(best)) {
			best = this
		}
	}
	return best
}

func (c choice) isBetterThan(other choice) bool {
	switch {
	case c.enough != other.enough:
		return c.enough
	case !c.enough:
		return total(c.options)/c.by.need() > total(other.options)/other.by.need()
	case len(c.options) != len(other.options):
		return len(c.options) < len(other.options)
	default:
		return total(c.options) < total(other.options)
	}
}

// tryAll tries out each pod of a choice by itself, so that nothing is begun that is
// no choice after all. It returns the first that cannot go.
func (r *relief) tryAll(ctx context.Context, c choice) (refused *corev1.Pod, err error) {
	again := len(c.options) - 1 // when they are carried out
	if !c.enough || r.saturated || len(c.options) > maxTrial || again > r.trials {
		return nil, nil
	}
	r.trials -= again
	below := c.by.value()
	for _, o := range c.options {
		place, err := r.tryOut(ctx, o.pod, &below)
		if err != nil || !place.why.IsZero() {
			return o.pod, err
		}
		below -= o.share
	}
	return nil, nil
}

// carryOut moves the pods of a choice one after the other, each on top of those
// before. It stops at the first that cannot go, and returns it. Off a saturated node
// it moves one.
func (r *relief) carryOut(ctx context.Context, c choice) (refused *corev1.Pod, err error) {
	for i, o := range c.options {
		below := c.by.value()
		done, err := r.move(ctx, o.pod, &below, r.whyChosen(c, i))
		if err != nil || !done {
			return o.pod, err
		}
		if r.saturated {
			r.source.saturated = true
			break
		}
	}
	return nil, nil
}

// takeBack takes back moves that turned out not to be needed: one that was chosen
// later, in the place of a pod that did not fit on top of the others, may be so
// large, or be for another condition. What the fitter holds for them, and the budgets, stay taken for this plan.
func (r *relief) takeBack(overloads []overload) {
	by := reached(overloads)
	if by == nil {
		return
	}
	r.goBy(by.Measure, by.start)
	smallest := slices.SortedFunc(slices.Values(r.moves), func(a, b move) int { return byShare(by.option(b.pod), by.option(a.pod)) })
	for _, superfluous := range smallest {
		r.source.stay(superfluous.pod)
		if !by.isReached(by.value()) {
			r.source.leave(superfluous.pod)
			continue
		}
		r.moves = slices.DeleteFunc(r.moves, func(m move) bool { return m.pod == superfluous.pod })
	}
}

// passRest passes the pods that could be moved and are not.
func (r *relief) passRest(candidates []*corev1.Pod) {
	why := reason.New(NotNeeded, "it suffices to move %d of the others", len(r.moves))
	if r.saturated {
		why = reason.New(OneAtATime, "the node is saturated, so that nobody knows how much has to go: one pod goes in each window")
	}
	for _, pod := range candidates {
		if _, passed := r.passed[pod.UID]; !passed && !r.source.isLeaving(pod) {
			r.pass(pod, why)
		}
	}
}
