// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// journalSize is the number of pods whose latest decisions are kept, each in a
// few kilobytes.
const journalSize = 1000

// inspection serves what the scheduler knows, from the first profile's start.
type inspection struct {
	journal *explain.Journal
	// snapshot is the latest one.
	snapshot func() *verdict.Snapshot
	address  string
	serving  bool // factories run one after the other
}

func (i *inspection) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&i.address, "inspect-address", inspect.DefaultAddress,
		"The loopback address at which to say how nodes stand to their lines, and why pods were placed where they were, for \"kubectl loadline\". Empty: nowhere.")
}

// with has a plugin's factory start to serve, too.
func (i *inspection) with(factory frameworkruntime.PluginFactory) frameworkruntime.PluginFactory {
	return func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		plugin, err := factory(ctx, args, handle)
		if err != nil || i.serving || i.address == "" {
			return plugin, err
		}
		listener, err := inspect.Listen(i.address)
		if err != nil {
			return nil, err
		}
		i.serving = true
		logger := klog.FromContext(ctx)
		logger.Info("Serving decisions", "address", listener.Addr().String())
		scheduler := &inspect.Scheduler{Journal: i.journal, Since: time.Now(), Snapshot: i.snapshot, Clock: clock.RealClock{}}
		go func() {
			if err := inspect.Serve(ctx, listener, scheduler.Handler()); err != nil {
				logger.Error(err, "Decisions are no longer served")
			}
		}()
		return plugin, nil
	}
}
