// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
	"sigs.k8s.io/yaml"
)

// checkFormat refuses output formats that are not among those of a command.
// Empty is the one for people.
func checkFormat(format string, formats ...string) error {
	if format == "" || slices.Contains(formats, format) {
		return nil
	}
	last := len(formats) - 1
	return fmt.Errorf("unknown output format %q: give %s or %s", format, strings.Join(formats[:last], ", "), formats[last])
}

// printObject prints for programs to read, in a format that checkFormat accepted.
func printObject(out io.Writer, object any, format string) error {
	if format == "yaml" {
		text, err := yaml.Marshal(object)
		if err != nil {
			return fmt.Errorf("writing YAML: %w", err)
		}
		_, err = out.Write(text)
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "    ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(object)
}

// oneLine is a text that may have several, such as what a webhook answers.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// abridge names the first few of many.
func abridge(names []string) string {
	const shown = 5
	if len(names) <= shown+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// progress is a line on a terminal that tells how far a command has come. Where
// nobody looks it is not there.
type progress struct {
	out   io.Writer
	shown bool
}

func newProgress(out io.Writer) *progress {
	if file, ok := out.(*os.File); !ok || !term.IsTerminal(int(file.Fd())) {
		out = io.Discard
	}
	return &progress{out: out}
}

// show replaces the line.
func (p *progress) show(format string, values ...any) {
	const clearLine = "\r\x1b[K"
	fmt.Fprintf(p.out, clearLine+format, values...)
	p.shown = true
}

// clear removes the line.
func (p *progress) clear() {
	if p.shown {
		p.show("")
		p.shown = false
	}
}
