// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestVictims(t *testing.T) {
	pod := func(name string, usage, request int64) process {
		return process{&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}, usage, request}
	}
	for name, tc := range map[string]struct {
		processes []process
		want      []string
	}{
		"no pods":  {nil, nil},
		"all fits": {[]process{pod("a", 60, 10), pod("b", 40, 10)}, nil},
		"one goes": {[]process{pod("a", 60, 10), pod("b", 41, 10)}, []string{"a"}},
		"furthest above its request, not largest": {[]process{pod("a", 60, 50), pod("b", 50, 10)}, []string{"b"}},
		"two go":              {[]process{pod("a", 80, 80), pod("b", 30, 0), pod("c", 20, 0)}, []string{"b"}},
		"until the rest fits": {[]process{pod("a", 90, 90), pod("b", 30, 0), pod("c", 20, 0)}, []string{"b", "c"}},
		"equals in order":     {[]process{pod("a", 60, 0), pod("b", 60, 0)}, []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, victim := range victims(tc.processes, 100) {
				got = append(got, victim.pod.Name)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("unexpected victims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRestartUsage(t *testing.T) {
	start := time.Unix(1000, 0)
	killed := restart{at: start, full: 1000}
	for name, tc := range map[string]struct {
		after time.Duration
		want  int64
	}{
		"at once":   {0, 50},
		"half way":  {growTime / 2, 525},
		"grown":     {growTime, 1000},
		"afterward": {2 * growTime, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			if got := killed.usage(start.Add(tc.after)); got != tc.want {
				t.Errorf("got %d bytes, want %d", got, tc.want)
			}
		})
	}
}
