// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/configfile"
	"github.com/loadline-dev/loadline/pkg/descheduler/fit"
)

// reloading follows the file of --config while this process leads. It is for the
// goroutine that leads, as is the configuration itself, so that no turn sees two.
// A replica that stands by reads it when it comes to lead.
type reloading struct {
	*process
	file *configfile.File
	// pending are the fields that have changed without effect, as last logged.
	pending []string
}

func newReloading(p *process) *reloading {
	return &reloading{process: p, file: configfile.Follow(p.configFile, p.clock)}
}

// look has an edit of the file take effect.
func (r *reloading) look(ctx context.Context) {
	r.file.Read(ctx, func([]byte) error { return r.apply(ctx) })
}

// apply puts in force what can be while the process runs. A file with which it would
// not start again is refused as a whole.
func (r *reloading) apply(ctx context.Context) error {
	read, err := loadConfig(r.configFile)
	if err != nil {
		return err
	}
	if read.Protections.SchedulerNames == nil && r.scheduler != nil {
		read.Protections.SchedulerNames = fit.Profiles(r.scheduler)
	}
	next := *read
	next.ClientConnection, next.LeaderElection = r.config.ClientConnection, r.config.LeaderElection
	next.RulesNamespace, next.SchedulerConfigFile = r.config.RulesNamespace, r.config.SchedulerConfigFile
	next.Evictions, next.Estimates.Disabled = r.config.Evictions, r.config.Estimates.Disabled
	if err := r.engine.Reload(ctx, argumentsBy(&next)); err != nil {
		return fmt.Errorf("changing how nodes are measured by --config %s: %w", r.configFile, err)
	}
	logger := klog.FromContext(ctx)
	if *next.DryRun != *r.config.DryRun {
		logger.Info("The dry run has been switched on or off", "dryRun", *next.DryRun)
	}
	*r.config = next
	return r.tellPending(logger, read)
}

// tellPending logs what of the file differs from the configuration in force.
func (r *reloading) tellPending(logger klog.Logger, read *v1alpha1.DeschedulerConfiguration) error {
	inForce, err := asJSON(r.config)
	if err != nil {
		return err
	}
	inFile, err := asJSON(read)
	if err != nil {
		return err
	}
	pending := configfile.Differences(inForce, inFile)
	if len(pending) > 0 && !slices.Equal(pending, r.pending) {
		logger.Info("A part of the configuration needs a restart to take effect", "file", r.configFile, "fields", pending)
	}
	r.pending = pending
	return nil
}

func asJSON(config *v1alpha1.DeschedulerConfiguration) (document any, err error) {
	text, err := json.Marshal(config)
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the configuration as JSON: %w", err)
	}
	return document, nil
}
