// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics/legacyregistry"
	baseversion "k8s.io/component-base/version"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/configfile"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/mark"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/pkg/version"
)

// maxIntervals is how many intervals a turn waits for the next snapshot.
const maxIntervals = 2

// process is one running descheduler. What it knows of the cluster is kept current
// while it stands by, so that it is at hand when it leads; nodes are measured, and
// pods moved, while it leads alone.
type process struct {
	*setup
	clock     clock.WithTicker
	clientset kubernetes.Interface
	factory   informers.SharedInformerFactory
	engine    *engine.Engine
	marker    *mark.Marker
	audit     *audit.Log
	// evictions is nil where no pods are moved.
	evictions *evictions
	reloading *reloading
}

// run runs until the context ends, and then ends in good order. A process that
// loses its lease ends on the spot instead.
func run(ctx context.Context, s *setup) error {
	klog.FromContext(ctx).Info("Starting the Loadline descheduler", "version", version.Get(), "kubernetes", baseversion.Get().GitVersion, "dryRun", *s.config.DryRun,
		"evictions", !s.config.Evictions.Disabled, "marks", !s.config.Marks.Disabled)
	clientset, err := kubernetes.NewForConfig(s.client)
	if err != nil {
		return fmt.Errorf("making a client of the API server: %w", err)
	}
	// It outlives the context, to tell of the end.
	broadcaster := events.NewEventBroadcasterAdapterWithContext(context.WithoutCancel(ctx), clientset)
	broadcaster.StartRecordingToSink(make(chan struct{}))
	defer broadcaster.Shutdown()

	audited, err := audit.Open(klog.FromContext(ctx), clock.RealClock{}, s.auditLog, name)
	if err != nil {
		return err
	}
	defer audited.Start()()

	p, err := newProcess(ctx, s, clientset, broadcaster.NewRecorder(name), audited)
	if err != nil {
		return err
	}
	p.factory.StartWithContext(ctx)
	if p.evictions != nil {
		p.evictions.pause.Start(ctx)
	}
	elector, err := newElector(s, p.lead, broadcaster.DeprecatedNewLegacyRecorder(name))
	if err != nil {
		return err
	}
	stopServing, err := s.serve(ctx, elector, p.hasSynced)
	if err != nil {
		return err
	}
	defer stopServing()
	if err := s.inspection.serve(ctx, s.config); err != nil {
		return err
	}
	return elector.run(ctx)
}

func newProcess(ctx context.Context, s *setup, clientset kubernetes.Interface, recorder events.EventRecorder, audited *audit.Log) (*process, error) {
	p := &process{
		setup: s, clock: clock.RealClock{}, clientset: clientset, audit: audited,
		factory: newFactory(clientset, s.config),
		engine:  engine.NewFollower(clock.RealClock{}),
		marker:  mark.New(clientset, clock.RealClock{}, recorder, audited),
	}
	p.factory.Core().V1().Nodes().Informer() // which is to be started with all others
	if !s.config.Evictions.Disabled {
		var err error
		if p.evictions, err = newEvictions(ctx, p, recorder); err != nil {
			return nil, err
		}
	}
	p.reloading = newReloading(p)
	err := errors.Join(
		p.reloading.file.RegisterMetrics(legacyregistry.Register),
		p.engine.RegisterMetrics(legacyregistry.Register),
		p.marker.RegisterMetrics(legacyregistry.Register),
		audited.RegisterMetrics(legacyregistry.Register),
	)
	if err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	return p, nil
}

// newFactory makes informers. Where no pods are moved, none are followed: there is no
// right to, and they would be most of the memory.
func newFactory(client kubernetes.Interface, config *v1alpha1.DeschedulerConfiguration) informers.SharedInformerFactory {
	if config.Evictions.Disabled {
		return informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(observe.NewTrim()))
	}
	return observe.NewFactory(client)
}

// hasSynced tells whether the process knows the cluster.
func (p *process) hasSynced() bool {
	return p.factory.Core().V1().Nodes().Informer().HasSynced() && (p.evictions == nil || p.evictions.hasSynced())
}

// argumentsBy are what nodes are measured by. Marks go by what is measured alone:
// where no pods are moved, nothing needs to be known of them.
func argumentsBy(config *v1alpha1.DeschedulerConfiguration) *v1alpha1.LoadlineArgs {
	args := &v1alpha1.LoadlineArgs{RulesNamespace: config.RulesNamespace, Telemetry: config.Telemetry, Estimates: config.Estimates}
	args.Estimates.Disabled = args.Estimates.Disabled || config.Evictions.Disabled
	return args
}

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
	if err := p.engine.Start(ctx, argumentsBy(p.config), p.client, p.clientset, core.Nodes(), core.Pods()); err != nil {
		return fmt.Errorf("starting to measure: %w", err)
	}
	defer p.engine.Wait()

	var loop *descheduler.Descheduler
	if p.evictions != nil {
		loop = p.evictions.newLoop(started)
	}
	for range 2 { // what the file says now, and not what it said when this replica started
		p.reloading.look(ctx)
	}
	looks := p.clock.NewTicker(configfile.Look)
	defer looks.Stop()
	hangs := p.clock.After(maxIntervals * p.config.Telemetry.Interval.Value())
	for {
		select {
		case <-turns:
		case <-hangs: // measuring does: that is reported, too
		case <-looks.C():
			p.reloading.look(ctx)
			continue
		case <-ctx.Done():
			return nil
		}
		if leads() {
			p.turn(ctx, loop)
		}
		hangs = p.clock.After(maxIntervals * p.config.Telemetry.Interval.Value())
	}
}

// turn goes by the latest snapshot. New pods are kept off nodes before others are
// moved off them. There is no loop where none are.
func (p *process) turn(ctx context.Context, loop *descheduler.Descheduler) {
	logger := klog.FromContext(ctx)
	if !p.config.Marks.Disabled {
		if err := p.markNodes(ctx); err != nil && ctx.Err() == nil {
			logger.Error(err, "Unable to mark nodes; the next turn tries again")
		}
	}
	if loop == nil {
		return
	}
	p.evictions.reporter.Unhandled(p.evictions.observer.Unhandled(p.clock.Now()))
	if err := loop.Step(ctx); err != nil && ctx.Err() == nil {
		logger.Error(err, "Unable to finish the turn; the next one goes on from what was written down")
	}
}

func (p *process) markNodes(ctx context.Context) error {
	nodes, err := p.factory.Core().V1().Nodes().Lister().List(labels.Everything())
	if err != nil {
		return fmt.Errorf("listing nodes from the cache: %w", err)
	}
	return p.marker.Apply(ctx, p.engine.Snapshot(), nodes)
}
