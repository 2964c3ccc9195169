// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"os"
	"slices"
	"strings"
)

// binary is what a compiled program tells of itself.
type binary struct {
	// main is the path of the package that it was compiled from.
	main string
	// compiler is the version of Go, such as go1.26.4, and of its standard library.
	compiler string
	// environment is how the compiler was set: what depends on it is which files, and
	// with them which packages, are in the program.
	environment []string
	tags        string
	// modules are those besides Loadline's own, in the order of their paths.
	modules []module
	// sum is the SHA-256 of the file, in hexadecimal.
	sum string
}

// module is one at a version. sum is the one of go.sum.
type module struct{ path, version, sum string }

// readBinary reads what the compiler wrote into a program.
func readBinary(file string) (*binary, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading what it was compiled from: %w", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	b := &binary{main: info.Path, compiler: compilerVersion(info.GoVersion), sum: fmt.Sprintf("%x", sha256.Sum256(content))}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "CGO_ENABLED", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT":
			b.environment = append(b.environment, setting.Key+"="+setting.Value)
		case "-tags":
			b.tags = setting.Value
		}
	}
	for _, dependency := range info.Deps {
		used := dependency
		if used.Replace != nil {
			used = used.Replace
		}
		if used.Version == "" || used.Sum == "" {
			return nil, fmt.Errorf("%s is no released version of a module, but %s: release what go.mod names", dependency.Path, used.Path)
		}
		b.modules = append(b.modules, module{path: used.Path, version: used.Version, sum: used.Sum})
	}
	slices.SortFunc(b.modules, func(a, b module) int { return cmp.Compare(a.path, b.path) })
	return b, nil
}

// compilerVersion is a version of Go without the experiments that were on.
func compilerVersion(text string) string {
	version, _, _ := strings.Cut(text, " ")
	return version
}
