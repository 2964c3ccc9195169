// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
)

// listed is a package as the go command lists it.
type listed struct {
	ImportPath string
	Dir        string
	Standard   bool
	EmbedFiles []string
	Module     *listedModule // none in the standard library
}

type listedModule struct {
	Path, Version, Dir string
	Main               bool
	Replace            *listedModule
}

// listPackages lists the packages in a program, by their sources. It is an error if
// these are not what the program was compiled from.
func listPackages(program *binary) ([]listed, error) {
	output, err := program.askGo("list", "-deps", "-tags", program.tags, "-json=ImportPath,Dir,Standard,EmbedFiles,Module", program.main)
	if err != nil {
		return nil, fmt.Errorf("listing its packages: %w", err)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, sameSources(program, packages)
		} else if err != nil {
			return nil, fmt.Errorf("reading the list of its packages: %w", err)
		}
		packages = append(packages, p.resolved())
	}
}

// askGo runs the go command as it was set for a program. What was not set then is not
// to be set by this shell now.
func (b *binary) askGo(arguments ...string) (output []byte, err error) {
	command := exec.Command("go", arguments...)
	command.Env = append(os.Environ(), "GOAMD64=", "GOARM64=", "GOEXPERIMENT=")
	command.Env = append(command.Env, b.environment...)
	var said bytes.Buffer
	command.Stderr = &said
	if output, err = command.Output(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said.String())
	}
	return output, nil
}

// resolved has the module that is used in the place of the one that was asked for.
func (p listed) resolved() listed {
	if p.Module != nil && p.Module.Replace != nil {
		p.Module = p.Module.Replace
	}
	return p
}

// sameSources compares what is in a program with what is listed.
func sameSources(program *binary, packages []listed) error {
	if here := compilerVersion(runtime.Version()); here != program.compiler {
		return fmt.Errorf("it was compiled by %s, and here is %s: compile it again", program.compiler, here)
	}
	var in, here []string
	for _, m := range program.modules {
		in = append(in, m.path+" "+m.version)
	}
	for _, p := range packages {
		if p.Module != nil && !p.Module.Main {
			here = append(here, p.Module.Path+" "+p.Module.Version)
		}
	}
	slices.Sort(in)
	slices.Sort(here)
	here = slices.Compact(here)
	without := func(all, some []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(all), func(m string) bool { return slices.Contains(some, m) }), ", ")
	}
	if !slices.Equal(in, here) {
		return fmt.Errorf("it was not compiled from what is here: compile it again (only in it: %s; only here: %s)", without(in, here), without(here, in))
	}
	return nil
}
