// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/explain"
)

// auditing writes down each decision of the journal, from before the first profile's
// start.
type auditing struct {
	journal *explain.Journal
	path    string
	begun   bool // factories run one after the other
	// stop writes what has yet to be written.
	stop func()
}

func (a *auditing) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&a.path, audit.Flag, "", audit.FlagUsage)
}

// with has a plugin's factory begin to write, too.
func (a *auditing) with(factory frameworkruntime.PluginFactory) frameworkruntime.PluginFactory {
	return func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		if err := a.begin(ctx); err != nil {
			return nil, err
		}
		return factory(ctx, args, handle)
	}
}

func (a *auditing) begin(ctx context.Context) error {
	if a.begun || a.path == "" {
		return nil
	}
	log, err := audit.Open(klog.FromContext(ctx), clock.RealClock{}, a.path, "loadline-scheduler")
	if err != nil {
		return err
	}
	if err := log.RegisterMetrics(legacyregistry.Register); err != nil {
		return fmt.Errorf("registering the metrics of the audit log: %w", err)
	}
	a.begun, a.stop = true, log.Start()
	a.journal.Follow(log.AddPlacement)
	return nil
}
