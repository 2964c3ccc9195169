// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"time"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// replayTimeout bounds the time that a start takes for the past.
	replayTimeout = 20 * time.Second
	// bandHistory is how far a replay looks back, beyond the longest time that a
	// rule waits, for the side on which a value came into its band.
	bandHistory = 15 * time.Minute
	// maxHistory is what the embedded engine keeps.
	maxHistory = 2 * time.Hour
)

// replay judges the ticks before the start over what is stored of them, so that
// the first snapshot is as if this process had been running all along. Where
// that fails, the process starts without a past: times begin anew, and a value
// in its band decides nothing before it has left it.
func (e *Engine) replay(ctx context.Context, active []*v1alpha1.RuleSet) {
	if !anyRules(active) {
		return
	}
	logger, began := klog.FromContext(ctx), e.clock.Now()
	ctx, cancel := context.WithTimeout(ctx, replayTimeout)
	defer cancel()
	first, last := truncate(began.Add(-history(active)), e.interval), truncate(began.Add(-1), e.interval)
	if err := e.replayTicks(ctx, first, last, active); err != nil {
		logger.Error(err, "Unable to replay the time before the start: what rules wait for begins anew", "from", timestamp(first))
		return
	}
	logger.Info("Replayed the time before the start", "from", timestamp(first), "duration", e.clock.Since(began))
}

// replayTicks judges every tick from the first to the last. Nothing of it is kept
// unless it gets to the end.
func (e *Engine) replayTicks(ctx context.Context, first, last time.Time, active []*v1alpha1.RuleSet) error {
	past := telemetry.NewHistory(e.source.query, e.source.ranges, e.interval, last)
	measurer := e.newMeasurer(past.Query)
	queries, nodes := e.queries(active), e.nodes()
	index, in := telemetry.NewNodes(nodes), verdict.Input{Nodes: verdict.NewNodes(nodes), Sets: e.compile(ctx, active)}
	for in.Now = first; !in.Now.After(last); in.Now = in.Now.Add(e.interval) {
		snapshot, failures := judge(ctx, measurer, queries, index, in)
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("at %s: %w", timestamp(in.Now), err)
		}
		if !past.Answered() { // a source that is down, or lets nobody in, is not asked about every tick
			return fmt.Errorf("at %s: %w", timestamp(in.Now), oneOf(failures))
		}
		in.Previous = snapshot
	}
	e.replayed, e.measurer = in.Previous, e.liveMeasurer(measurer)
	return nil
}

func oneOf(failures map[telemetry.Query]error) error {
	for _, err := range failures {
		return err
	}
	return nil
}

func anyRules(active []*v1alpha1.RuleSet) bool {
	for _, set := range active {
		if len(set.Spec.Rules) > 0 {
			return true
		}
	}
	return false
}

// history is how far back rules depend on the past.
func history(active []*v1alpha1.RuleSet) time.Duration {
	var longest time.Duration
	for _, set := range active {
		for _, rule := range set.Spec.Rules {
			longest = max(longest, rule.For.Value())
			if rule.Evict != nil {
				longest = max(longest, rule.Evict.For.Value())
			}
		}
	}
	return min(longest+bandHistory, maxHistory)
}
