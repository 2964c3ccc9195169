// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// windows is a system on which some things have other names.
const windows = "windows"

// platform is what a program is compiled for, by Go's names.
type platform struct{ system, architecture string }

func (p platform) String() string { return p.system + "/" + p.architecture }

// executable is the name of a program's file.
func (p platform) executable(program string) string {
	if p.system == windows {
		return program + ".exe"
	}
	return program
}

// file is the path of a file among what was compiled for the platform.
func (p platform) file(binaries, name string) string {
	return filepath.Join(binaries, p.system, p.architecture, name)
}

func parsePlatforms(list string) ([]platform, error) {
	var platforms []platform
	for _, text := range strings.Split(list, ",") {
		system, architecture, found := strings.Cut(text, "/")
		if !found {
			return nil, fmt.Errorf("%q is no platform: want one such as linux/amd64", text)
		}
		platforms = append(platforms, platform{system, architecture})
	}
	return platforms, nil
}
