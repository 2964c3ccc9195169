// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var runStart = time.Unix(1000, 0)

// momentAt is a moment some seconds after the start of a run.
func momentAt(seconds, killed int, memory ...float64) moment {
	at := runStart.Add(time.Duration(seconds) * time.Second)
	return moment{at: at, measuredAt: at, memory: memory, pods: podCount{
		killed: killed, running: 36, pendingTime: time.Duration(seconds) * time.Second,
	}}
}

func TestRun(t *testing.T) {
	r := &run{}
	r.observe(momentAt(-1, 9, 2, 2, 2)) // before it begins
	r.begin(runStart)
	r.observe(momentAt(1, 0, 0.5, 0.95, 0.1))
	r.observe(momentAt(2, 3, 1.07, 0.85, 0.9))
	r.end()
	r.observe(momentAt(3, 9, 2, 2, 2))

	wantScore := score{nodesOverLine: 2, maxMemory: 1.07, podsKilled: 3, pendingTime: 2 * time.Second, running: 36}
	if diff := cmp.Diff(wantScore, r.score(), cmp.AllowUnexported(score{})); diff != "" {
		t.Errorf("unexpected score (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1.07, 0.95, 0.9}, r.highest().memory); diff != "" {
		t.Errorf("unexpected highest memory (-want +got):\n%s", diff)
	}
	for elapsed, wantKilled := range map[time.Duration]int{
		1500 * time.Millisecond: 0,
		2 * time.Second:         3,
		time.Minute:             3,
	} {
		if m, ok := r.after(elapsed); !ok || m.pods.killed != wantKilled {
			t.Errorf("after %v got %d killed (found: %t), want %d", elapsed, m.pods.killed, ok, wantKilled)
		}
	}
	if _, ok := r.after(0); ok {
		t.Error("found a moment before the first")
	}
}
