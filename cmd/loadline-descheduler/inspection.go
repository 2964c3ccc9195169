// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// inspection serves the latest plan.
type inspection struct {
	address string
	latest  atomic.Pointer[inspect.Planning]
}

func (i *inspection) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&i.address, "inspect-address", inspect.DefaultDeschedulerAddress,
		"The loopback address at which to serve the latest plan, for \"kubectl loadline explain node\" and the web page: which pods would be moved, and why the others are not. Empty: nowhere.")
}

// serve answers until the context ends. A replica that stands by says so.
func (i *inspection) serve(ctx context.Context, config *v1alpha1.DeschedulerConfiguration) error {
	i.latest.Store(planningBy(config))
	if i.address == "" {
		return nil
	}
	listener, err := inspect.Listen(i.address)
	if err != nil {
		return err
	}
	logger := klog.FromContext(ctx)
	logger.Info("Serving plans", "address", listener.Addr().String())
	go func() {
		if err := inspect.Serve(ctx, listener, inspect.DeschedulerHandler(i.latest.Load)); err != nil {
			logger.Error(err, "Plans are no longer served")
		}
	}()
	return nil
}

// planningBy is what a configuration says of all plans.
func planningBy(config *v1alpha1.DeschedulerConfiguration) *inspect.Planning {
	return &inspect.Planning{DryRun: config.DryRun == nil || *config.DryRun, EvictionsDisabled: config.Evictions.Disabled}
}

// follow has a loop that begins take down what it does, besides what its parts say.
func (i *inspection) follow(parts descheduler.Parts) descheduler.Parts {
	planning := planningBy(parts.Config)
	planning.Leading, planning.Since = true, parts.Started
	i.latest.Store(planning)
	follower := &follower{Reporter: parts.Report, Store: parts.Store, parts: parts, planning: *planning, latest: &i.latest}
	parts.Report, parts.Store = follower, follower
	return parts
}

// follower takes down what one loop does. It is for one goroutine.
type follower struct {
	descheduler.Reporter
	descheduler.Store
	parts    descheduler.Parts
	planning inspect.Planning
	// records are those that were last stored, by which budgets are counted.
	records []history.Record
	latest  *atomic.Pointer[inspect.Planning]
}

// Planned takes down a plan.
func (f *follower) Planned(ctx context.Context, made *plan.Plan, took time.Duration) {
	f.planning.Plan = shown(made)
	f.Reporter.Planned(ctx, made, took)
}

// Stopped takes down why nothing is evicted, at the end of a turn. A plan of before
// is none any more while evictions are stopped.
func (f *follower) Stopped(ctx context.Context, why reason.Reason) {
	f.Reporter.Stopped(ctx, why)
	f.planning.Turn, f.planning.Stopped = f.parts.Clock.Now(), nil
	f.planning.DryRun = planningBy(f.parts.Config).DryRun // which may have been edited
	f.planning.DryRun = planningBy(f.parts.Config).DryRun // which may have changed
	if !why.IsZero() {
		f.planning.Stopped, f.planning.Plan = &why, nil
	}
	left := budget.New(f.parts.Config, f.records, f.planning.Turn).Left()
	f.planning.Allowance = &inspect.Allowance{Cluster: left.Cluster, Node: left.Node, Workload: left.Workload, Namespace: left.Namespace}
	planning := f.planning
	f.latest.Store(&planning)
}

// Load takes down what is remembered.
func (f *follower) Load(ctx context.Context) (history.State, error) {
	state, err := f.Store.Load(ctx)
	if err == nil {
		f.records = state.Records
	}
	return state, err
}

// Save takes down what is remembered.
func (f *follower) Save(ctx context.Context, state history.State) error {
	err := f.Store.Save(ctx, state)
	if err == nil {
		f.records = state.Records
	}
	return err
}

// shown is a plan as it is served.
func shown(made *plan.Plan) *inspect.Plan {
	shown := &inspect.Plan{Time: made.Time, Evictions: []history.Record{}, Nodes: []inspect.PlannedNode{}}
	for i := range made.Evictions {
		shown.Evictions = append(shown.Evictions, made.Evictions[i].Record)
	}
	for i := range made.Nodes {
		shown.Nodes = append(shown.Nodes, shownNode(&made.Nodes[i]))
	}
	return shown
}

func shownNode(node *plan.Node) inspect.PlannedNode {
	shown := inspect.PlannedNode{
		Node: node.Name, Rule: node.Rule, Metric: node.Metric, Value: node.Value, Goal: node.Goal, After: node.After,
		Passed: []inspect.PassedPod{},
	}
	if held := node.Held; !held.IsZero() {
		shown.Held = &held
	}
	for _, passed := range node.Passed {
		shown.Passed = append(shown.Passed, inspect.PassedPod{
			Namespace: passed.Pod.Namespace, Name: passed.Pod.Name, UID: passed.Pod.UID, Share: passed.Share, Why: passed.Why,
		})
	}
	return shown
}
