// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	imageName = "ghcr.io/loadline-dev/loadline"
	overlay   = "resources: [deployment.yaml]\n"
	// deployment is of an image that is to be named, and of one that is not.
	deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: loadline-scheduler}
spec:
  template:
    spec:
      containers:
      - {name: scheduler, image: ghcr.io/loadline-dev/loadline:devel}
      - {name: other, image: ghcr.io/loadline-dev/other:devel}
`
)

// source is what a release is made of.
type source struct {
	*testing.T
	folder string
}

func newSource(t *testing.T) *source {
	t.Helper()
	s := &source{t, t.TempDir()}
	s.write("LICENSE", "the license")
	s.write("image.tar", "the image")
	for platform, name := range map[string]string{"linux/amd64": "kubectl-loadline", "windows/arm64": "kubectl-loadline.exe"} {
		s.write(filepath.Join("binaries", platform, name), "for "+platform)
		s.write(filepath.Join("binaries", platform, "kubectl-loadline.licenses.txt"), "licences for "+platform)
		s.write(filepath.Join("binaries", platform, "kubectl-loadline.spdx.json"), "modules for "+platform)
	}
	for _, name := range imagePrograms {
		s.write(filepath.Join("binaries/linux/arm64", name+".spdx.json"), "modules of "+name)
	}
	s.write("overlays/README.md", "not an overlay")
	s.write("overlays/scheduler/kustomization.yaml", overlay)
	s.write("overlays/scheduler/deployment.yaml", deployment)
	return s
}

func (s *source) path(name string) string { return filepath.Join(s.folder, name) }

func (s *source) write(name, content string) {
	s.Helper()
	if err := os.MkdirAll(filepath.Dir(s.path(name)), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(s.path(name), []byte(content), 0o600); err != nil {
		s.Fatal(err)
	}
}

// release makes one of it, as changed by further arguments.
func (s *source) release(arguments ...string) error {
	return run(append([]string{
		"-version", "v0.1.0", "-created", "1795348800", "-binaries", s.path("binaries"), "-platforms", "linux/amd64,windows/arm64",
		"-license", s.path("LICENSE"), "-image", s.path("image.tar"), "-image-platforms", "linux/arm64", "-image-name", imageName, "-overlays", s.path("overlays"),
		"-o", s.path("release"),
	}, arguments...))
}

// released are the files of the release.
func (s *source) released() map[string]string {
	s.Helper()
	entries, err := os.ReadDir(s.path("release"))
	if err != nil {
		s.Fatal(err)
	}
	files := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(s.path("release"), entry.Name()))
		if err != nil {
			s.Fatal(err)
		}
		files[entry.Name()] = string(text)
	}
	return files
}

func TestRelease(t *testing.T) {
	s := newSource(t)
	s.write("release/loadline-gone.yaml", "of an earlier release")
	if err := s.release(); err != nil {
		t.Fatal(err)
	}
	files := s.released()

	wantArchives := map[string][]string{
		"kubectl-loadline_v0.1.0_linux_amd64.tar.gz": {
			"-rw-r--r-- 2026-11-22 12:00:00 +0000 UTC LICENSE: the license",
			"-rw-r--r-- 2026-11-22 12:00:00 +0000 UTC THIRD_PARTY_LICENSES: licences for linux/amd64",
			"-rwxr-xr-x 2026-11-22 12:00:00 +0000 UTC kubectl-loadline: for linux/amd64",
		},
		"kubectl-loadline_v0.1.0_windows_arm64.zip": {
			"-rw-r--r-- 2026-11-22 12:00:00 +0000 UTC LICENSE: the license",
			"-rw-r--r-- 2026-11-22 12:00:00 +0000 UTC THIRD_PARTY_LICENSES: licences for windows/arm64",
			"-rwxr-xr-x 2026-11-22 12:00:00 +0000 UTC kubectl-loadline.exe: for windows/arm64",
		},
	}
	gotArchives := map[string][]string{
		"kubectl-loadline_v0.1.0_linux_amd64.tar.gz": readTarGz(t, files["kubectl-loadline_v0.1.0_linux_amd64.tar.gz"]),
		"kubectl-loadline_v0.1.0_windows_arm64.zip":  readZip(t, files["kubectl-loadline_v0.1.0_windows_arm64.zip"]),
	}
	if diff := cmp.Diff(wantArchives, gotArchives); diff != "" {
		t.Errorf("archives (-want +got):\n%s", diff)
	}
	if got := files["loadline-v0.1.0-image.tar"]; got != "the image" {
		t.Errorf("the image is %q", got)
	}
	for _, want := range []string{"kind: Deployment", "image: ghcr.io/loadline-dev/loadline:v0.1.0\n", "image: ghcr.io/loadline-dev/other:devel\n"} {
		if !strings.Contains(files["loadline-scheduler.yaml"], want) {
			t.Errorf("want %q in the manifest:\n%s", want, files["loadline-scheduler.yaml"])
		}
	}
	for name, want := range map[string]string{
		"kubectl-loadline_v0.1.0_linux_amd64.spdx.json":     "modules for linux/amd64",
		"kubectl-loadline_v0.1.0_windows_arm64.spdx.json":   "modules for windows/arm64",
		"loadline-scheduler_v0.1.0_linux_arm64.spdx.json":   "modules of loadline-scheduler",
		"loadline-descheduler_v0.1.0_linux_arm64.spdx.json": "modules of loadline-descheduler",
	} {
		if got := files[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	wantSums := ""
	for _, name := range []string{
		"kubectl-loadline_v0.1.0_linux_amd64.spdx.json", "kubectl-loadline_v0.1.0_linux_amd64.tar.gz",
		"kubectl-loadline_v0.1.0_windows_arm64.spdx.json", "kubectl-loadline_v0.1.0_windows_arm64.zip",
		"loadline-descheduler_v0.1.0_linux_arm64.spdx.json", "loadline-scheduler.yaml", "loadline-scheduler_v0.1.0_linux_arm64.spdx.json",
		"loadline-v0.1.0-image.tar", "loadline.yaml",
	} {
		wantSums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(files[name])), name)
	}
	if diff := cmp.Diff(wantSums, files["SHA256SUMS"]); diff != "" {
		t.Errorf("checksums (-want +got):\n%s", diff)
	}
	if len(files) != 10 {
		t.Errorf("%d files, want what has checksums and those", len(files))
	}
}

func readTarGz(t *testing.T, text string) (list []string) {
	t.Helper()
	uncompressed, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for reader := tar.NewReader(uncompressed); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%v %v %s: %s", header.FileInfo().Mode(), header.ModTime.UTC(), header.Name, content))
	}
}

func readZip(t *testing.T, text string) (list []string) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader([]byte(text)), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%v %v %s: %s", file.Mode(), file.Modified.UTC(), file.Name, content))
	}
	return list
}

// Whoever builds a release again can compare it with the one that was published.
func TestReproducible(t *testing.T) {
	first, second := newSource(t), newSource(t)
	for _, s := range []*source{first, second} {
		if err := s.release(); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(first.released(), second.released()); diff != "" {
		t.Errorf("two releases of the same (-first +second):\n%s", diff)
	}
}

func TestRefuses(t *testing.T) {
	cases := map[string]struct {
		arguments []string
		change    func(s *source)
		want      []string
	}{
		"a commit":                 {arguments: []string{"-version", "0a4c5ad-dirty"}, want: []string{`"0a4c5ad-dirty"`, "VERSION=v0.1.0 make release"}},
		"a number":                 {arguments: []string{"-version", "0.1.0"}, want: []string{`"0.1.0"`}},
		"platforms of no image":    {arguments: []string{"-image-platforms", ""}, want: []string{"-image-platforms is required"}},
		"an image for no platform": {arguments: []string{"-image-platforms", "linux"}, want: []string{"-image-platforms", `"linux"`}},
		"an image not inventoried": {arguments: []string{"-image-platforms", "linux/s390x"}, want: []string{"hack/inventory", "s390x", "no such file"}},
		"a program without licences": {
			change: func(s *source) { _ = os.Remove(s.path("binaries/windows/arm64/kubectl-loadline.licenses.txt")) },
			want:   []string{"windows/arm64", "kubectl-loadline.licenses.txt", "no such file"},
		},
		"a program not inventoried": {
			change: func(s *source) { _ = os.Remove(s.path("binaries/windows/arm64/kubectl-loadline.spdx.json")) },
			want:   []string{"hack/inventory", "kubectl-loadline.spdx.json", "no such file"},
		},
		"no image":           {arguments: []string{"-image", ""}, want: []string{"-image is required"}},
		"a forgotten flag":   {arguments: []string{"v0.1.0"}, want: []string{`unexpected argument "v0.1.0"`}},
		"an image not built": {arguments: []string{"-image", "/does/not/exist"}, want: []string{"make image", "/does/not/exist"}},
		"one not compiled":   {arguments: []string{"-platforms", "linux/amd64,darwin/arm64"}, want: []string{"darwin/arm64", "no such file"}},
		"not a platform":     {arguments: []string{"-platforms", "linux"}, want: []string{`"linux"`, "linux/amd64"}},
		"no overlays":        {change: func(s *source) { _ = os.RemoveAll(s.path("overlays/scheduler")) }, want: []string{"no overlay in", "overlays"}},
		"an overlay that does not render": {
			change: func(s *source) { s.write("overlays/scheduler/kustomization.yaml", "resources: [missing.yaml]\n") },
			want:   []string{"overlay scheduler", "missing.yaml"},
		},
		"an image that kustomize does not see": {
			change: func(s *source) {
				s.write("overlays/scheduler/deployment.yaml", strings.ReplaceAll(deployment, "name: other,", "name: other, args: [--image=ghcr.io/loadline-dev/loadline:old],"))
			},
			want: []string{"overlay scheduler", "loadline:old", "is not of version v0.1.0"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSource(t)
			if tc.change != nil {
				tc.change(s)
			}
			err := s.release(tc.arguments...)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
			if left, _ := os.ReadDir(s.path("release")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// What is shipped renders, and runs the image that is released.
func TestShippedOverlays(t *testing.T) {
	s := newSource(t)
	if err := s.release("-overlays", "../../manifests/overlays"); err != nil {
		t.Fatal(err)
	}
	for name, text := range s.released() {
		if !strings.HasSuffix(name, ".yaml") || name == pluginName+".yaml" {
			continue
		}
		for _, want := range []string{"kind: Deployment", "namespace: loadline-system", "image: " + imageName + ":v0.1.0\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q", name, want)
			}
		}
	}
}
