// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package emulation_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/version"
	apimachineryversion "k8s.io/apimachinery/pkg/version"
	basecompatibility "k8s.io/component-base/compatibility"

	"github.com/loadline-dev/loadline/pkg/emulation"
)

func TestVersionOf(t *testing.T) {
	cases := map[string]struct {
		server  apimachineryversion.Info
		want    string
		wantErr bool
	}{
		"its own":                    {server: apimachineryversion.Info{Major: "1", Minor: "36", GitVersion: "v1.36.2-gke.100"}, want: "1.36.2"},
		"in the midst of an upgrade": {server: apimachineryversion.Info{GitVersion: "v1.37.1", EmulationMajor: "1", EmulationMinor: "36"}, want: "1.36"},
		"none":                       {wantErr: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := emulation.VersionOf(&tc.server)
			if (err != nil) != tc.wantErr {
				t.Fatalf("got error %v, want one: %v", err, tc.wantErr)
			}
			if err == nil && got.String() != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestFor(t *testing.T) {
	cases := map[string]struct {
		server string
		// want is empty for none.
		want    string
		wantErr []string
	}{
		"newer":               {server: "v1.38.0"},
		"equal":               {server: "v1.37.0"},
		"newer patch":         {server: "v1.37.9"},
		"one older":           {server: "v1.36.2", want: "1.36"},
		"with a vendor's tag": {server: "v1.36.2-gke.100", want: "1.36"},
		"the floor":           {server: "v1.34.5", want: "1.34"},
		"below the floor":     {server: "v1.33.9", wantErr: []string{"1.33", "1.37.1", "upgrade the API server", "1.34"}},
		"long ago":            {server: "v0.9.0", wantErr: []string{"0.9"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			effective := basecompatibility.NewEffectiveVersionFromString("1.37.1", "1.34", "1.34")
			got, err := emulation.For(version.MustParseGeneric(tc.server), effective)
			if (err != nil) != (tc.wantErr != nil) {
				t.Fatalf("got error %v, want %q in it", err, tc.wantErr)
			}
			for _, want := range tc.wantErr {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
			text := ""
			if got != nil {
				text = got.String()
			}
			if text != tc.want {
				t.Errorf("got %q, want %q", text, tc.want)
			}
		})
	}
}
