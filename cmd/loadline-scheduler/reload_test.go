// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// aProfile is one with the plugin Loadline and these arguments.
func aProfile(name, args string) string {
	return fmt.Sprintf(`
- schedulerName: %s
  plugins: {multiPoint: {enabled: [{name: Loadline}]}}
  pluginConfig: [{name: Loadline, args: {apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, %s}}]`, name, args)
}

func aConfig(head string, profiles ...string) string {
	return "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n" +
		"leaderElection: {leaderElect: false}\n" + head + "profiles:" + strings.Join(profiles, "") + "\n"
}

func TestEditsOfTheConfiguration(t *testing.T) {
	started := aConfig("", aProfile("loadline", "telemetry: {interval: 15s}"))
	cases := map[string]struct {
		edited string
		// interval is the one in force, pending what needs a restart, and refused a
		// part of the error.
		interval time.Duration
		pending  []string
		refused  string
	}{
		"nothing":   {edited: started, interval: 15 * time.Second},
		"a comment": {edited: "# why not\n" + started, interval: 15 * time.Second},
		"telemetry": {edited: aConfig("", aProfile("loadline", "telemetry: {interval: 30s}")), interval: 30 * time.Second},
		"estimates": {edited: aConfig("", aProfile("loadline", "telemetry: {interval: 15s}, estimates: {requestFactor: 50%}")), interval: 15 * time.Second},
		"whether there are estimates, and where rules are": {
			edited:   aConfig("", aProfile("loadline", "telemetry: {interval: 30s}, estimates: {disabled: true}, rulesNamespace: elsewhere")),
			interval: 30 * time.Second,
			pending:  []string{"profiles[0].pluginConfig[0].args.estimates.disabled", "profiles[0].pluginConfig[0].args.rulesNamespace"},
		},
		"of the stock scheduler": {
			edited:   aConfig("parallelism: 4\n", aProfile("loadline", "telemetry: {interval: 30s}")),
			interval: 30 * time.Second, pending: []string{"parallelism"},
		},
		"one more profile": {
			edited:   aConfig("", aProfile("loadline", "telemetry: {interval: 30s}"), aProfile("other", "telemetry: {interval: 30s}")),
			interval: 30 * time.Second, pending: []string{"profiles"},
		},
		"profiles that differ": {
			edited:  aConfig("", aProfile("loadline", "telemetry: {interval: 30s}"), aProfile("other", "telemetry: {interval: 15s}")),
			refused: `profile "other"`,
		},
		"a wrong value":                                    {edited: aConfig("", aProfile("loadline", "telemetry: {interval: 30}")), refused: "telemetry.interval"},
		"a field that there is not":                        {edited: aConfig("", aProfile("loadline", "telemetri: {}")), refused: "telemetri"},
		"a field of the stock scheduler that there is not": {edited: aConfig("parallel: 4\n", aProfile("loadline", "telemetry: {interval: 30s}")), refused: "parallel"},
		"a value that the stock scheduler refuses":         {edited: aConfig("parallelism: -4\n", aProfile("loadline", "telemetry: {interval: 30s}")), refused: "parallelism"},
		"no plugin": {edited: aConfig("", "\n- schedulerName: loadline"), refused: "no profile has the plugin"},
		"no file":   {edited: "", refused: "reading --config"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var args *v1alpha1.LoadlineArgs
			r := &reloading{reload: func(_ context.Context, got *v1alpha1.LoadlineArgs) error {
				args = got
				return nil
			}}
			ctx := klog.NewContext(t.Context(), ktesting.NewLogger(t, ktesting.NewConfig()))
			for _, content := range []string{started, tc.edited} {
				path := writeFile(t, "config.yaml", content)
				r.path = func() string { return path }
				if err := r.apply(ctx, []byte(content)); content == tc.edited && tc.refused != "" {
					if err == nil || !strings.Contains(err.Error(), tc.refused) {
						t.Fatalf("got error %v, want %q in it", err, tc.refused)
					}
					tc.interval = 15 * time.Second
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if got := args.Telemetry.Interval.Value(); got != tc.interval {
				t.Errorf("measures every %v, want %v", got, tc.interval)
			}
			if diff := cmp.Diff(tc.pending, r.pending); diff != "" {
				t.Errorf("what needs a restart (-want +got):\n%s", diff)
			}
		})
	}
}
