// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/dashboard"
	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/plugin"
)

// journalSize is the number of pods whose latest decisions are kept, each in a
// few kilobytes.
const journalSize = 1000

// inspection serves what the scheduler knows, and the page that shows it, from the
// first profile's start.
type inspection struct {
	engine  *engine.Engine
	journal *explain.Journal
	tally   *explain.Tally
	address string
	serving bool // factories run one after the other

	mu sync.Mutex
	// plugins are those of the profiles so far.
	plugins []*plugin.Plugin
}

func newInspection(engine *engine.Engine, clock clock.PassiveClock) *inspection {
	i := &inspection{engine: engine, journal: explain.NewJournal(journalSize), tally: explain.NewTally(clock)}
	i.journal.CountIn(i.tally)
	return i
}

func (i *inspection) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&i.address, "inspect-address", inspect.DefaultAddress,
		"The loopback address at which to serve the web page, how nodes stand to their lines, and why pods were placed where they were, for \"kubectl loadline\". Empty: nowhere.")
}

// with has a plugin's factory start to serve, too.
func (i *inspection) with(factory frameworkruntime.PluginFactory) frameworkruntime.PluginFactory {
	return func(ctx context.Context, args runtime.Object, handle fwk.Handle) (fwk.Plugin, error) {
		made, err := factory(ctx, args, handle)
		if err != nil || i.address == "" {
			return made, err
		}
		i.add(made)
		if i.serving {
			return made, nil
		}
		handler, err := i.handler(args, handle)
		if err != nil {
			return nil, err
		}
		listener, err := inspect.Listen(i.address)
		if err != nil {
			return nil, err
		}
		i.serving = true
		logger := klog.FromContext(ctx)
		logger.Info("Serving decisions", "address", listener.Addr().String())
		go func() {
			if err := inspect.Serve(ctx, listener, handler); err != nil {
				logger.Error(err, "Decisions are no longer served")
			}
		}()
		return made, nil
	}
}

// handler answers with a client of its own: those who look take no part of the rate at
// which the scheduler may ask the API server.
func (i *inspection) handler(args runtime.Object, handle fwk.Handle) (http.Handler, error) {
	decoded, err := decodeArgs(args)
	if err != nil {
		return nil, fmt.Errorf("reading the arguments of plugin %s: %w", plugin.Name, err)
	}
	client, err := kubernetes.NewForConfig(handle.KubeConfig())
	if err != nil {
		return nil, fmt.Errorf("making a client for those who inspect: %w", err)
	}
	clock := clock.RealClock{}
	inspected := &inspect.Scheduler{Journal: i.journal, Since: time.Now(), Snapshot: i.engine.Snapshot, Clock: clock}
	page := &dashboard.Page{
		Inspected: inspected.Handler(), Client: client, Namespace: decoded.RulesNamespace, Clock: clock,
		Snapshot: i.engine.Snapshot, Waiting: i.waiting, Journal: i.journal, Tally: i.tally,
		Edits: i.engine.Edits, Interval: i.engine.Interval, Loads: i.engine.Loads,
	}
	return page.Handler(), nil
}

func (i *inspection) add(made fwk.Plugin) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if p, ok := made.(*plugin.Plugin); ok {
		i.plugins = append(i.plugins, p)
	}
}

// waiting are the pods that load lines keep waiting, of all profiles.
func (i *inspection) waiting() []explain.Waiting {
	i.mu.Lock()
	plugins := i.plugins
	i.mu.Unlock()
	var pods []explain.Waiting
	for _, p := range plugins {
		pods = append(pods, p.Waiting()...)
	}
	return pods
}
