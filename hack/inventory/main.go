// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command inventory writes beside compiled programs what is in them: the licences
// of the modules that they were compiled from (PROGRAM.licenses.txt), and a list of
// these modules in the format of SPDX 2.3 (PROGRAM.spdx.json). The same programs
// make the same files.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

const (
	licensesSuffix = ".licenses.txt"
	modulesSuffix  = ".spdx.json"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "inventory:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	flags := flag.NewFlagSet("inventory", flag.ContinueOnError)
	binaries := flags.String("binaries", "", "the folder with a folder of binaries for each platform, such as linux/amd64")
	platforms := flags.String("platforms", "", "the platforms, separated by commas")
	version := flags.String("version", "", "the version of the programs, such as v0.1.0")
	created := flags.Int64("created", 0, "when the sources were made, in seconds since 1970")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *binaries == "" || *platforms == "" || *version == "" || flags.NArg() == 0 {
		return errors.New("usage: inventory -binaries FOLDER -platforms LIST -version VERSION [-created SECONDS] PROGRAM [PROGRAM ...]")
	}
	for _, platform := range strings.Split(*platforms, ",") {
		for _, program := range flags.Args() {
			i := inventory{
				folder: filepath.Join(*binaries, filepath.FromSlash(platform)), platform: platform, program: path.Base(program),
				version: *version, created: time.Unix(*created, 0).UTC(),
			}
			if err := i.write(); err != nil {
				return fmt.Errorf("%s for %s: %w", i.program, platform, err)
			}
		}
	}
	return nil
}

// inventory is that of one program for one platform.
type inventory struct {
	folder, platform, program string
	version                   string
	created                   time.Time
}

// write reads the program, and writes the files beside it.
func (i *inventory) write() error {
	binary, err := readBinary(filepath.Join(i.folder, i.fileName()))
	if err != nil {
		return err
	}
	packages, err := listPackages(binary)
	if err != nil {
		return err
	}
	library, err := binary.askGo("env", "GOROOT")
	if err != nil {
		return fmt.Errorf("looking for the standard library: %w", err)
	}
	licenses, err := licensesOf(packages, strings.TrimSpace(string(library)))
	if err != nil {
		return err
	}
	modules, err := i.document(binary)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(i.folder, i.program+licensesSuffix), licenses, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(i.folder, i.program+modulesSuffix), modules, 0o644)
}

// fileName is that of the binary.
func (i *inventory) fileName() string {
	if strings.HasPrefix(i.platform, "windows/") {
		return i.program + ".exe"
	}
	return i.program
}
