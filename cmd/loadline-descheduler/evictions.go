// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics/legacyregistry"

	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/eviction"
	"github.com/loadline-dev/loadline/pkg/descheduler/fit"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/observe"
	"github.com/loadline-dev/loadline/pkg/descheduler/report"
)

// evictions are what the process needs to move pods.
type evictions struct {
	*process
	observer *observe.Observer
	pause    *observe.Pause
	fit      *fit.Scheduler
	reporter *report.Reporter
}

func newEvictions(ctx context.Context, p *process, recorder events.EventRecorder) (*evictions, error) {
	e := &evictions{process: p, observer: observe.New(p.factory), pause: observe.NewPause(p.clientset, p.config.RulesNamespace)}
	e.reporter = report.New(report.Settings{
		Config: p.config, Clock: p.clock, Recorder: recorder, OwnerOf: e.observer.OwnerOf, State: e.pause.ConfigMap, Audit: p.audit,
	})
	var err error
	e.fit, err = fit.New(ctx, fit.Settings{Config: p.scheduler, Client: p.clientset, Informers: p.factory})
	if err != nil {
		return nil, err
	}
	return e, e.reporter.RegisterMetrics(legacyregistry.Register)
}

// hasSynced tells whether it is known what runs where, and whether a person has
// paused.
func (e *evictions) hasSynced() bool { return e.observer.HasSynced() && e.pause.HasSynced() }

func (e *evictions) newLoop(started time.Time) *descheduler.Descheduler {
	evictor := eviction.New(e.clientset, e.clock)
	return descheduler.New(e.inspection.follow(descheduler.Parts{
		Config:   e.config,
		Clock:    e.clock,
		Snapshot: e.engine.Snapshot,
		Cluster:  e.observer.Cluster,
		Fit:      e.fit.Begin,
		Evict:    evictor.Evict,
		Blocked:  evictor.Blocked,
		Store:    e.reporter.Watch(history.NewStore(e.clientset.CoreV1().ConfigMaps(e.config.RulesNamespace), e.config.RulesNamespace)),
		Paused:   e.pause.Paused,
		Report:   e.reporter,
		Started:  started,
	}))
}
