// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

func TestFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*result)
		want   string
	}{
		"as it should be":  {func(*result) {}, ""},
		"nothing improved": {func(r *result) { r.stock.podsKilled = 0 }, "no pod was killed under the stock scheduler: there was nothing to improve"},
		"a kill":           {func(r *result) { r.placed.podsKilled = 1 }, "1 pods were killed under Loadline"},
		"over the line":    {func(r *result) { r.placed.nodesOverLine = 2 }, "2 nodes came over the line under Loadline"},
		"pods missing":     {func(r *result) { r.stock.running = 35 }, "35 of 36 pods ran at the end of the stock scheduler's run"},
		"on the hot node":  {func(r *result) { r.newOnHot = 1 }, "1 new pods were placed on the hot node"},
		"no refusals":      {func(r *result) { r.refusals = 0 }, "the scheduler counts no refusals"},
		"killed later":     {func(r *result) { r.killedLater = 1 }, "1 pods were killed in acts 3 and 4"},
		"nothing moved":    {func(r *result) { r.recovery.evictions = nil }, "no pod was evicted from the node over the line"},
		"late":             {func(r *result) { r.requeue = 3 * time.Second }, "the waiting pod was placed 3s after the tick that knew its node had cooled, not within 2s"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &result{
				stock:    score{nodesOverLine: 6, maxMemory: 1.16, podsKilled: 30, running: 36},
				placed:   score{maxMemory: 0.7, running: 36},
				refusals: 9, requeue: time.Second,
				recovery: recovered(),
			}
			tc.change(r)
			got := ""
			for _, failure := range r.failures() {
				got += failure.Error()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestSumOf(t *testing.T) {
	got, err := sumOf(refusalsMetric, []byte(`# TYPE loadline_refused_nodes_total counter
loadline_refused_nodes_total{rule="a",rule_set="s"} 4
loadline_refused_nodes_total{rule="b",rule_set="s"} 5
loadline_refused_nodes_total_other{rule="b"} 7
`))
	if err != nil || got != 9 {
		t.Errorf("got %d, %v, want 9", got, err)
	}
}
