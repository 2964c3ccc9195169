// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package preview measures the nodes of a cluster from a place outside of it, and
// tells what rule sets would do there now. It writes nothing to the cluster, and
// needs nothing in it. What measures and judges is what the scheduler uses.
package preview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Options say what is previewed.
type Options struct {
	// Rules are valid rule sets of different names.
	Rules []*v1alpha1.RuleSet
	// Settings are those of the scheduler.
	Settings *v1alpha1.LoadlineArgs
	// Source is where nodes are measured. Empty: wherever they can be.
	Source SourceName
	// SchedulerName is what pods name that the rules are for.
	SchedulerName string
	// Duration is for how long nodes are measured, at least.
	Duration time.Duration
	// KubeletTimeout bounds one answer of a kubelet.
	KubeletTimeout time.Duration
	Clock          clock.Clock
	// Asked is told, after each kubelet, how many have been asked so far. It is
	// called by one goroutine at a time.
	Asked func(asked, nodes int)
	// Waiting is told why nothing happens before a time.
	Waiting func(until time.Time, why string)
}

// Run measures and judges. An error means that it could not.
func Run(ctx context.Context, client kubernetes.Interface, config *rest.Config, options Options) (result *Result, err error) {
	nodes, err := nodeproxy.Nodes(ctx, client)
	if err != nil {
		return nil, err
	}
	directory, err := os.MkdirTemp("", "loadline-preview-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the measurements: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	database, err := embedded.Open(ctx, directory, options.Settings.Telemetry.QueryTimeout())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()

	p := &preview{Options: options, nodes: nodes, database: database}
	if p.source, err = p.choose(ctx, client, config); err != nil {
		return nil, err
	}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	defer p.measurer.Wait() // before the database is closed
	if err := p.play(ctx); err != nil {
		return nil, err
	}
	return p.result(ctx, client)
}

// preview is one while it runs.
type preview struct {
	Options
	nodes    []*corev1.Node
	database *embedded.Database
	source   *source
	// why the source was chosen, where others were preferred.
	why string

	sets     []*verdict.Set
	queries  map[verdict.MetricKey]telemetry.Query
	measurer *telemetry.Measurer

	// What came of the last round.
	snapshot *verdict.Snapshot
	unread   []Unread
	failures map[telemetry.Query]error
}

// prepare makes the rule sets ready. They are judged as if they were enforced: a
// preview asks what they would do.
func (p *preview) prepare() error {
	settings := &p.Settings.Telemetry
	p.queries = p.queriesWith(p.source.interval, p.source.builtins)
	p.measurer = telemetry.NewMeasurer(p.source.query, settings.QueryTimeout())
	for _, rules := range p.Rules {
		enforced := rules.DeepCopy()
		enforced.Spec.Mode = v1alpha1.Enforce
		set, err := verdict.NewSet(enforced, settings.StaleAfter())
		if err != nil {
			return err
		}
		p.sets = append(p.sets, set)
	}
	return nil
}

func (p *preview) queriesWith(interval time.Duration, builtins map[v1alpha1.Builtin]string) map[verdict.MetricKey]telemetry.Query {
	return telemetry.Queries(p.Rules, interval, p.Settings.Telemetry.StaleAfter(), builtins)
}

// play measures and judges at once, and then at each whole interval, until the
// time is over and all has been measured that needs more than one reading.
func (p *preview) play(ctx context.Context) error {
	interval := p.source.interval
	start := p.Clock.Now()
	end, why := start.Add(p.Duration), "to measure for as long as --duration says"
	if p.source.growing && p.Duration < interval && needsRates(p.queries) {
		end, why = start.Add(interval), "since rates need two readings"
	}
	read := p.Clock.Now()
	if err := p.read(ctx); err != nil {
		return err
	}
	if err := p.judge(ctx, p.Clock.Now()); err != nil {
		return err
	}
	for p.snapshot.Time.Before(end) && ctx.Err() == nil {
		// As long as the last reading took, so that the next one is done in time.
		lead := min(p.Clock.Since(read)+time.Second, interval/2)
		next := nextTick(read.Add(interval-interval/8+lead), interval)
		p.Waiting(next, why)
		p.sleepUntil(ctx, next.Add(-lead))
		read = p.Clock.Now()
		if err := p.read(ctx); err != nil {
			return err
		}
		if now := p.Clock.Now(); now.After(next) {
			next = nextTick(now, interval)
		}
		p.sleepUntil(ctx, next)
		if err := p.judge(ctx, p.Clock.Now()); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// nextTick is the first whole multiple of the interval in Unix time after now:
// when the scheduler would judge, and to which PromQL aligns what it looks at
// within a range.
func nextTick(now time.Time, interval time.Duration) time.Time {
	nanoseconds := now.UnixNano()
	return time.Unix(0, nanoseconds-nanoseconds%int64(interval)).Add(interval)
}

// needsRates tells whether any query looks back.
func needsRates(queries map[verdict.MetricKey]telemetry.Query) bool {
	for _, query := range queries {
		expression, err := parser.NewParser(parser.Options{}).ParseExpr(query.Expression)
		if err != nil {
			continue // which the measurement will say
		}
		found := false
		parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
			if _, ok := node.(*parser.MatrixSelector); ok {
				found = true
			}
			return nil
		})
		if found {
			return true
		}
	}
	return false
}

func (p *preview) read(ctx context.Context) (err error) {
	if p.source.read != nil {
		p.unread, err = p.source.read(ctx, p.nodes)
	}
	return err
}

// judge is one round of the scheduler's engine.
func (p *preview) judge(ctx context.Context, now time.Time) error {
	if p.source.read != nil {
		if err := p.database.Append(ctx, nodefacts.Scrape(p.nodes, now)); err != nil {
			return err
		}
	}
	var samples map[verdict.MetricKey]verdict.Samples
	samples, p.failures = p.measurer.MeasureMetrics(ctx, p.queries, telemetry.NewNodes(p.nodes), now)
	p.snapshot = verdict.Evaluate(verdict.Input{
		Now: now, Nodes: verdict.NewNodes(p.nodes), Sets: p.sets, Samples: samples, Previous: p.snapshot,
	})
	return ctx.Err()
}

func (p *preview) sleepUntil(ctx context.Context, at time.Time) {
	if wait := at.Sub(p.Clock.Now()); wait > 0 {
		select {
		case <-p.Clock.After(wait):
		case <-ctx.Done():
		}
	}
}
