// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package record writes down what benchmarks have measured, and on what.
package record

import (
	"fmt"
	"os"
	"strings"
)

// Check tells whether figures under a name can be written into a file. A
// benchmark asks before it measures.
func Check(file, name string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("recording the figures: %w", err)
	}
	if _, err := insert(string(content), name, ""); err != nil {
		return fmt.Errorf("recording the figures in %s: %w", file, err)
	}
	return nil
}

// Write puts figures, as Markdown, between the lines of a file that begin and
// end what is under their name.
func Write(file, name, figures string) error {
	before, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("recording the figures: %w", err)
	}
	after, err := insert(string(before), name, figures)
	if err != nil {
		return fmt.Errorf("recording the figures in %s: %w", file, err)
	}
	if err := os.WriteFile(file, []byte(after), 0o644); err != nil {
		return fmt.Errorf("recording the figures: %w", err)
	}
	return nil
}

func insert(text, name, figures string) (string, error) {
	begin, end := fmt.Sprintf("<!-- %s: begin -->\n", name), fmt.Sprintf("<!-- %s: end -->\n", name)
	head, rest, begun := strings.Cut(text, begin)
	_, tail, ended := strings.Cut(rest, end)
	if !begun || !ended {
		return "", fmt.Errorf("want the lines %q and %q in it", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return head + begin + "\n" + figures + "\n" + end + tail, nil
}
