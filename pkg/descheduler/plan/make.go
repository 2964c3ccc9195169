// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"context"
	"fmt"

	policyv1 "k8s.io/api/policy/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Make decides what is to be moved. It fails only if the fitter does, or the
// context ends.
func Make(ctx context.Context, in Input) (*Plan, error) {
	p := newPlanner(in)
	enforced, observed := byMode(in.Snapshot.Breaches())
	p.breaches = len(enforced) + len(observed)

	// 1. The rules that act, on the worst nodes first.
	for _, breach := range enforced {
		if err := p.relieve(ctx, breach); err != nil {
			return nil, err
		}
	}
	// 2. Those that only observe, on what is left: they take nothing from the others.
	p.observe()
	for _, breach := range observed {
		if err := p.relieve(ctx, breach); err != nil {
			return nil, err
		}
	}
	return p.plan, nil
}

// relieve plans what is moved off a node by one rule.
func (p *planner) relieve(ctx context.Context, breach verdict.Breach) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("planning: %w", err)
	}
	// 1. Is the node to be let be?
	r, held := p.begin(breach)
	if !held.IsZero() {
		return r.hold(held)
	}
	// 2. Choose pods, each with a node where its successor would do well: all of
	//    them, as many as it takes, or those whose turn it is.
	var err error
	overloads := r.overloads()
	if len(overloads) > 0 {
		r.goBy(overloads[0].Measure, overloads[0].start)
	}
	switch {
	case r.eviction.All:
		err = r.moveAll(ctx)
	case len(overloads) > 0:
		err = r.lower(ctx, overloads)
	case r.eviction.Order != "":
		return r.hold(reason.New(ShareUnknown, "it is not known what pods use of the metric %s on node %s: the node has no capacity of the metric's resource, or estimates are disabled",
			r.by.Metric, r.node.Name))
	default:
		err = r.step(ctx)
	}
	if err != nil {
		return err
	}
	// 3. Write down who goes and what is expected of it, and why the others stay.
	r.conclude()
	return nil
}

// planner is a plan under way.
type planner struct {
	Input
	plan *Plan
	// allowances are what may still be moved: by the rules that are planned now, and
	// by those that are planned later.
	allowances []*budget.Allowance
	protection protect.Context
	sources    map[string]*source
	held       map[string]reason.Reason
	// expected are the nodes that pods of earlier plans have yet to come to.
	expected map[string]*history.Record
	// moved is how many pods the fitter was told of. taken and disrupted are those by
	// workload, and by the PodDisruptionBudget that they are under.
	moved     int
	taken     map[projection.Workload]int
	disrupted map[*policyv1.PodDisruptionBudget]int
	// breaches is how many are yet to be planned, and refusals how often the
	// scheduler may still find no place for a pod.
	breaches, refusals int
	// trials is how often the scheduler may still be asked about a pod that is no
	// more than tried out.
	trials int
}

func newPlanner(in Input) *planner {
	return &planner{
		Input: in,
		plan:  &Plan{Time: in.Now},
		allowances: []*budget.Allowance{
			budget.New(in.Config, in.History, in.Now), budget.ForObserved(in.Config, in.History, in.Now),
		},
		protection: protect.Context{Now: in.Now, Config: &in.Config.Protections, Cluster: in.Cluster, History: in.History},
		sources:    map[string]*source{},
		held:       map[string]reason.Reason{},
		expected:   expectations(&in),
		taken:      map[projection.Workload]int{},
		disrupted:  map[*policyv1.PodDisruptionBudget]int{},
		refusals:   maxRefusals,
		trials:     maxTrials,
	}
}

// byMode tells the rules that act from those that only observe.
func byMode(breaches []verdict.Breach) (enforced, observed []verdict.Breach) {
	for _, breach := range breaches {
		if breach.Rule.Observed {
			observed = append(observed, breach)
		} else {
			enforced = append(enforced, breach)
		}
	}
	return enforced, observed
}

// observe goes on to the rules that only observe, which have an allowance of their
// own.
func (p *planner) observe() {
	p.allowances = p.allowances[1:]
	p.held = map[string]reason.Reason{}
}

// holds tells why nothing may be moved off a node. Rules that follow in the same
// plan are not held by what the first one moves.
func (p *planner) holds(node string) reason.Reason {
	why, known := p.held[node]
	if !known {
		why = p.allowances[0].Node(node)
		p.held[node] = why
	}
	return why
}

// source is a node with its pods, once for all of its rules.
func (p *planner) source(node string) *source {
	if p.sources[node] == nil {
		p.sources[node] = newSource(p.Snapshot, p.Cluster.Node(node), p.Cluster.PodsOn(node))
	}
	return p.sources[node]
}
