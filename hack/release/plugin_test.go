// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// The manifest is what krew accepts, and what it has to say of each platform is true.
func TestPlugin(t *testing.T) {
	platforms := []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}
	s := newSource(t)
	for _, p := range platforms {
		name := "kubectl-loadline"
		if strings.HasPrefix(p, "windows/") {
			name += ".exe"
		}
		s.write(filepath.Join("binaries", p, name), "for "+p)
		s.write(filepath.Join("binaries", p, "kubectl-loadline.licenses.txt"), "licences for "+p)
		s.write(filepath.Join("binaries", p, "kubectl-loadline.spdx.json"), "modules for "+p)
	}
	if err := s.release("-platforms", strings.Join(platforms, ",")); err != nil {
		t.Fatal(err)
	}
	files := s.released()
	var got map[string]any
	if err := yaml.UnmarshalStrict([]byte(files["loadline.yaml"]), &got); err != nil {
		t.Fatal(err)
	}
	spec := got["spec"].(map[string]any)
	described := spec["platforms"].([]any)
	delete(spec, "platforms")
	checkDescriptions(t, spec)
	want := map[string]any{
		"apiVersion": "krew.googlecontainertools.github.com/v1alpha2", "kind": "Plugin",
		"metadata": map[string]any{"name": "loadline"},
		"spec":     map[string]any{"version": "v0.1.0", "homepage": "https://github.com/loadline-dev/loadline"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the manifest besides its platforms (-want +got):\n%s", diff)
	}
	if len(described) != len(platforms) {
		t.Fatalf("%d platforms, want %d", len(described), len(platforms))
	}
	for i, p := range platforms {
		if diff := cmp.Diff(wantPlatform(t, p, files), described[i]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p, diff)
		}
	}
}

// checkDescriptions checks the texts for people, and takes them away.
func checkDescriptions(t *testing.T, spec map[string]any) {
	t.Helper()
	short, _ := spec["shortDescription"].(string)
	if short == "" || len(short) > 50 || strings.ContainsAny(short, "\r\n") { // more is cut off in lists
		t.Errorf("the short description is %q, want a line of 50 letters at most", short)
	}
	if long, _ := spec["description"].(string); len(long) <= len(short) {
		t.Errorf("the description is %q, want it to say more than %q", long, short)
	}
	delete(spec, "shortDescription")
	delete(spec, "description")
}

// wantPlatform is what is to be said of a platform, by what has been released.
func wantPlatform(t *testing.T, platform string, files map[string]string) map[string]any {
	t.Helper()
	system, architecture, _ := strings.Cut(platform, "/")
	archive, bin := "kubectl-loadline_v0.1.0_"+system+"_"+architecture+".tar.gz", "kubectl-loadline"
	read := readTarGz
	if system == "windows" {
		archive, bin, read = strings.ReplaceAll(archive, ".tar.gz", ".zip"), "kubectl-loadline.exe", readZip
	}
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(files[archive])))
	if !regexp.MustCompile("(?m)^" + sum + "  " + regexp.QuoteMeta(archive) + "$").MatchString(files["SHA256SUMS"]) {
		t.Errorf("SHA256SUMS has not the sum of %s", archive)
	}
	packed := strings.Join(read(t, files[archive]), "\n")
	taken := []any{}
	for _, name := range []string{bin, "LICENSE", "THIRD_PARTY_LICENSES"} {
		if !strings.Contains(packed, " "+name+": ") {
			t.Errorf("%s has no %s:\n%s", archive, name, packed)
		}
		taken = append(taken, map[string]any{"from": name, "to": "."})
	}
	return map[string]any{
		"selector": map[string]any{"matchLabels": map[string]any{"os": system, "arch": architecture}},
		"uri":      "https://github.com/loadline-dev/loadline/releases/download/v0.1.0/" + archive,
		"sha256":   sum, "files": taken, "bin": bin,
	}
}
