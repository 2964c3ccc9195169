// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package report tells people and machines what the descheduler does, and why it
// does nothing: by events, log lines, metrics and lines of the audit log.
//
// What is done is counted. What is not done is a gauge of the latest plan: a plan is
// made at each turn, so that a counter of pods that stay where they are would tell
// how often it was looked, and grow for ever in a cluster where nothing happens.
// For the same reason a log line, and an event, is written when a reason comes or
// goes, and not while it lasts.
package report

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Settings are what a Reporter is made of.
type Settings struct {
	Config   *v1alpha1.DeschedulerConfiguration
	Clock    clock.PassiveClock
	Recorder events.EventRecorder
	// OwnerOf is whoever people know a pod by. Nil for a pod without an owner.
	OwnerOf func(pod *corev1.Pod) *corev1.ObjectReference
	// State is the ConfigMap of package history, on which events about all evictions
	// are recorded, as far as it is known. Nil while there is none.
	State func() *corev1.ConfigMap
	// Audit is where each decision is written down.
	Audit *audit.Log
}

// Reporter tells of the turns of one descheduler. It is for one goroutine.
type Reporter struct {
	Settings
	metrics *reportMetrics

	// records are those that were last stored, by which budgets are counted.
	records []history.Record
	// stopped is why nothing was evicted in the last turn, and announced whether
	// there was an event about it.
	stopped   reason.Code
	announced bool
	// nodes are the lines that were last written about nodes.
	nodes map[nodeKey]string
	// leaks are when there was last an event about a workload.
	leaks map[projection.Workload]time.Time
}

var _ descheduler.Reporter = &Reporter{}

// nodeKey is a node over a line.
type nodeKey struct {
	node string
	rule verdict.RuleKey
}

// New makes a reporter.
func New(settings Settings) *Reporter {
	return &Reporter{
		Settings: settings,
		metrics:  newReportMetrics(),
		nodes:    map[nodeKey]string{},
		leaks:    map[projection.Workload]time.Time{},
	}
}

// RegisterMetrics registers what the reporter counts.
func (r *Reporter) RegisterMetrics(register func(metrics.Registerable) error) error {
	return r.metrics.register(register)
}

// Planned tells of a plan.
func (r *Reporter) Planned(ctx context.Context, made *plan.Plan, took time.Duration) {
	r.metrics.observePlan(made, took)
	r.logNodes(klog.FromContext(ctx), made, took)
	r.announceLeaks(made)
}

// Evicted tells of an eviction that was carried out, that would be, or that was not
// after all.
func (r *Reporter) Evicted(ctx context.Context, pod *corev1.Pod, record history.Record) {
	r.metrics.countEviction(&record)
	logEviction(klog.FromContext(ctx), &record)
	r.announceEviction(pod, &record)
	r.Audit.Add(func() audit.Line { return evictionLine(&record) })
}

// Judged tells of an eviction of which it is known what came of it.
func (r *Reporter) Judged(ctx context.Context, record history.Record) {
	r.metrics.countJudged(&record)
	logJudged(klog.FromContext(ctx), &record)
	r.Audit.Add(func() audit.Line { return judgedLine(&record) })
}

// Stopped tells why nothing is evicted at all. Zero: something may be.
func (r *Reporter) Stopped(ctx context.Context, why reason.Reason) {
	r.metrics.observeStop(r.stopped, why.Code)
	r.metrics.observeBudgets(budget.New(r.Config, r.records, r.Clock.Now()).Left())
	if why.Code == r.stopped {
		return
	}
	before := r.stopped
	r.stopped = why.Code
	logger := klog.FromContext(ctx)
	if why.IsZero() {
		logger.Info("Evictions may go on", "stoppedBy", before)
	} else {
		r.nodes = map[nodeKey]string{} // nothing is known of them until the next plan
		logger.Info("Evictions are stopped", "reason", why.Code, "message", why.Message)
	}
	r.announceStop(before, why)
	r.Audit.Add(func() audit.Line { return stopLine(before, why) })
}
