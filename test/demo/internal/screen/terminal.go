// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"os"
	"strings"

	"golang.org/x/term"
)

// The sizes for a terminal that does not tell its own.
const (
	defaultColumns = 80
	defaultRows    = 24
)

const (
	home       = "\x1b[H"
	eraseLine  = "\x1b[K"
	eraseBelow = "\x1b[J"
	eraseAll   = "\x1b[2J"
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	reset      = "\x1b[0m"
)

// sgr are the parameters of the terminal's "select graphic rendition". They use
// the terminal's own sixteen colours, which its owner can read.
var sgr = map[Style]string{
	Dim:    "2",
	Bold:   "1",
	Accent: "1;36",
	Low:    "32",
	High:   "33",
	Over:   "31",
	Past:   "1;91",
	Mark:   "1",
}

// grounds are those for what is behind a text.
var grounds = map[Style]string{
	Low:  "42",
	High: "43",
	Over: "41",
	Past: "101",
}

// Terminal draws frames in place, each over the one before. It is not safe for
// concurrent use.
type Terminal struct {
	file    *os.File
	colour  bool
	columns int
	rows    int
}

// IsTerminal tells whether frames can be drawn in place there.
func IsTerminal(file *os.File) bool {
	return term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// OpenTerminal hides the cursor. Close shows it again.
func OpenTerminal(file *os.File) (*Terminal, error) {
	t := &Terminal{file: file, colour: os.Getenv("NO_COLOR") == ""}
	_, err := file.WriteString(hideCursor)
	return t, err
}

// Columns is the width of the terminal now.
func (t *Terminal) Columns() int {
	columns, _ := t.size()
	return columns
}

func (t *Terminal) size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(t.file.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		return defaultColumns, defaultRows
	}
	return columns, rows
}

// Draw replaces what is on the screen. What does not fit is cut.
func (t *Terminal) Draw(frame Frame) error {
	columns, rows := t.size()
	text := home
	if columns != t.columns || rows != t.rows {
		t.columns, t.rows = columns, rows
		text = eraseAll + home
	}
	_, err := t.file.WriteString(text + render(frame, columns, rows-1, t.colour) + eraseBelow)
	return err
}

// Leave draws a last frame, whole, even if its top rows scroll away.
func (t *Terminal) Leave(frame Frame) error {
	columns, _ := t.size()
	_, err := t.file.WriteString(eraseAll + home + render(frame, columns, len(frame), t.colour))
	return err
}

// Close shows the cursor, below the last frame.
func (t *Terminal) Close() error {
	_, err := t.file.WriteString(reset + showCursor)
	return err
}

// render is a frame as the terminal wants it, at most as large as given.
func render(frame Frame, columns, rows int, colour bool) string {
	var text strings.Builder
	for _, row := range frame[:min(len(frame), rows)] {
		if row.Width() > columns {
			row = row.Fit(columns)
		}
		for _, span := range row {
			code := strings.Trim(sgr[span.Style]+";"+grounds[span.Ground], ";")
			if !colour || code == "" {
				text.WriteString(span.Text)
				continue
			}
			text.WriteString("\x1b[" + code + "m" + span.Text + reset)
		}
		text.WriteString(eraseLine + "\r\n")
	}
	return text.String()
}
