// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package clustertest starts clusters for tests.
package clustertest

import (
	"context"
	"testing"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Start starts a cluster for the test, which fails if there is none to be had, and stops it when the test
// ends. A component that died, and that the test has not heard of from Failed, fails the test; a failed test
// shows the end of each component's log. There may be one Options.
func Start(t testing.TB, opts ...cluster.Options) *cluster.Cluster {
	t.Helper()
	var options cluster.Options
	if len(opts) > 0 {
		options = opts[0]
	}
	// The test's own context ends before its cleanups run, which need the logs.
	c, err := cluster.Start(context.Background(), options)
	if err != nil {
		t.Fatalf("starting the cluster: %v", err)
	}
	t.Cleanup(func() { finish(t, c) })
	return c
}

func finish(t testing.TB, c *cluster.Cluster) {
	select {
	case err := <-c.Failed():
		t.Error(err)
	default:
	}
	if t.Failed() {
		t.Logf("the cluster's logs:\n%s", c.LogTails())
	}
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}
