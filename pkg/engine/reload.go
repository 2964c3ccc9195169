// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"maps"
	"reflect"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// reload asks the loop to go on by other arguments.
type reload struct {
	args *v1alpha1.LoadlineArgs
	done chan error
}

// Reload has the engine go on by the telemetry and the estimates of other arguments,
// and returns once it does. Those that cannot be used are refused, and what was good
// goes on. The rest of the arguments, and whether there are estimates at all, stays as
// it was at the start.
//
// What was measured counts until it is too old or is measured anew, and the states of
// rules and the times since when they last go on. The context must end no later than
// that of Start, for the end of which it waits.
func (e *Engine) Reload(ctx context.Context, args *v1alpha1.LoadlineArgs) error {
	request := reload{args: args, done: make(chan error, 1)}
	select {
	case e.reloads <- request:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-request.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// change is one of the settings, with the source that they ask for.
type change struct {
	args   *v1alpha1.LoadlineArgs
	source *source
}

// prepare makes what the loop is to go on by. Nil: nothing changes. The source in use
// is not touched.
func (e *Engine) prepare(ctx context.Context, args *v1alpha1.LoadlineArgs) (*change, error) {
	next := *e.args
	next.Telemetry, next.Estimates = args.Telemetry, args.Estimates
	next.Estimates.Disabled = e.args.Estimates.Disabled
	if reflect.DeepEqual(e.args, &next) {
		return nil, nil
	}
	with := e.sources
	with.args, with.database = &next, e.source.database
	source, err := newSource(ctx, with)
	if err != nil {
		return nil, err
	}
	return &change{args: &next, source: source}, nil
}

// change goes over to other settings. The source before must have ended.
func (e *Engine) change(ctx context.Context, to *change) {
	active := e.rules.Active()
	queries, former := e.queries(active), e.source
	e.mu.Lock()
	e.args = to.args
	e.mu.Unlock()
	e.use(to.source)
	e.measurer = e.measurer.Switch(e.metrics.timed(e.clock, e.source.query), e.queryTimeout, queries, e.queries(active))
	e.measurer.SetPatience(e.interval / patienceShare)
	e.summarize(e.measurer)
	e.compiled = nil // of which some have other times after which samples are stale
	if e.projector != nil {
		e.projector.change(to.args.Estimates, e.podQuery(), e.source.database == nil)
	}
	e.source.want(e.names(active, e.queries(active)), e.watched)
	logger := klog.FromContext(ctx)
	if database := former.database; database != nil && database == e.source.database {
		former.database = nil // which goes on
		if err := database.Adjust(e.queryTimeout, limitsOf(to.args.Telemetry.Embedded)); err != nil {
			logger.Error(err, "Unable to change the limits of the telemetry database")
		}
	}
	former.close(ctx)
	logger.Info("Measuring by other settings", "interval", e.interval, "source", e.source.kind())
}

// use has the engine measure with a source, by its arguments.
func (e *Engine) use(source *source) {
	telemetry := &e.args.Telemetry
	e.source = source
	e.interval, e.staleAfter, e.queryTimeout = telemetry.Interval.Value(), telemetry.StaleAfter(), telemetry.QueryTimeout()
	e.builtins = map[v1alpha1.Builtin]string{}
	maps.Copy(e.builtins, source.builtins)
	maps.Copy(e.builtins, telemetry.Builtins)
}
