// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command demo shows what Loadline is for, in under two minutes: the same pods
// are placed twice on the same cluster, by the stock kube-scheduler and by
// Loadline; then a node is heated, cooled, and no longer measured; and at last the
// load of a running workload drifts, and pods are moved.
//
// The control plane, both schedulers and the descheduler are real. Nodes, and the
// memory that pods use, are simulated. Every number on the screen is measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/klog/v2"
)

// exitInterrupted is the status of a program that ended by Ctrl-C, by the
// shells' convention.
const exitInterrupted = 130

func main() {
	var options options
	flag.BoolVar(&options.once, "once", false, "stop after the table instead of leaving the cluster up, and fail if anything shown did not happen")
	flag.StringVar(&options.record, "record", "", "write demo.svg and demo-result.svg to this folder")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second Ctrl-C does not wait for the cleaning up.
	// What the client libraries have to say would end up in the picture.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)

	err := perform(ctx, options)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "demo: interrupted")
		os.Exit(exitInterrupted)
	default:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

type options struct {
	once   bool
	record string
}

// perform plays all acts, and cleans up.
func perform(ctx context.Context, options options) (err error) {
	if err := discardResult(); err != nil {
		return err
	}
	show, err := newShow(os.Stdout, options.record != "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, show.close()) }()
	d, err := start(ctx, show)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.stop()) }()
	result, err := d.play(options.record)
	if err != nil {
		return err
	}
	if err := result.write(); err != nil {
		return err
	}
	failures := result.failures()
	if options.once {
		return errors.Join(failures...)
	}
	return d.leaveUp(ctx, failures)
}
