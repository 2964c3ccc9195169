// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

// recovered is how act 5 should end: two pods of 5% each have left a node at 94%.
func recovered() recovery {
	moved := func(name string, predicted float64, to string) history.Record {
		return history.Record{
			Pod: history.Pod{Name: name}, Node: "node-05",
			Before:    history.Before{Value: 0.94, Share: 0.05},
			Predicted: history.Predicted{SourceAfter: predicted, Destination: to},
			Successor: history.Successor{Node: to}, After: ptr.To(0.841), Effect: history.EffectLowered,
		}
	}
	return recovery{
		node: "node-05", grown: 5, over: 5 * time.Second,
		evictions: []history.Record{moved("a", 0.89, "node-02"), moved("b", 0.84, "node-03")},
		score:     score{nodesOverLine: 1, maxMemory: 0.94},
	}
}

func TestRecoveryCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*recovery)
		want   string
	}{
		"as it should be":    {func(*recovery) {}, ""},
		"nothing moved":      {func(r *recovery) { r.evictions = nil }, "no pod was evicted from the node over the line"},
		"a kill":             {func(r *recovery) { r.killed = 1 }, "1 pods were killed in act 5"},
		"another node":       {func(r *recovery) { r.score.nodesOverLine = 2 }, "2 nodes came over the line in act 5, not one"},
		"moves that go on":   {func(r *recovery) { r.late = 1 }, "1 pods more were evicted when the node was back below the line"},
		"one too many":       {func(r *recovery) { r.evictions[1].Predicted.SourceAfter = 0.79 }, "2 pods were evicted, and fewer would have done\nthe node measured 84.1% after the evictions, and 79.0% was predicted"},
		"not enough":         {func(r *recovery) { after(r, 0.855) }, "the node measured 85.5% after the evictions, which is not below 85%"},
		"predicted too high": {func(r *recovery) { after(r, 0.81) }, "the node measured 81.0% after the evictions, and 84.0% was predicted"},
		"off another node":   {func(r *recovery) { r.evictions[0].Node = "node-01" }, "pod a was evicted from node-01, which was not over the line"},
		"in vain":            {func(r *recovery) { r.evictions[1].Effect = history.EffectNone }, "the effect of the eviction of pod b is None"},
		"back again":         {func(r *recovery) { r.evictions[0].Successor.Node = "node-05" }, "the successor of pod a came back to node-05"},
	} {
		t.Run(name, func(t *testing.T) {
			r := recovered()
			tc.change(&r)
			var failures []error
			r.check(func(ok bool, format string, args ...any) {
				if !ok {
					failures = append(failures, fmt.Errorf(format, args...))
				}
			})
			got := ""
			if len(failures) > 0 {
				got = errors.Join(failures...).Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("unexpected failures (-want +got):\n%s", diff)
			}
		})
	}
}

// after changes what the node measured.
func after(r *recovery, value float64) {
	for i := range r.evictions {
		r.evictions[i].After = &value
	}
}

func TestTables(t *testing.T) {
	r := &result{
		nodes:    12,
		stock:    score{nodesOverLine: 6, maxMemory: 1.16, podsKilled: 30, pendingTime: 1800 * time.Millisecond, running: 36},
		placed:   score{maxMemory: 0.7, pendingTime: 1700 * time.Millisecond, running: 36},
		refusals: 71, waited: 3200 * time.Millisecond, requeue: 40 * time.Millisecond,
		recovery: recovered(),
	}
	lines := func(rows []screen.Row) []string {
		var text []string
		for _, row := range rows {
			text = append(text, strings.TrimRight(row.Text(), " "))
		}
		return text
	}
	want := []string{
		"acts 1 and 2, measured            stock Loadline │ act 5, measured                         Loadline",
		"──────────────────────────────────────────────── │ ────────────────────────────────────────────────",
		"pods killed                          30        0 │ pods killed                                    0",
		"nodes that came over the line   6 of 12  0 of 12 │ nodes that came over the line            1 of 12",
		"highest memory of a node           116%      70% │ highest memory of that node                  94%",
		"time that pods were pending       1.8 s    1.7 s │ time that it was over the line             5.0 s",
		"                                                 │ pods moved, of those that had grown       2 of 5",
		"                                                 │ its memory after that, predicted           84.0%",
		"                                                 │ its memory after that, measured            84.1%",
		"",
		"Acts 3 and 4, where the demo itself heated a node, are not in the tables: Loadline refused nodes 71",
		"times; a pod waited 3.2 s for the hot node, and was placed 0.04 s after the tick that knew it had",
		"cooled.",
	}
	if diff := cmp.Diff(want, lines(r.tables(recordedColumns))); diff != "" {
		t.Errorf("unexpected tables (-want +got):\n%s", diff)
	}
	const narrow = 60
	for _, line := range r.tables(narrow) {
		if line.Width() > narrow {
			t.Errorf("%q has %d columns, want %d at most", line.Text(), line.Width(), narrow)
		}
	}
}
