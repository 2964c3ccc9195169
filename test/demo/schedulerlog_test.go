// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/textlogger"
)

func TestFindCrossing(t *testing.T) {
	tick := time.Unix(1000, 0)
	measuredAt := time.UnixMilli(999_400)
	write := func(tick, measuredAt any) []byte {
		var text bytes.Buffer
		logger := textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(&text)))
		logger.Info("Something else", "node", klog.KRef("", "node-02"))
		logger.Info(overTheLine, "node", klog.KRef("", "node-01"), "tick", tick, "value", 0.5, "measuredAt", measuredAt)
		logger.Info(overTheLine, "node", klog.KRef("", "node-02"), "tick", tick, "value", 0.96, "measuredAt", measuredAt)
		return text.Bytes()
	}
	want := crossing{node: "node-02", value: 0.96, measuredAt: measuredAt, tick: tick}
	for name, tc := range map[string]struct {
		text   []byte
		want   crossing
		wantOK bool
	}{
		"times as Go writes them":         {write(tick, measuredAt), want, true},
		"times as Kubernetes writes them": {write(tick.Format(time.RFC3339Nano), measuredAt.Format(time.RFC3339Nano)), want, true},
		"nothing":                         {nil, crossing{}, false},
		"still being written":             {bytes.TrimSuffix(write(tick, measuredAt), []byte("\n")), crossing{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok, err := findCrossing(tc.text, overTheLine, "node-02")
			if err != nil {
				t.Fatal(err)
			}
			if ok != tc.wantOK {
				t.Errorf("got found: %t, want %t", ok, tc.wantOK)
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(crossing{})); diff != "" {
				t.Errorf("unexpected crossing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindCrossingUnreadable(t *testing.T) {
	line := []byte(`I0101 00:00:00.000000 1 a.go:1] "` + backBelow + `" node="node-01" tick="noon"` + "\n")
	if _, ok, err := findCrossing(line, backBelow, "node-01"); ok || err == nil {
		t.Errorf("got found: %t, error %v, want an error about the time", ok, err)
	}
}
