// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package configfile follows the file that a process was configured by while it runs.
//
// The file is told to have changed by its content, looked at time after time: that
// holds for editors, for copies, and for volumes of ConfigMaps, which change by a
// symbolic link in their path that comes to point elsewhere.
package configfile

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// Look is how often a file is to be looked at.
const Look = 2 * time.Second

// File is a configuration file. It is for one goroutine.
type File struct {
	path  string
	clock clock.PassiveClock

	seen    []byte // in the file, at the last look
	inForce []byte // nil before the file was first put in force
	refused string // why what is in the file is not in force

	failed, succeeded *metrics.Gauge
}

// Follow follows a file. What is in it to begin with is put in force as well, since
// nobody knows whether it is what the process has read.
func Follow(path string, clock clock.PassiveClock) *File {
	gauge := func(name, help string) *metrics.Gauge {
		return metrics.NewGauge(&metrics.GaugeOpts{Namespace: "loadline", Subsystem: "config", Name: name, Help: help, StabilityLevel: metrics.ALPHA})
	}
	return &File{
		path: path, clock: clock,
		failed: gauge("reload_failed",
			"1 while the file of --config cannot be used and the last good one goes on, else 0."),
		succeeded: gauge("reload_success_timestamp_seconds",
			"Unix time at which the file of --config last came into force."),
	}
}

// RegisterMetrics registers what is told of the file.
func (f *File) RegisterMetrics(register func(metrics.Registerable) error) error {
	for _, metric := range []metrics.Registerable{f.failed, f.succeeded} {
		if err := register(metric); err != nil {
			return fmt.Errorf("registering the metrics of the configuration file: %w", err)
		}
	}
	return nil
}

// Read looks at the file, and has an edit put in force that the last look has seen as
// well: before that, it may be half written. What is wrong with it is logged once. It
// is tried again at each look, since a file that it names may come later.
func (f *File) Read(ctx context.Context, apply func(content []byte) error) {
	content, err := os.ReadFile(f.path)
	if err != nil {
		f.refuse(ctx, fmt.Errorf("reading the configuration: %w", err))
		return
	}
	if !bytes.Equal(content, f.seen) {
		f.seen = content
		return
	}
	if bytes.Equal(content, f.inForce) && f.refused == "" {
		return
	}
	if err := apply(content); err != nil {
		f.refuse(ctx, err)
		return
	}
	f.inForce, f.refused = content, ""
	f.failed.Set(0)
	f.succeeded.Set(float64(f.clock.Now().Unix()))
	klog.FromContext(ctx).Info("Configuration is in force", "file", f.path)
}

func (f *File) refuse(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // it is the end of the process
	}
	f.failed.Set(1)
	if err.Error() == f.refused {
		return
	}
	f.refused = err.Error()
	klog.FromContext(ctx).Error(err, "Configuration refused; the last good one goes on", "file", f.path)
}
