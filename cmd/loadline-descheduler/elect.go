// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/timekeeper"
)

// leaseGrace is how long after its end a lease that this process believes it holds
// makes it unhealthy.
const leaseGrace = 20 * time.Second

// elector has a function run while this process leads.
type elector struct {
	lead leadFunc
	// config is nil where there is nobody to elect.
	config *leaderelection.LeaderElectionConfig
}

// leadFunc is what is run. A process that was stopped for longer than its lease goes
// on for up to the renew deadline before it is ended: leads tells whether it is still
// the leader, by what it has last read of the lease, and how long ago that was.
type leadFunc func(ctx context.Context, leads func() bool) error

func newElector(s *setup, lead leadFunc, recorder resourcelock.EventRecorder) (*elector, error) {
	election := s.config.LeaderElection
	if !*election.LeaderElect {
		return &elector{lead: lead}, nil
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("finding a name for leader election: %w", err)
	}
	lock, err := resourcelock.NewFromKubeconfig(election.ResourceLock, election.ResourceNamespace, election.ResourceName,
		resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID()), EventRecorder: recorder},
		s.client, election.RenewDeadline.Duration)
	if err != nil {
		return nil, fmt.Errorf("preparing leader election: %w", err)
	}
	return &elector{lead: lead, config: &leaderelection.LeaderElectionConfig{
		Name: name, Lock: lock, ReleaseOnCancel: true,
		LeaseDuration: election.LeaseDuration.Duration,
		RenewDeadline: election.RenewDeadline.Duration,
		RetryPeriod:   election.RetryPeriod.Duration,
		WatchDog:      leaderelection.NewLeaderHealthzAdaptor(leaseGrace),
	}}, nil
}

// run waits to lead, and leads until the context ends. The lease is given up once
// leading has ended, and no sooner: until then, evictions may be under way.
func (e *elector) run(ctx context.Context) error {
	go keepTime(ctx)
	if e.config == nil {
		return e.lead(ctx, func() bool { return true })
	}
	var elector *leaderelection.LeaderElector
	electing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	leading, led := make(chan struct{}), make(chan error, 1)
	e.config.Callbacks = leaderelection.LeaderCallbacks{
		OnStartedLeading: func(context.Context) {
			close(leading)
			led <- e.lead(ctx, func() bool { return elector.IsLeader() && elector.Check(0) == nil })
			stop()
		},
		OnStoppedLeading: func() {
			if electing.Err() == nil {
				klog.FromContext(ctx).Error(nil, "The lease is lost: somebody else may lead by now")
				klog.FlushAndExit(klog.ExitFlushTimeout, 1)
			}
		},
	}
	var err error
	if elector, err = leaderelection.NewLeaderElector(*e.config); err != nil {
		return fmt.Errorf("preparing leader election: %w", err)
	}
	e.config.WatchDog.SetLeaderElection(elector)
	defer context.AfterFunc(ctx, func() {
		select {
		case <-leading: // which ends as well, and then stops
		default:
			stop()
		}
	})()
	elector.Run(electing)
	select {
	case err := <-led:
		return err
	default:
	}
	if ctx.Err() == nil {
		return errors.New("leader election has ended")
	}
	return nil
}

// keepTime ends the process on the spot if its clock is set back: what is measured
// would count as older than what is stored, and what was measured once as new. One
// that was stopped, or whose clock was set ahead, begins anew in the loop.
func keepTime(ctx context.Context) {
	if err := timekeeper.Watch(ctx, timekeeper.Limits{}); err != nil {
		klog.FromContext(ctx).Error(err, "Ending at once: what this process knows may not be true any more")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}
