// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"maps"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// minGap is the shortest time between two ticks after which what has lasted until the
// first is not taken to have lasted on. It is more than a replay takes.
const minGap = time.Minute

// run judges at every whole interval, and at once when the rules change.
func (e *Engine) run(ctx context.Context) {
	measuring, end := e.begin(ctx)
	for ctx.Err() == nil {
		next := truncate(e.clock.Now(), e.interval).Add(e.interval)
		select {
		case <-e.clock.After(next.Sub(e.clock.Now())):
			e.tick(measuring, next)
		case <-e.rules.Changed():
			e.tick(measuring, e.clock.Now())
		case <-e.podsKnown:
			e.podsKnown = nil
			e.tick(measuring, e.clock.Now())
		case request := <-e.reloads:
			changed, err := e.prepare(ctx, request.args)
			if changed != nil {
				end()
				e.change(ctx, changed)
				measuring, end = e.begin(ctx)
			}
			request.done <- err
		case <-ctx.Done():
		}
	}
	end()
	e.source.close(ctx)
}

// begin starts what feeds the source. The source is asked in the context, and not any
// more once that has been ended.
func (e *Engine) begin(ctx context.Context) (measuring context.Context, end func()) {
	measuring, cancel := context.WithCancel(ctx)
	var feeding sync.WaitGroup
	feeding.Go(func() { e.source.run(measuring, e.nodes) })
	past := e.newPast(measuring)
	e.past.Store(past)
	return measuring, func() {
		cancel()
		feeding.Wait()
		past.end()
		e.measurer.Wait()
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
	began := e.clock.Now()
	select {
	case <-e.rules.Changed(): // which this tick sees
	default:
	}
	nodes := e.nodes()
	active := e.rules.Active()
	queries := e.queries(active)
	// Facts about nodes that a new rule asks for have to be there for its first
	// verdicts.
	names := e.names(active, queries)
	e.source.want(names, e.watched)
	e.source.record(ctx, nodes, now)
	before := e.snapshot.Load()
	previous := before
	if previous == nil {
		previous = e.replayed
	}
	in := verdict.Input{
		Now: now, Nodes: verdict.NewNodes(nodes), Sets: e.compile(ctx, active),
		Previous: previous, MaxGap: max(e.staleAfter, e.judgedStaleAfter, minGap),
	}
	e.judgedStaleAfter = e.staleAfter
	index := telemetry.NewNodes(nodes)
	var failures map[telemetry.Query]error
	in.Samples, failures = e.measurer.MeasureMetrics(ctx, queries, index, now)
	e.asked.Store(&asked{queries: queries, failures: failures, nodes: index, interval: e.interval})
	outlook := e.look(ctx, active, queries, in.Samples, nodes, before, now)
	e.watched = outlook.watched
	e.source.want(names, e.watched)
	in.Projections, in.Shares = outlook.projections, outlook.shares
	in.Window, in.Windows = outlook.window, evicting(active, queries, e.interval)
	after := verdict.Evaluate(in)
	e.publish(ctx, before, after, outlook)
	e.reportRules(ctx, active)
	e.reportFailures(ctx, failures)
	e.reportFits(ctx, queries, len(nodes), now)
	e.metrics.observe(after, queries, failures, e.measurer)
	e.metrics.tickDuration.Observe(e.clock.Since(began).Seconds())
	if past := e.past.Load(); past != nil {
		past.cache.Forget()
	}
	if e.projector != nil {
		e.projector.refresh(now)
	}
}

// names are the metrics that rule sets ask for, of nodes and of pods.
func (e *Engine) names(active []*v1alpha1.RuleSet, queries map[verdict.MetricKey]telemetry.Query) map[string]bool {
	names := telemetry.MetricNames(queries)
	if e.projector == nil {
		return names
	}
	_, usages := projectedMetrics(active, queries, e.interval)
	maps.Copy(names, telemetry.UsageNames(usages))
	return names
}

// look finds what the pods make of the samples.
func (e *Engine) look(ctx context.Context, active []*v1alpha1.RuleSet, queries map[verdict.MetricKey]telemetry.Query, samples map[verdict.MetricKey]verdict.Samples, nodes []*corev1.Node, before *verdict.Snapshot, now time.Time) *outlook {
	if e.projector == nil {
		return &outlook{}
	}
	metrics, usages := projectedMetrics(active, queries, e.interval)
	return e.projector.look(ctx, metrics, usages, samples, nodes, before, now)
}

// queries are how the metrics of rule sets are asked for.
func (e *Engine) queries(active []*v1alpha1.RuleSet) map[verdict.MetricKey]telemetry.Query {
	return telemetry.Queries(active, e.interval, e.staleAfter, e.builtins)
}

// judge runs the queries and evaluates what they answer, together with all else
// that the verdicts depend on. The errors are those of the queries that failed.
func judge(ctx context.Context, measurer *telemetry.Measurer, queries map[verdict.MetricKey]telemetry.Query, nodes *telemetry.Nodes, in verdict.Input) (*verdict.Snapshot, map[telemetry.Query]error) {
	var failures map[telemetry.Query]error
	in.Samples, failures = measurer.MeasureMetrics(ctx, queries, nodes, in.Now)
	return verdict.Evaluate(in), failures
}

// compile makes the rule sets ready, those anew that were not the same in the
// last tick. One that is valid always can be.
func (e *Engine) compile(ctx context.Context, active []*v1alpha1.RuleSet) []*verdict.Set {
	sets, compiled := make([]*verdict.Set, 0, len(active)), make(map[*v1alpha1.RuleSet]*verdict.Set, len(active))
	for _, rules := range active {
		set := e.compiled[rules]
		if set == nil {
			var err error
			if set, err = verdict.NewSet(rules, e.staleAfter); err != nil {
				klog.FromContext(ctx).Error(err, "Rule set left out", "ruleSet", rules.Name)
				continue
			}
		}
		sets, compiled[rules] = append(sets, set), set
	}
	e.compiled = compiled
	return sets
}

func (e *Engine) publish(ctx context.Context, before, after *verdict.Snapshot, outlook *outlook) {
	e.ledger.Rebase(after.Time, outlook.sequence, outlook.estimators, after.Index, func(pending *projection.Pending) {
		after.Pending = pending
		e.snapshot.Store(after)
	})
	logChanges(klog.FromContext(ctx), verdict.Changes(before, after), after.Time)
	e.mu.Lock()
	subscribers := e.subscribers
	e.mu.Unlock()
	for _, published := range subscribers {
		published(before, after)
	}
}
