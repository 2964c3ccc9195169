// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// program is the least that looks like a static binary, with something in it that
// tells it from others.
func program(t *testing.T, machine elf.Machine, content string) []byte {
	t.Helper()
	var text bytes.Buffer
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB)
	header.Ident[elf.EI_VERSION] = byte(elf.EV_CURRENT)
	if err := binary.Write(&text, binary.LittleEndian, &header); err != nil {
		t.Fatal(err)
	}
	text.WriteString(content)
	return text.Bytes()
}

// writeFile writes a file, and the folders that it is in.
func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// allBinaries are the programs for both platforms.
func allBinaries(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for architecture, machine := range machines {
		for _, name := range programs {
			path := filepath.Join(folder, "linux", architecture, name)
			writeFile(t, path, program(t, machine, name+" for "+architecture))
			writeFile(t, path+licensesSuffix, []byte("licences of "+name+" for "+architecture))
		}
	}
	return folder
}

// license is Loadline's own.
const license = "../../LICENSE"

const reference = "ghcr.io/loadline-dev/loadline:v0.1.0"

var created = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// buildImage makes an image of binaries and returns the archive's path.
func buildImage(t *testing.T, binaries string, arguments ...string) string {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "image.tar")
	arguments = append([]string{
		"-binaries", binaries, "-reference", reference, "-revision", "0123abc",
		"-created", strconv.FormatInt(created.Unix(), 10), "-license", license, "-o", archive,
	}, arguments...)
	if err := run(arguments, io.Discard); err != nil {
		t.Fatal(err)
	}
	return archive
}

// unpack writes the content of an archive to a folder.
func unpack(t *testing.T, from io.Reader, folder string) {
	t.Helper()
	for reader := tar.NewReader(from); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, header.Name)
		if header.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, content)
		if err := os.Chmod(path, header.FileInfo().Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
}

// readBack reads an archive as an OCI image layout, and checks that it is one.
func readBack(t *testing.T, archive string) (folder string, described v1.Descriptor, index v1.ImageIndex) {
	t.Helper()
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	folder = t.TempDir()
	unpack(t, file, folder)
	all, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := all.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("%d images in the layout, want 1", len(manifest.Manifests))
	}
	if index, err = all.ImageIndex(manifest.Manifests[0].Digest); err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Fatal(err)
	}
	return folder, manifest.Manifests[0], index
}

// images are those of an index, by platform.
func images(t *testing.T, index v1.ImageIndex) map[string]v1.Image {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]v1.Image{}
	for _, described := range manifest.Manifests {
		image, err := index.Image(described.Digest)
		if err != nil {
			t.Fatal(err)
		}
		found[described.Platform.String()] = image
	}
	return found
}

// content is all that is in an image, as "mode owner name", and what is in its files.
func content(t *testing.T, image v1.Image) (list []string, files map[string]string) {
	t.Helper()
	flat := mutate.Extract(image)
	defer flat.Close()
	files = map[string]string{}
	for reader := tar.NewReader(flat); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return list, files
		}
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.Equal(created) {
			t.Errorf("%s is of %v, want %v", header.Name, header.ModTime, created)
		}
		owner := strconv.Itoa(header.Uid) + ":" + strconv.Itoa(header.Gid)
		list = append(list, strings.Join([]string{header.FileInfo().Mode().String(), owner, header.Name}, " "))
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(text)
	}
}

func TestImage(t *testing.T) {
	folder, described, index := readBack(t, buildImage(t, allBinaries(t)))
	wantAnnotations := map[string]string{"io.containerd.image.name": reference, "org.opencontainers.image.ref.name": "v0.1.0"}
	if diff := cmp.Diff(wantAnnotations, described.Annotations); diff != "" {
		t.Errorf("the name in the layout (-want +got):\n%s", diff)
	}
	found := images(t, index)
	if len(found) != 2 {
		t.Fatalf("images for %d platforms, want 2", len(found))
	}
	for platform, image := range found {
		t.Run(platform, func(t *testing.T) { checkImage(t, platform, image) })
	}
	checkDockerManifest(t, folder, found["linux/amd64"])
}

func checkImage(t *testing.T, platform string, image v1.Image) {
	got, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got.Platform().String() != platform || !got.Created.Equal(created) {
		t.Errorf("made for %s at %v, want %s at %v", got.Platform(), got.Created, platform, created)
	}
	want := v1.Config{
		User: "65532:65532", Entrypoint: []string{"/loadline-scheduler"}, WorkingDir: "/",
		Labels: map[string]string{
			"org.opencontainers.image.title":         "Loadline",
			"org.opencontainers.image.description":   "A telemetry-aware Kubernetes scheduler and descheduler",
			"org.opencontainers.image.url":           "https://github.com/loadline-dev/loadline",
			"org.opencontainers.image.source":        "https://github.com/loadline-dev/loadline",
			"org.opencontainers.image.documentation": "https://github.com/loadline-dev/loadline/tree/main/docs",
			"org.opencontainers.image.licenses":      "Apache-2.0",
			"org.opencontainers.image.created":       "2026-11-22T12:00:00Z",
			"org.opencontainers.image.version":       "v0.1.0",
			"org.opencontainers.image.revision":      "0123abc",
		},
	}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}

	list, files := content(t, image)
	wantList := []string{
		"-rwxr-xr-x 0:0 loadline-descheduler",
		"-rw-r--r-- 0:0 licenses/loadline-descheduler.txt",
		"-rwxr-xr-x 0:0 loadline-scheduler",
		"-rw-r--r-- 0:0 licenses/loadline-scheduler.txt",
		"drwxr-xr-x 0:0 etc",
		"-rw-r--r-- 0:0 etc/group",
		"-rw-r--r-- 0:0 etc/passwd",
		"drwxr-xr-x 0:0 etc/ssl",
		"drwxr-xr-x 0:0 etc/ssl/certs",
		"-rw-r--r-- 0:0 etc/ssl/certs/ca-certificates.crt",
		"drwxr-xr-x 0:0 licenses",
		"-rw-r--r-- 0:0 licenses/LICENSE",
	}
	if diff := cmp.Diff(wantList, list); diff != "" {
		t.Errorf("content (-want +got):\n%s", diff)
	}
	_, architecture, _ := strings.Cut(platform, "/")
	for _, name := range programs {
		if want := name + " for " + architecture; !strings.HasSuffix(files[name], want) {
			t.Errorf("%s is not the one %s", name, want)
		}
		if got, want := files["licenses/"+name+".txt"], "licences of "+name+" for "+architecture; got != want {
			t.Errorf("the licences of what is in %s are %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(files["licenses/LICENSE"], "Apache License") {
		t.Errorf("Loadline's own licence is %q", files["licenses/LICENSE"])
	}
	checkAuthorities(t, files["etc/ssl/certs/ca-certificates.crt"])
}

// checkAuthorities checks that there are certificates, and each one of an authority.
func checkAuthorities(t *testing.T, text string) {
	t.Helper()
	count := 0
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !certificate.IsCA {
			t.Errorf("%s is not the certificate of an authority", certificate.Subject)
		}
		count++
	}
	if count < 100 {
		t.Errorf("%d certificate authorities, want 100 at least", count)
	}
}

// checkDockerManifest checks that Docker finds the image, and the layers in their
// order.
func checkDockerManifest(t *testing.T, folder string, image v1.Image) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got []tarball.Descriptor
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	want := tarball.Descriptor{Config: "blobs/sha256/" + config.Hex, RepoTags: []string{reference}}
	for _, layer := range layers {
		digest, err := layer.Digest()
		if err != nil {
			t.Fatal(err)
		}
		want.Layers = append(want.Layers, "blobs/sha256/"+digest.Hex)
	}
	if diff := cmp.Diff([]tarball.Descriptor{want}, got); diff != "" {
		t.Errorf("manifest.json (-want +got):\n%s", diff)
	}
	for _, path := range append(want.Layers, want.Config) {
		if _, err := os.Stat(filepath.Join(folder, path)); err != nil {
			t.Error(err)
		}
	}
}

func TestOnePlatform(t *testing.T) {
	_, _, index := readBack(t, buildImage(t, allBinaries(t), "-platforms", "linux/arm64"))
	found := images(t, index)
	if len(found) != 1 || found["linux/arm64"] == nil {
		t.Errorf("images for %v, want one for linux/arm64", found)
	}
}

// The same binaries, in whatever folder, make the same archive; others do not.
func TestReproducible(t *testing.T) {
	read := func(archive string) string {
		text, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := read(buildImage(t, allBinaries(t)))
	if second := read(buildImage(t, allBinaries(t))); first != second {
		t.Error("the same binaries made different archives")
	}
	other := allBinaries(t)
	writeFile(t, filepath.Join(other, "linux", "arm64", programs[1]), program(t, elf.EM_AARCH64, "another"))
	if second := read(buildImage(t, other)); first == second {
		t.Error("other binaries made the same archive")
	}
}

// What Docker copies into an image of its own is the same as what is in ours.
func TestRoot(t *testing.T) {
	binaries := allBinaries(t)
	root := filepath.Join(t.TempDir(), "a", "root")
	if err := run([]string{"-binaries", binaries, "-platforms", "linux/amd64", "-license", license, "-root", root}, io.Discard); err != nil {
		t.Fatal(err)
	}
	_, _, index := readBack(t, buildImage(t, binaries))
	list, files := content(t, images(t, index)["linux/amd64"])
	for _, line := range list {
		mode, name := line[:10], line[strings.LastIndex(line, " ")+1:]
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().String() != mode {
			t.Errorf("%s has mode %v, want %s", name, info.Mode(), mode)
		}
		if info.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != files[name] {
			t.Errorf("%s has another content", name)
		}
	}
	if err := run([]string{"-binaries", binaries, "-platforms", "linux/amd64", "-license", license, "-root", root}, io.Discard); !errors.Is(err, os.ErrExist) {
		t.Errorf("writing to a folder that is there: got %v, want that it exists", err)
	}
}

func TestRefuses(t *testing.T) {
	amd64 := filepath.Join("linux", "amd64", programs[0])
	cases := map[string]struct {
		arguments []string
		// binary, if any, is in the place of the scheduler for amd64.
		binary []byte
		// missing is a file that is not there.
		missing string
		want    []string
	}{
		"no binaries":          {arguments: []string{"-binaries", ""}, want: []string{"usage: image -binaries"}},
		"nowhere to write":     {arguments: []string{"-o", ""}, want: []string{"usage: image -binaries"}},
		"two places to write":  {arguments: []string{"-root", "root"}, want: []string{"usage: image -binaries"}},
		"a root for two":       {arguments: []string{"-o", "", "-root", "root"}, want: []string{"-root is for one platform", "linux/amd64,linux/arm64"}},
		"another system":       {arguments: []string{"-platforms", "linux/amd64,darwin/arm64"}, want: []string{`"darwin/arm64"`, "linux/arm64"}},
		"another architecture": {arguments: []string{"-platforms", "linux/s390x"}, want: []string{`"linux/s390x"`}},
		"no platform":          {arguments: []string{"-platforms", ""}, want: []string{`platform ""`}},
		"no tag":               {arguments: []string{"-reference", "ghcr.io/loadline-dev/loadline"}, want: []string{"-reference", "VERSION"}},
		"a version of no tag":  {arguments: []string{"-reference", reference + "+dirty"}, want: []string{"-reference", "v0.1.0+dirty"}},
		"a missing binary":     {arguments: []string{"-binaries", "/does/not/exist"}, want: []string{"linux/amd64", amd64, "no such file"}},
		"a script":             {binary: []byte("#!/bin/sh\n"), want: []string{amd64, "as an ELF binary"}},
		"for another platform": {binary: program(t, elf.EM_AARCH64, ""), want: []string{amd64, "GOARCH=amd64"}},
		"no licences":          {missing: amd64 + licensesSuffix, want: []string{amd64, "hack/inventory", "no such file"}},
		"no licence":           {arguments: []string{"-license", "/does/not/exist"}, want: []string{"/does/not/exist"}},
		"a dynamic binary":     {binary: dynamic(t), want: []string{amd64, "CGO_ENABLED=0"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			binaries := allBinaries(t)
			if tc.binary != nil {
				writeFile(t, filepath.Join(binaries, amd64), tc.binary)
			}
			if tc.missing != "" {
				if err := os.Remove(filepath.Join(binaries, tc.missing)); err != nil {
					t.Fatal(err)
				}
			}
			archive := filepath.Join(t.TempDir(), "out", "image.tar")
			err := run(append([]string{"-binaries", binaries, "-license", license, "-reference", reference, "-o", archive}, tc.arguments...), io.Discard)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
			if left, _ := os.ReadDir(filepath.Dir(archive)); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// An image for Docker's own registry is named as people name it.
func TestDockerHub(t *testing.T) {
	const reference = "docker.io/someone/loadline:v0.1.0"
	folder, described, _ := readBack(t, buildImage(t, allBinaries(t), "-reference", reference))
	if got := described.Annotations["io.containerd.image.name"]; got != reference {
		t.Errorf("containerd would know it as %s, want %s", got, reference)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "manifest.json")); err != nil || !strings.Contains(string(text), strconv.Quote(reference)) {
		t.Errorf("Docker would know it by %s (%v), want %s", text, err, reference)
	}
}

// It says which digest to pull the image by.
func TestSays(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "image.tar")
	var out bytes.Buffer
	if err := run([]string{"-binaries", allBinaries(t), "-license", license, "-reference", reference, "-o", archive}, &out); err != nil {
		t.Fatal(err)
	}
	_, described, _ := readBack(t, archive)
	if want := archive + "\n" + reference + "@" + described.Digest.String() + "\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// What the Dockerfile says besides the files is the same, and the compiler is the
// one that go.mod asks for.
func TestDockerfile(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	_, after, _ := strings.Cut(read("go.mod"), "\ngo ")
	compiler, _, _ := strings.Cut(after, "\n")
	dockerfile := read("Dockerfile")
	for _, want := range []string{
		"FROM --platform=$BUILDPLATFORM golang:" + compiler + " AS build\n",
		"FROM scratch\n", "\nUSER " + user + "\n", "\nENTRYPOINT [\"/" + programs[0] + "\"]\n",
	} {
		if !strings.Contains(dockerfile, want) {
			t.Errorf("want %q in it", want)
		}
	}
	b := &builder{created: created}
	for label, value := range b.labels() {
		if want := label + "=\"" + value + "\""; value != "" && !strings.HasSuffix(label, ".created") && !strings.Contains(dockerfile, want) {
			t.Errorf("want %q in it", want)
		}
	}
}

// dynamic is a binary that asks for a dynamic linker.
func dynamic(t *testing.T) []byte {
	t.Helper()
	text := program(t, elf.EM_X86_64, "")
	binary.LittleEndian.PutUint64(text[32:], 64) // the offset of its segments
	binary.LittleEndian.PutUint16(text[54:], 56) // the size of each
	binary.LittleEndian.PutUint16(text[56:], 1)  // their number
	var segment bytes.Buffer
	if err := binary.Write(&segment, binary.LittleEndian, &elf.Prog64{Type: uint32(elf.PT_INTERP), Off: 0, Filesz: 64}); err != nil {
		t.Fatal(err)
	}
	return append(text, segment.Bytes()...)
}
