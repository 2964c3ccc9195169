// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/loadline-dev/loadline/pkg/inspect"
)

// tint is a colour of a terminal, as its escape sequence selects it.
type tint string

const (
	red    tint = "31"
	yellow tint = "33"
)

// tinted is a line of text.
type tinted struct {
	text string
	tint tint
}

// in is the line as it is written, with its colour if there are to be any.
func (t tinted) in(colours bool) string {
	if !colours || t.tint == "" {
		return t.text
	}
	return "\x1b[" + string(t.tint) + "m" + t.text + "\x1b[0m"
}

func tintOf(state inspect.NodeState) tint {
	switch state {
	case inspect.Over:
		return red
	case inspect.Expected, inspect.Pending, inspect.NoData:
		return yellow
	default:
		return ""
	}
}

// terminal is the file behind a writer, if that is a terminal.
func terminal(out io.Writer) (*os.File, bool) {
	file, ok := out.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// coloured tells whether colours are to be written: to a terminal that has them, unless
// its user wants none (https://no-color.org).
func coloured(out io.Writer) bool {
	_, ok := terminal(out)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
