// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/component-base/version"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/eviction"
	"github.com/loadline-dev/loadline/pkg/descheduler/fit"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
	"github.com/loadline-dev/loadline/pkg/descheduler/report"
	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/mark"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// process is one running descheduler. What it knows of the cluster is kept current
// while it stands by, so that it is at hand when it leads; nodes are measured, and
// pods moved, while it leads alone.
type process struct {
	*setup
	clock     clock.WithTicker
	clientset kubernetes.Interface
	factory   informers.SharedInformerFactory
	observer  *observe.Observer
	pause     *observe.Pause
	fit       *fit.Scheduler
	engine    *engine.Engine
	recorder  events.EventRecorder
	reporter  *report.Reporter
	marker    *mark.Marker
}

// run runs until the context ends, and then ends in good order. A process that
// loses its lease ends on the spot instead.
func run(ctx context.Context, s *setup) error {
	klog.FromContext(ctx).Info("Starting the Loadline descheduler", "version", version.Get(), "dryRun", *s.config.DryRun)
	clientset, err := kubernetes.NewForConfig(s.client)
	if err != nil {
		return fmt.Errorf("making a client of the API server: %w", err)
	}
	// It outlives the context, to tell of the end.
	broadcaster := events.NewEventBroadcasterAdapterWithContext(context.WithoutCancel(ctx), clientset)
	broadcaster.StartRecordingToSink(make(chan struct{}))
	defer broadcaster.Shutdown()

	p, err := newProcess(ctx, s, clientset, broadcaster.NewRecorder(name))
	if err != nil {
		return err
	}
	p.factory.StartWithContext(ctx)
	p.pause.Start(ctx)
	elector, err := newElector(s, p.lead, broadcaster.DeprecatedNewLegacyRecorder(name))
	if err != nil {
		return err
	}
	stopServing, err := s.serve(ctx, elector, p.hasSynced)
	if err != nil {
		return err
	}
	defer stopServing()
	return elector.run(ctx)
}

func newProcess(ctx context.Context, s *setup, clientset kubernetes.Interface, recorder events.EventRecorder) (*process, error) {
	p := &process{
		setup: s, clock: clock.RealClock{}, clientset: clientset, recorder: recorder,
		factory: observe.NewFactory(clientset),
		pause:   observe.NewPause(clientset, s.config.RulesNamespace),
		engine:  engine.NewFollower(clock.RealClock{}),
		marker:  mark.New(clientset, clock.RealClock{}, recorder),
	}
	p.observer = observe.New(p.factory)
	p.reporter = report.New(report.Settings{
		Config: s.config, Clock: p.clock, Recorder: recorder, OwnerOf: p.observer.OwnerOf, State: p.pause.ConfigMap,
	})
	var err error
	p.fit, err = fit.New(ctx, fit.Settings{Config: s.scheduler, Client: clientset, Informers: p.factory})
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		p.engine.RegisterMetrics(legacyregistry.Register),
		p.reporter.RegisterMetrics(legacyregistry.Register),
		p.marker.RegisterMetrics(legacyregistry.Register),
	)
	if err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	return p, nil
}

// hasSynced tells whether the process knows the cluster.
func (p *process) hasSynced() bool { return p.observer.HasSynced() && p.pause.HasSynced() }

// lead measures, marks nodes and moves pods until the context ends, and no longer
// than it leads.
func (p *process) lead(ctx context.Context, leads func() bool) error {
	started := p.clock.Now()
	if !cache.WaitForCacheSync(ctx.Done(), p.hasSynced) {
		return nil
	}
	turns := make(chan struct{}, 1)
	p.engine.Subscribe(func(_, _ *verdict.Snapshot) {
		select {
		case turns <- struct{}{}:
		default: // the turn before has not begun yet: it will see this snapshot
		}
	})
	core := p.factory.Core().V1()
	args := &v1alpha1.LoadlineArgs{RulesNamespace: p.config.RulesNamespace, Telemetry: p.config.Telemetry, Estimates: p.config.Estimates}
	if err := p.engine.Start(ctx, args, p.client, p.clientset, core.Nodes(), core.Pods()); err != nil {
		return fmt.Errorf("starting to measure: %w", err)
	}
	defer p.engine.Wait()

	loop := p.newLoop(started)
	for {
		select {
		case <-turns:
		case <-p.clock.After(2 * p.config.Telemetry.Interval.Value()): // measuring hangs: that is reported, too
		case <-ctx.Done():
			return nil
		}
		if leads() {
			p.turn(ctx, loop)
		}
	}
}

func (p *process) newLoop(started time.Time) *descheduler.Descheduler {
	evictor := eviction.New(p.clientset, p.clock)
	return descheduler.New(descheduler.Parts{
		Config:   p.config,
		Clock:    p.clock,
		Snapshot: p.engine.Snapshot,
		Cluster:  p.observer.Cluster,
		Fit:      p.fit.Begin,
		Evict:    evictor.Evict,
		Blocked:  evictor.Blocked,
		Store:    p.reporter.Watch(history.NewStore(p.clientset.CoreV1().ConfigMaps(p.config.RulesNamespace), p.config.RulesNamespace)),
		Paused:   p.pause.Paused,
		Report:   p.reporter,
		Started:  started,
	})
}

// turn goes by the latest snapshot. New pods are kept off nodes before others are
// moved off them.
func (p *process) turn(ctx context.Context, loop *descheduler.Descheduler) {
	logger := klog.FromContext(ctx)
	if !p.config.Marks.Disabled {
		if err := p.markNodes(ctx); err != nil && ctx.Err() == nil {
			logger.Error(err, "Unable to mark nodes; the next turn tries again")
		}
	}
	if err := loop.Step(ctx); err != nil && ctx.Err() == nil {
		logger.Error(err, "Unable to finish the turn; the next one goes on from what was written down")
	}
}

func (p *process) markNodes(ctx context.Context) error {
	observed, err := p.observer.Cluster()
	if err != nil {
		return err
	}
	return p.marker.Apply(ctx, p.engine.Snapshot(), observed.Nodes())
}
