// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// programs are the binaries of the image, each in its root. The first is what the
// image runs unless told otherwise.
var programs = []string{"loadline-scheduler", "loadline-descheduler"}

// licensesSuffix is that of the file beside a program which has the licences of what
// it was compiled from.
const licensesSuffix = ".licenses.txt"

// machines are the architectures that there are images for, by Go's names.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// binary is the path of a program for a platform. It is an error if that could not
// run in an image in which there is nothing else: what is missing would show only
// in the cluster.
func (b *builder) binary(platform v1.Platform, program string) (string, error) {
	path := filepath.Join(b.binaries, platform.OS, platform.Architecture, program)
	opened, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer opened.Close()
	file, err := elf.NewFile(opened)
	if err != nil {
		return "", fmt.Errorf("reading %s as an ELF binary: %w", path, err)
	}
	if want := machines[platform.Architecture]; file.Machine != want {
		return "", fmt.Errorf("%s is for %v, not for %v: build it with GOARCH=%s", path, file.Machine, want, platform.Architecture)
	}
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return "", fmt.Errorf("%s needs a dynamic linker, which the image does not have: build it with CGO_ENABLED=0", path)
	}
	return path, nil
}

// program is a program for a platform, and the licences of what is in it.
func (b *builder) program(platform v1.Platform, program string) ([]file, error) {
	path, err := b.binary(platform, program)
	if err != nil {
		return nil, err
	}
	licenses := path + licensesSuffix
	if _, err := os.Stat(licenses); err != nil {
		return nil, fmt.Errorf("looking for the licences of what is in it (hack/inventory writes them): %w", err)
	}
	return []file{
		{path: program, mode: 0o755, source: path},
		{path: licensesFolder + "/" + program + ".txt", mode: 0o644, source: licenses},
	}, nil
}
