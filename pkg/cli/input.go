// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// standardInput is the name of a file that stands for the standard input.
const standardInput = "-"

// input is a file that was read.
type input struct {
	name string
	data []byte
}

// givenFiles asks for at least one file.
func givenFiles(_ *cobra.Command, names []string) error {
	if len(names) == 0 {
		return errors.New(`give at least one file, or "-" for the standard input`)
	}
	return nil
}

// readAll reads all files before any is worked on.
func readAll(names []string, in io.Reader) ([]input, error) {
	inputs := make([]input, 0, len(names))
	for _, name := range names {
		data, err := read(name, in)
		if err != nil {
			return nil, fmt.Errorf("reading rules: %w", err)
		}
		inputs = append(inputs, input{name, data})
	}
	return inputs, nil
}

func read(name string, in io.Reader) ([]byte, error) {
	if name == standardInput {
		return io.ReadAll(in)
	}
	return os.ReadFile(name)
}

// count is a number of things, in words.
func count(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}
