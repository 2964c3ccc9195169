// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// run judges at every whole interval, and at once when the rules change.
func (e *Engine) run(ctx context.Context) {
	var fetching sync.WaitGroup
	fetching.Go(func() { e.source.run(ctx, e.nodes) })
	for ctx.Err() == nil {
		next := truncate(e.clock.Now(), e.interval).Add(e.interval)
		select {
		case <-e.clock.After(next.Sub(e.clock.Now())):
			e.tick(ctx, next)
		case <-e.rules.Changed():
			e.tick(ctx, e.clock.Now())
		case <-ctx.Done():
		}
	}
	fetching.Wait()
	e.source.close(ctx)
}

// truncate rounds down to a whole multiple of the interval in Unix time, so
// that all replicas and binaries judge at the same instants.
func truncate(now time.Time, interval time.Duration) time.Time {
	nanoseconds := now.UnixNano()
	return time.Unix(0, nanoseconds-nanoseconds%int64(interval))
}

// tick is one round: what is known of the nodes and the rules at a time becomes
// the next snapshot.
func (e *Engine) tick(ctx context.Context, now time.Time) {
	nodes := e.nodes()
	e.source.record(ctx, nodes, now)
	active := e.rules.Active()
	samples := e.measure(ctx, active, nodes, now)
	before := e.snapshot.Load()
	after := verdict.Evaluate(verdict.Input{
		Now:      now,
		Nodes:    verdict.NewNodes(nodes),
		Sets:     e.compile(ctx, active),
		Samples:  samples,
		Previous: before,
	})
	e.publish(ctx, before, after)
	e.reportRules(ctx, active)
}

// measure runs the queries of all metrics of all rule sets.
func (e *Engine) measure(ctx context.Context, active []*v1alpha1.RuleSet, nodes []*corev1.Node, now time.Time) map[verdict.MetricKey]verdict.Samples {
	queries := telemetry.Queries(active, e.interval, e.staleAfter, e.builtins)
	samples, failures := e.measurer.MeasureMetrics(ctx, queries, telemetry.NewNodes(nodes), now)
	e.reportFailures(ctx, failures)
	return samples
}

// compile makes the rule sets ready. One that is valid always can be.
func (e *Engine) compile(ctx context.Context, active []*v1alpha1.RuleSet) []*verdict.Set {
	sets := make([]*verdict.Set, 0, len(active))
	for _, rules := range active {
		set, err := verdict.NewSet(rules, e.staleAfter)
		if err != nil {
			klog.FromContext(ctx).Error(err, "Rule set left out", "ruleSet", rules.Name)
			continue
		}
		sets = append(sets, set)
	}
	return sets
}

func (e *Engine) publish(ctx context.Context, before, after *verdict.Snapshot) {
	e.snapshot.Store(after)
	logChanges(klog.FromContext(ctx), verdict.Changes(before, after), after.Time)
	e.mu.Lock()
	subscribers := e.subscribers
	e.mu.Unlock()
	for _, published := range subscribers {
		published(before, after)
	}
}
