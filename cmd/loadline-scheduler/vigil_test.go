// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// How long a process may be stopped is how long it is sure to lead, as the
// configuration and the flags together say.
func TestVigil(t *testing.T) {
	cases := map[string]struct {
		election string
		flags    []string
		want     time.Duration
	}{
		"by default":     {want: 10 * time.Second},
		"configured":     {election: "{leaderElect: true, renewDeadline: 20s, leaseDuration: 30s}", want: 20 * time.Second},
		"by a flag":      {election: "{renewDeadline: 20s, leaseDuration: 30s}", flags: []string{"--leader-elect-renew-deadline=5s"}, want: 5 * time.Second},
		"nobody elected": {election: "{leaderElect: false}"},
		"not elected by a flag": {
			election: "{leaderElect: true}", flags: []string{"--leader-elect=false"},
		},
		"elected by a flag": {
			election: "{leaderElect: false}", flags: []string{"--leader-elect=true"}, want: 10 * time.Second,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config := "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
			if tc.election != "" {
				config += "leaderElection: " + tc.election + "\n"
			}
			command, kept := app.NewSchedulerCommand(), &vigil{}
			if err := command.ParseFlags(append(tc.flags, "--config="+writeFile(t, "config.yaml", config))); err != nil {
				t.Fatal(err)
			}
			settings, err := loadSettings(command)
			if err != nil {
				t.Fatal(err)
			}
			if err := kept.configure(settings, command.Flags()); err != nil {
				t.Fatal(err)
			}
			if kept.limits.Stopped != tc.want {
				t.Errorf("it may be stopped for %s, want %s", kept.limits.Stopped, tc.want)
			}
		})
	}
}
