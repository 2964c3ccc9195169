// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The configurations that are shipped can be read.
func TestReadShippedSettings(t *testing.T) {
	for file, interval := range map[string]time.Duration{"config.yaml": 15 * time.Second, "config-prometheus.yaml": 30 * time.Second} {
		data, err := os.ReadFile(filepath.Join("../../../manifests/scheduler", file))
		if err != nil {
			t.Fatal(err)
		}
		settings, err := ReadSettings(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got := settings.Telemetry.Interval.Value(); got != interval {
			t.Errorf("%s: got interval %s, want %s", file, got, interval)
		}
		if got, want := settings.Telemetry.Prometheus != nil, strings.Contains(file, "prometheus"); got != want {
			t.Errorf("%s: got a Prometheus server: %v, want %v", file, got, want)
		}
	}
}

func TestReadSettings(t *testing.T) {
	const scheduler = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
	cases := map[string]struct {
		text string
		// wantErr is a part of the error. Empty: none.
		wantErr string
	}{
		"arguments alone":         {text: "apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\n"},
		"no arguments":            {text: scheduler + "profiles: [{pluginConfig: [{name: Loadline}]}]\n"},
		"nothing of the plugin":   {text: scheduler + "profiles: [{pluginConfig: [{name: Other}]}]\n", wantErr: "no profile has a pluginConfig for the plugin Loadline"},
		"no profiles":             {text: scheduler, wantErr: "no profile"},
		"another kind":            {text: "kind: Pod\n", wantErr: `kind is "Pod"`},
		"no kind":                 {text: "a: b\n", wantErr: `kind is ""`},
		"no YAML":                 {text: "a: [\n", wantErr: "yaml"},
		"an unknown field":        {text: scheduler + "profiles: [{pluginConfig: [{name: Loadline, args: {apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, telemetri: {}}}]}]\n", wantErr: "telemetri"},
		"a value that is not one": {text: "apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: {interval: 1h}\n", wantErr: "telemetry.interval"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := ReadSettings([]byte(tc.text))
			switch {
			case tc.wantErr == "" && err != nil:
				t.Error(err)
			case tc.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tc.wantErr)):
				t.Errorf("got error %v, want %q in it", err, tc.wantErr)
			}
		})
	}
}
