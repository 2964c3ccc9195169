// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strings"
)

// Between these lines of the file the figures are written; the rest is left as
// it is.
const (
	beginMarker = "<!-- bench-telemetry: begin -->\n"
	endMarker   = "<!-- bench-telemetry: end -->\n"
)

// record writes the figures into a file.
func record(file, figures string) error {
	before, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("recording the figures: %w", err)
	}
	after, err := insert(string(before), figures)
	if err != nil {
		return fmt.Errorf("recording the figures in %s: %w", file, err)
	}
	if err := os.WriteFile(file, []byte(after), 0o644); err != nil {
		return fmt.Errorf("recording the figures: %w", err)
	}
	return nil
}

// insert puts the figures in the place of those between the markers.
func insert(text, figures string) (string, error) {
	head, rest, begun := strings.Cut(text, beginMarker)
	_, tail, ended := strings.Cut(rest, endMarker)
	if !begun || !ended {
		return "", fmt.Errorf("want the lines %q and %q in it", strings.TrimSpace(beginMarker), strings.TrimSpace(endMarker))
	}
	return head + beginMarker + "\n" + figures + "\n" + endMarker + tail, nil
}
