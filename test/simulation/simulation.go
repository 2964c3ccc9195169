// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/eviction"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Settings are how a cluster is descheduled.
type Settings struct {
	// Interval is the time between two ticks. Default 15s.
	Interval time.Duration
	// Rules are rule sets, and Config is a DeschedulerConfiguration without its head.
	// It is in force as it would be in a cluster, but that dry run is off.
	Rules  []string
	Config string
	// Fit makes the Fitter of a plan. Default: NewFitter.
	Fit func(ctx context.Context, snapshot *verdict.Snapshot, known *cluster.Cluster) (plan.Fitter, error)
	// Off has nobody deschedule.
	Off bool
}

// Simulation is a cluster with a scheduler and a descheduler.
type Simulation struct {
	*Cluster
	*Source
	Report *Report
	Ledger *Ledger
	// Paused is why a person has stopped evictions.
	Paused reason.Reason
	// Config may be changed before the first turn.
	Config *v1alpha1.DeschedulerConfiguration
	// OnEvict is called before each eviction that is asked for. An error fails it.
	OnEvict func(pod *corev1.Pod) error
	// OnEvicted is called after each that was carried out.
	OnEvicted func()
	// OnTick is called once the nodes are measured, and OnStep after each step.
	OnTick, OnStep func()
	// Errors are what turns have failed with.
	Errors []error

	settings Settings
	engine   *engine
	// leaders are the processes that think that they lead: one, but for Split.
	leaders []*leader
	stepped *leader
}

// leader is a process of the descheduler that leads.
type leader struct {
	loop *descheduler.Descheduler
	dead bool
}

// errKilled ends a process in the middle of a turn.
var errKilled = errors.New("the leader was killed")

// New makes a simulation of an empty cluster.
func New(settings Settings) (*Simulation, error) {
	if settings.Interval == 0 {
		settings.Interval = 15 * time.Second
	}
	if settings.Fit == nil {
		settings.Fit = NewFitter
	}
	config, err := newConfig(settings)
	if err != nil {
		return nil, err
	}
	s := &Simulation{Cluster: NewCluster(), Source: &Source{}, Report: &Report{Passed: map[reason.Code]int{}}, Ledger: &Ledger{}, Config: config, OnTick: func() {}, OnStep: func() {}, settings: settings}
	if s.engine, err = newEngine(s.Cluster, s.Source, settings.Interval, settings.Rules); err != nil {
		return nil, err
	}
	return s, nil
}

func newConfig(settings Settings) (*v1alpha1.DeschedulerConfiguration, error) {
	text := fmt.Sprintf("apiVersion: loadline.dev/v1alpha1\nkind: DeschedulerConfiguration\ntelemetry: {interval: %s}\n%s", settings.Interval, settings.Config)
	config, err := v1alpha1.DecodeDeschedulerConfiguration([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if len(config.Protections.SchedulerNames) == 0 {
		config.Protections.SchedulerNames = []string{SchedulerName} // of the profiles
	}
	dryRun := false
	config.DryRun = &dryRun
	return config, nil
}

// Run lets time pass.
func (s *Simulation) Run(ctx context.Context, duration time.Duration) error {
	for until := s.Now().Add(duration); s.Now().Before(until); {
		if s.steps == 0 {
			if err := s.turn(ctx); err != nil {
				return err
			}
		}
		s.advance()
		if err := s.turn(ctx); err != nil {
			return err
		}
		s.OnStep()
	}
	return nil
}

// turn does all that is due at this instant.
func (s *Simulation) turn(ctx context.Context) error {
	isTick := s.Now().Sub(Start)%s.settings.Interval == 0
	if isTick {
		s.engine.tick()
		s.OnTick()
	}
	s.place(ctx)
	if !isTick || s.settings.Off {
		return nil
	}
	return s.deschedule(ctx)
}

// place tries all pods that wait, in the order of their workloads.
func (s *Simulation) place(ctx context.Context) {
	var placer *scheduler
	for _, pod := range s.Pods() {
		if pod.node != nil || s.engine.snapshot == nil {
			continue
		}
		if placer == nil {
			placer = newScheduler(s.engine.snapshot, cluster.New(s.Objects()))
		}
		amounts := s.engine.snapshot.Pending.Expect(pod.Pod)
		if node, _, _ := placer.Place(ctx, pod.Pod, amounts); node != "" {
			s.bind(pod, node)
			placer.add(node, pod.Pod) // the snapshot learns of it from the ledger
		}
	}
}

// deschedule takes one turn of the loop.
func (s *Simulation) deschedule(ctx context.Context) error {
	if len(s.leaders) == 0 {
		if err := s.Split(); err != nil {
			return err
		}
	}
	for _, leader := range slices.Clone(s.leaders) {
		s.step(ctx, leader)
	}
	s.leaders = slices.DeleteFunc(s.leaders, func(l *leader) bool { return l.dead })
	return nil
}

// step has one process take its turn, in the middle of which it may be killed.
func (s *Simulation) step(ctx context.Context, leader *leader) {
	s.stepped = leader
	defer func() {
		if !leader.dead {
			return
		}
		if cause := recover(); cause != any(errKilled) {
			panic(cause)
		}
	}()
	if err := leader.loop.Step(ctx); err != nil {
		s.Errors = append(s.Errors, err)
	}
}

// Split starts another process that leads, while the one before does not know yet
// that it does not any more.
func (s *Simulation) Split() error {
	another, err := s.newLeader()
	s.leaders = append(s.leaders, another)
	return err
}

// Depose ends all processes that lead but the latest.
func (s *Simulation) Depose() { s.leaders = s.leaders[max(0, len(s.leaders)-1):] }

// newLeader starts a process.
func (s *Simulation) newLeader() (*leader, error) {
	client, err := s.Client()
	if err != nil {
		return nil, err
	}
	l, clock := &leader{}, aheadClock{s.engine}
	evictor := eviction.New(client, clock)
	l.loop = descheduler.New(descheduler.Parts{
		Config: s.Config, Clock: clock, Started: clock.Now(),
		Snapshot: func() *verdict.Snapshot { return s.engine.snapshot },
		Cluster:  func() (*cluster.Cluster, error) { return cluster.New(s.Objects()), nil },
		Fit:      s.settings.Fit,
		Evict: func(ctx context.Context, pod *corev1.Pod) error {
			if s.OnEvict != nil {
				if err := s.OnEvict(pod); err != nil {
					return err
				}
			}
			err := evictor.Evict(ctx, pod)
			if err == nil && s.OnEvicted != nil {
				s.OnEvicted()
			}
			return err
		},
		Blocked: evictor.Blocked,
		Store:   &store{ledger: s.Ledger, dead: &l.dead},
		Paused:  func() reason.Reason { return s.Paused },
		Report:  reporter{s.Report},
	})
	return l, nil
}

// aheadClock is that of whoever measures.
type aheadClock struct{ *engine }

func (c aheadClock) Now() time.Time { return c.now() }

func (c aheadClock) Since(at time.Time) time.Duration { return c.now().Sub(at) }

// Kill ends the process whose turn it is on the spot. At the next tick another
// leads.
func (s *Simulation) Kill() {
	s.stepped.dead = true
	panic(errKilled)
}

// Restart ends the leader between two turns. Its verdicts begin anew unless they
// are replayed over what is stored.
func (s *Simulation) Restart(replayed bool) {
	s.leaders = nil
	if !replayed {
		s.engine.forget()
	}
}

// Snapshot is the latest.
func (s *Simulation) Snapshot() *verdict.Snapshot { return s.engine.snapshot }

// Remeasure publishes another snapshot at this instant, as the engine does when
// time passes in the middle of a turn.
func (s *Simulation) Remeasure() { s.engine.tick() }
