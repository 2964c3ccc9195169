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

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// journalSize is the number of pods whose latest decisions are kept, each in a
// few kilobytes.
const journalSize = 1000

// inspection serves the journal of decisions, from the first profile's start.
type inspection struct {
	journal *explain.Journal
	address string
	serving bool // factories run one after the other
}

func (i *inspection) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&i.address, "inspect-address", inspect.DefaultAddress,
		"The loopback address at which to say why pods were placed where they were, for \"kubectl loadline explain\". Empty: nowhere.")
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
		since := time.Now()
		go func() {
			if err := inspect.Serve(ctx, listener, i.journal, since); err != nil {
				logger.Error(err, "Decisions are no longer served")
			}
		}()
		return plugin, nil
	}
}
