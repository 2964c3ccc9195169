// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// imageFlag is set by "make test-image".
var imageFlag = flag.String("image", "", "the archive of an image to run, instead of one with a probe in it")

// A program of the image runs with nothing but the image around it: no environment,
// no other file, and no right to write anywhere.
func TestRuns(t *testing.T) {
	archive := *imageFlag
	want := `^Loadline v?\w[\w.-]*\nKubernetes v1\.\d+\.\d+\n$`
	if archive == "" {
		archive = buildImage(t, probes(t), "-platforms", "linux/"+runtime.GOARCH)
		want = `^user=nonroot trusts=true writes=false\n$`
	}
	root := extract(t, archive)
	if os.Getuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("only root may change the root directory of a process")
		}
		t.Skip("only root may change the root directory of a process")
	}
	for _, name := range programs {
		t.Run(name, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), "/"+name, "--version")
			command.Dir = "/"
			command.Env = []string{"NOTHING="} // none at all would be this process's own
			command.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
			output, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			if !regexp.MustCompile(want).Match(output) {
				t.Errorf("got %q, want it to match %q", output, want)
			}
		})
	}
}

// probes are the probe under the names of the programs, compiled as those are.
func probes(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	platform := "linux/" + runtime.GOARCH
	output, err := exec.CommandContext(t.Context(), "../compile.sh", platform, "-s -w", folder, "./hack/image/testdata/probe").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	text, err := os.ReadFile(filepath.Join(folder, platform, "probe"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range programs {
		writeFile(t, filepath.Join(folder, platform, name), text)
		writeFile(t, filepath.Join(folder, platform, name+licensesSuffix), []byte("licences of the probe"))
	}
	return folder
}

// extract writes the root filesystem of this machine's image to a folder.
func extract(t *testing.T, archive string) (root string) {
	t.Helper()
	_, _, index := readBack(t, archive)
	image, found := images(t, index)["linux/"+runtime.GOARCH]
	if !found {
		t.Fatalf("%s has no image for linux/%s", archive, runtime.GOARCH)
	}
	flat := mutate.Extract(image)
	defer flat.Close()
	root = t.TempDir()
	unpack(t, flat, root)
	return root
}
