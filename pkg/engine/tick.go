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
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// run judges at every whole interval, and at once when the rules change.
func (e *Engine) run(ctx context.Context) {
	var fetching sync.WaitGroup
	fetching.Go(func() { e.fetcher.Run(ctx, e.nodes) })
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
	if err := e.database.Close(); err != nil {
		klog.FromContext(ctx).Error(err, "Unable to close the telemetry database")
	}
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
	if err := e.database.Append(ctx, nodefacts.Scrape(nodes, now)); err != nil {
		klog.FromContext(ctx).Error(err, "Unable to store what is known of the nodes")
	}
	active := e.rules.Active()
	samples := e.measure(ctx, active, nodes, now)
	before := e.snapshot.Load()
	after := verdict.Evaluate(verdict.Input{
		Now:      now,
		Nodes:    judged(nodes),
		Sets:     e.compile(ctx, active),
		Samples:  samples,
		Previous: before,
	})
	e.publish(ctx, before, after)
	e.reportRules(ctx, active)
}

// measure runs the queries of all metrics of all rule sets, equal ones once.
func (e *Engine) measure(ctx context.Context, active []*v1alpha1.RuleSet, nodes []*corev1.Node, now time.Time) map[verdict.MetricKey]verdict.Samples {
	queries := map[verdict.MetricKey]telemetry.Query{}
	var all []telemetry.Query
	for _, set := range active {
		for _, metric := range set.Spec.Metrics {
			query := telemetry.QueryFor(metric, e.interval, e.staleAfter)
			queries[verdict.MetricKey{Set: set.Name, Metric: metric.Name}] = query
			all = append(all, query)
		}
	}
	measured, failures := e.measurer.Measure(ctx, all, telemetry.NewNodes(nodes), now)
	e.reportFailures(ctx, failures)
	samples := make(map[verdict.MetricKey]verdict.Samples, len(queries))
	for key, query := range queries {
		samples[key] = measured[query]
	}
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

// judged are the nodes as a verdict needs to know them.
func judged(nodes []*corev1.Node) []verdict.Node {
	judged := make([]verdict.Node, 0, len(nodes))
	for _, node := range nodes {
		judged = append(judged, verdict.Node{Name: node.Name, Labels: node.Labels})
	}
	return judged
}
