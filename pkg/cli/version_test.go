// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"runtime/debug"
	"testing"
)

func TestPrintVersion(t *testing.T) {
	cases := map[string]struct {
		info debug.BuildInfo
		want string
	}{
		"as built": {
			info: debug.BuildInfo{
				GoVersion: "go1.26.8",
				Deps:      []*debug.Module{{Path: "k8s.io/api", Version: "v0.37.1"}, {Path: prometheusModule, Version: "v0.315.0"}},
			},
			want: "Loadline: v0.1.0\nPromQL: github.com/prometheus/prometheus v0.315.0\nGo: go1.26.8\n",
		},
		"with nothing": {info: debug.BuildInfo{GoVersion: "go1.26.8"}, want: "Loadline: v0.1.0\nGo: go1.26.8\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			printVersion(&out, "v0.1.0", &tc.info)
			if out.String() != tc.want {
				t.Errorf("got %q, want %q", out.String(), tc.want)
			}
		})
	}
}
