// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package soak runs Loadline for a long time on a cluster in a box in which nodes,
// pods and rules come and go, pods are moved and replicas fail over, and fails if
// anything is left behind.
//
// It takes a minute and a half unless told otherwise:
//
//	go test -timeout 0 ./test/soak -v -soak.duration=30m
package soak

import (
	"flag"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

var duration = flag.Duration("soak.duration", 90*time.Second, "how long things come and go")

const (
	// warmUp is how many cycles go by before the figures that others are compared
	// with: by then caches, connections and the metrics of all that can happen are
	// there.
	warmUp = 2
	// reportEvery is how often figures are taken on the way, for the log.
	reportEvery = 2 * time.Minute
)

func TestSoak(t *testing.T) {
	w := newWorld(t, clustertest.Start(t))
	w.install()
	for range warmUp {
		w.cycle()
	}
	first := w.atRest()
	w.report("after the warm-up", first)

	began, reported := time.Now(), time.Now()
	for time.Since(began) < *duration {
		w.cycle()
		if time.Since(reported) > reportEvery {
			reported = time.Now()
			w.report("on the way", w.figures())
		}
	}
	last := w.atRest()
	w.report("at the end", last)
	w.compare(first, last)
	w.leftBehind()
}

// install starts two replicas of each program. The second ones come first, and lead
// until they are killed: the first ones live from the beginning to the end.
func (w *world) install() {
	w.Helper()
	w.must(deploy.Manifests(w, w.Cluster))
	w.must(deploy.DeschedulerManifests(w, w.Cluster))
	w.nodes()
	w.rules(permanentRules, lineRules)
	w.startStandbys()
	w.awaitHolders()
	w.scheduler = w.startScheduler("scheduler-0")
	w.descheduler = w.startDescheduler("descheduler-0")
	w.awaitServing(w.scheduler)
	w.awaitServing(w.descheduler)
}
