// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package descheduler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// stops is a reporter that keeps why nothing was evicted.
type stops []reason.Reason

func (*stops) Planned(context.Context, *plan.Plan, time.Duration)   {}
func (*stops) Evicted(context.Context, *corev1.Pod, history.Record) {}
func (*stops) Judged(context.Context, history.Record)               {}
func (s *stops) Stopped(_ context.Context, why reason.Reason)       { *s = append(*s, why) }

// unreadable is a store whose content nobody understands.
type unreadable struct{ error }

func (u unreadable) Load(context.Context) (history.State, error) { return history.State{}, u.error }
func (unreadable) Save(context.Context, history.State) error     { return nil }

// Who cannot tell what was evicted evicts nothing, and says so as for any other
// reason: an error in the log alone is not seen.
func TestWhatIsNotKnownIsReported(t *testing.T) {
	config := &v1alpha1.DeschedulerConfiguration{}
	config.SetDefaults()
	for name, change := range map[string]func(*descheduler.Parts){
		"the ledger": func(p *descheduler.Parts) { p.Store = unreadable{errors.New("not YAML")} },
		"the cluster": func(p *descheduler.Parts) {
			p.Cluster = func() (*cluster.Cluster, error) { return nil, errors.New("not YAML") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			reported := &stops{}
			parts := descheduler.Parts{
				Config: config, Clock: clocktesting.NewFakePassiveClock(time.Unix(1_800_000_000, 0)), Report: reported,
				Store:    unreadable{},
				Snapshot: func() *verdict.Snapshot { return nil },
				Cluster:  func() (*cluster.Cluster, error) { return cluster.New(cluster.Objects{}), nil },
			}
			change(&parts)
			if err := descheduler.New(parts).Step(t.Context()); err == nil || !strings.Contains(err.Error(), "not YAML") {
				t.Errorf("got %v, want the error", err)
			}
			if len(*reported) != 1 || (*reported)[0].Code != descheduler.Failed || !strings.Contains((*reported)[0].Message, "not YAML") {
				t.Errorf("reported %v, want %s", *reported, descheduler.Failed)
			}
		})
	}
}

// Each turn tells once whether anything may be evicted: one that fails at each turn
// would be news at each turn otherwise.
func TestEachTurnIsToldOnce(t *testing.T) {
	config := &v1alpha1.DeschedulerConfiguration{}
	config.SetDefaults()
	now := time.Unix(1_800_000_000, 0)
	reported := &stops{}
	loop := descheduler.New(descheduler.Parts{
		Config: config, Clock: clocktesting.NewFakePassiveClock(now), Started: now.Add(-time.Hour), Report: reported,
		Store:    unreadable{},
		Snapshot: func() *verdict.Snapshot { return verdict.Evaluate(verdict.Input{Now: now}) },
		Cluster:  func() (*cluster.Cluster, error) { return cluster.New(cluster.Objects{}), nil },
		Paused:   func() reason.Reason { return reason.Reason{} },
		Fit: func(context.Context, *verdict.Snapshot, *cluster.Cluster) (plan.Fitter, error) {
			return nil, errors.New("no scheduler")
		},
	})
	for range 3 {
		if err := loop.Step(t.Context()); err == nil {
			t.Error("got no error")
		}
	}
	for _, why := range *reported {
		if why.Code != descheduler.Failed {
			t.Errorf("reported %v, want %s", why, descheduler.Failed)
		}
	}
	if len(*reported) != 3 {
		t.Errorf("reported %d times, want once for each of three turns", len(*reported))
	}
}
