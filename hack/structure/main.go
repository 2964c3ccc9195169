// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command structure draws how the packages of Loadline depend on each other, by the
// imports that are in the code.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

const module = "github.com/loadline-dev/loadline/"

func main() {
	file := flag.String("o", "", "the file to draw into")
	flag.Parse()
	if err := run(*file); err != nil {
		fmt.Fprintln(os.Stderr, "structure:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	if file == "" || flag.NArg() > 0 {
		return errors.New("usage: structure -o FILE")
	}
	packages, err := list()
	if err != nil {
		return err
	}
	placed, err := place(packages, layers)
	if err != nil {
		return err
	}
	return os.WriteFile(file, draw(arrange(placed)), 0o644)
}
