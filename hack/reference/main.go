// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command reference writes docs/rule-reference.md: every field that a person writes,
// from the Go types and their comments. Defaults are those that the defaulting code
// fills in; a comment that tells another one is an error.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	flags := flag.NewFlagSet("reference", flag.ContinueOnError)
	root := flags.String("root", ".", "the top of the repository")
	output := flags.String("o", "docs/rule-reference.md", "the page to write")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	text, err := page(*root)
	if err != nil {
		return err
	}
	if err := os.WriteFile(*output, []byte(text), 0o644); err != nil {
		return fmt.Errorf("writing the reference: %w", err)
	}
	return nil
}
