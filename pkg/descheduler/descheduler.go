// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package descheduler is the loop that brings nodes back below their lines.
package descheduler

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Parts are what the loop is made of.
type Parts struct {
	Config *v1alpha1.DeschedulerConfiguration
	Clock  clock.PassiveClock
	// Snapshot is the latest one.
	Snapshot func() *verdict.Snapshot
	// Cluster is what is known of the cluster now.
	Cluster func() (*cluster.Cluster, error)
	// Fit makes the fitter of one plan.
	Fit func(ctx context.Context, snapshot *verdict.Snapshot, cluster *cluster.Cluster) (plan.Fitter, error)
	// Evict evicts a pod, with its UID as a precondition.
	Evict func(ctx context.Context, pod *corev1.Pod) error
	// Blocked tells why a pod need not be tried to be evicted now, since that was
	// refused of late. Zero where it may be. Nil: it always may be.
	Blocked func(pod types.UID) reason.Reason
	// Store keeps what must outlive the process.
	Store Store
	// Paused tells why a person has stopped evictions. Zero if none has.
	Paused func() reason.Reason
	// Report tells people and machines what was done.
	Report Reporter
	// Started is since when this process has led.
	Started time.Time
}

// Descheduler is the loop. It is for one goroutine.
type Descheduler struct {
	Parts
	// state is what is stored, once it has been loaded.
	state  history.State
	loaded bool
	// turned is when the latest turn began. Zero: there was none.
	turned time.Time
}

// New makes the loop.
func New(parts Parts) *Descheduler { return &Descheduler{Parts: parts} }

// Store keeps the state. It fails if somebody else has written it meanwhile, as a
// leader does that is not the leader any more.
type Store interface {
	Load(ctx context.Context) (history.State, error)
	Save(ctx context.Context, state history.State) error
}

// Reporter tells what was done, by events, logs and metrics.
type Reporter interface {
	// Planned is told of each plan that was made.
	Planned(ctx context.Context, made *plan.Plan, took time.Duration)
	// Evicted is told of each eviction that was tried, with what has become of the
	// record (Failed tells that it failed), and in dry run of each that would be.
	Evicted(ctx context.Context, pod *corev1.Pod, record history.Record)
	// Judged is told of each eviction of which it is known what came of it.
	Judged(ctx context.Context, record history.Record)
	// Stopped is told at each turn why nothing is evicted at all. Zero: it may be.
	Stopped(ctx context.Context, why reason.Reason)
}
