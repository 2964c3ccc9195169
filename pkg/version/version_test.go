// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	"runtime/debug"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/component-base/version/verflag"
)

func TestOf(t *testing.T) {
	cases := map[string]struct {
		stamped string
		info    *debug.BuildInfo
		want    string
	}{
		"a release":             {stamped: "v0.1.0", info: &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, want: "v0.1.0"},
		"installed as a module": {info: &debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, want: "v0.1.0"},
		"built from a checkout": {info: &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, want: "(devel)"},
		"nothing is known":      {info: &debug.BuildInfo{}, want: "(devel)"},
		"no modules":            {want: "(devel)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := of(tc.stamped, tc.info); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestRequested(t *testing.T) {
	cases := map[string]struct {
		arguments []string
		want      bool
	}{
		"not said":             {},
		"said":                 {arguments: []string{"--version"}, want: true},
		"raw":                  {arguments: []string{"--version=raw"}, want: true},
		"denied":               {arguments: []string{"--version=false"}},
		"a version to pretend": {arguments: []string{"--version=v0.0.0-master"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			flags := pflag.NewFlagSet(t.Name(), pflag.ContinueOnError)
			verflag.AddFlags(flags)
			flags.Lookup(flagName).Changed = false // all flag sets of a process share it
			if err := flags.Parse(tc.arguments); err != nil {
				t.Fatal(err)
			}
			if got := Requested(flags); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
	if Requested(pflag.NewFlagSet("without the flag", pflag.ContinueOnError)) {
		t.Error("requested without the flag")
	}
}
