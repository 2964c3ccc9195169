// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loadline-dev/loadline/pkg/edits"
	"github.com/loadline-dev/loadline/pkg/load"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// The instants that are asked for at a time: so few that a question can be ended soon,
// and that the answer of a server about 5,000 nodes has no more than 2 MB, which ticks
// need not wait for.
const (
	databaseSpan = 30
	serverSpan   = 12
)

var (
	errNotMeasured = errors.New("nothing has been measured yet")
	errChanged     = errors.New("how nodes are measured has just been changed: look again")
)

// asked is what the latest tick has asked for, and of which nodes. It is immutable.
type asked struct {
	queries  map[verdict.MetricKey]telemetry.Query
	failures map[telemetry.Query]error
	nodes    *telemetry.Nodes
	interval time.Duration
}

// past answers what nodes measured before, out of the source that is in use. It is for
// people who look, and asks beside the loop, which it never keeps waiting: whatever is
// under way ends when the loop changes to another source.
type past struct {
	latest    func() *asked
	ranges    telemetry.RangeQuery
	timeout   time.Duration // of each question
	measuring context.Context
	cache     *load.Cache

	mu     sync.Mutex
	ended  bool
	asking sync.WaitGroup
}

// newPast is of the source in use, which may be asked in a context.
func (e *Engine) newPast(measuring context.Context) *past {
	p := &past{latest: e.asked.Load, ranges: e.source.ranges, timeout: e.queryTimeout, measuring: measuring}
	span := databaseSpan
	if e.source.database == nil {
		span = serverSpan
	}
	p.cache = load.NewCache(p.ask, span, e.interval, e.clock)
	return p
}

// Loads are what the metrics of the rule sets were at the instants of an axis, with the
// values of one node if it is named. The error is why some of it is not known.
func (e *Engine) Loads(ctx context.Context, axis load.Axis, node string) (map[verdict.MetricKey]*load.Load, error) {
	p := e.past.Load()
	if p == nil || e.asked.Load() == nil {
		return nil, errNotMeasured
	}
	return p.loads(ctx, axis, node)
}

// Interval is the time between two measurements of a node. Zero before the first.
func (e *Engine) Interval() time.Duration {
	if latest := e.asked.Load(); latest != nil {
		return latest.interval
	}
	return 0
}

// Edits are the latest changes of the rule sets, the oldest first.
func (e *Engine) Edits() []edits.Change {
	if e.asked.Load() == nil {
		return nil
	}
	return e.rules.Edits()
}

func (p *past) loads(ctx context.Context, axis load.Axis, node string) (map[verdict.MetricKey]*load.Load, error) {
	type answer struct {
		load *load.Load
		err  error
	}
	latest, loads, answers := p.latest(), map[verdict.MetricKey]*load.Load{}, map[load.Query]*answer{}
	var failures failures
	for _, key := range sortedKeys(latest.queries) {
		query := latest.queries[key]
		asks := load.Query{Expression: query.Expression, NodeLabel: query.NodeLabel}
		found := answers[asks]
		if found == nil {
			found = &answer{}
			found.load, found.err = p.cache.Load(ctx, asks, axis, node)
			if found.err == nil && !found.load.Known() {
				found.err = latest.failures[query]
			}
			answers[asks] = found
		}
		if found.err != nil {
			failures.add(key, p.explain(ctx, found.err))
		}
		loads[key] = found.load
	}
	return loads, failures.sum()
}

// explain says in plain words why there is no answer.
func (p *past) explain(ctx context.Context, err error) error {
	switch {
	case p.measuring.Err() != nil:
		return errChanged
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errors.New("it takes long to find out: what is missing is asked for at the next look")
	}
	return err
}

// ask asks the source. It must not be asked any more once this has ended.
func (p *past) ask(ctx context.Context, query load.Query, first time.Time, step time.Duration, steps int) (load.Answer, error) {
	if !p.begin() {
		return load.Answer{}, errChanged
	}
	defer p.asking.Done()
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	defer context.AfterFunc(p.measuring, cancel)()
	nodes := p.latest().nodes
	columns, err := nodes.Columns(ctx, p.ranges, telemetry.Query{Expression: query.Expression, NodeLabel: query.NodeLabel}, first, step, steps)
	return load.Answer{Nodes: nodes.Names(), Columns: columns}, err
}

func (p *past) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.asking.Add(1)
	}
	return !p.ended
}

// end returns when nothing asks any more, which is soon after measuring has ended.
func (p *past) end() {
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.asking.Wait()
}

// failures are why metrics are not known.
type failures struct {
	reasons []string
	metrics map[string][]string // by reason
}

func (f *failures) add(key verdict.MetricKey, err error) {
	if f.metrics == nil {
		f.metrics = map[string][]string{}
	}
	reason := err.Error()
	if f.metrics[reason] == nil {
		f.reasons = append(f.reasons, reason)
	}
	f.metrics[reason] = append(f.metrics[reason], key.Set+"/"+key.Metric)
}

// sum is an error that tells each reason once.
func (f *failures) sum() error {
	if len(f.reasons) == 0 {
		return nil
	}
	told := make([]string, 0, len(f.reasons))
	for _, reason := range f.reasons {
		told = append(told, fmt.Sprintf("%s: %s", strings.Join(f.metrics[reason], ", "), reason))
	}
	return errors.New(strings.Join(told, "; "))
}

func sortedKeys(queries map[verdict.MetricKey]telemetry.Query) []verdict.MetricKey {
	return slices.SortedFunc(maps.Keys(queries), func(a, b verdict.MetricKey) int {
		return strings.Compare(a.Set+"/"+a.Metric, b.Set+"/"+b.Metric)
	})
}
