// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package screen shows a picture made of rows of styled text: in place, in a
// terminal. It knows nothing of what the picture is about.
package screen

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Style is what a piece of text means, for whoever draws it to choose a colour.
type Style uint8

// The styles.
const (
	Plain  Style = iota
	Dim          // of little weight
	Bold         // a heading, or a number that counts
	Accent       // the subject
	Low          // a value that is far from its limit, or a success
	High         // a value that comes near its limit
	Over         // a value over its limit, or a failure
	Past         // a value past what there is
	Mark         // a mark on a scale
)

// Span is a piece of a row. Each of its runes takes one cell.
type Span struct {
	Style Style
	Text  string
	// Ground is the style of what is behind the text. Plain: nothing.
	Ground Style
}

// Text is a span of formatted text.
func Text(style Style, format string, args ...any) Span {
	return Span{Style: style, Text: fmt.Sprintf(format, args...)}
}

// Width is the number of the span's cells.
func (s Span) Width() int { return utf8.RuneCountInString(s.Text) }

// Row is a line of spans, from left to right.
type Row []Span

// Width is the number of the row's cells.
func (r Row) Width() int {
	width := 0
	for _, span := range r {
		width += span.Width()
	}
	return width
}

// Fit is the row padded, or cut with an ellipsis, to exactly this many cells.
func (r Row) Fit(width int) Row {
	if missing := width - r.Width(); missing >= 0 {
		if missing == 0 {
			return r
		}
		return append(slices.Clone(r), Span{Text: strings.Repeat(" ", missing)})
	}
	var fitted Row
	left := width
	for _, span := range r {
		if span.Width() < left {
			fitted = append(fitted, span)
			left -= span.Width()
			continue
		}
		span.Text = string([]rune(span.Text)[:max(0, left-1)]) + strings.Repeat("…", min(1, left))
		return append(fitted, span)
	}
	return fitted
}

// Text is what the row says, without its styles.
func (r Row) Text() string {
	var text strings.Builder
	for _, span := range r {
		text.WriteString(span.Text)
	}
	return text.String()
}

// Between is a row of this width with one part at each end.
func Between(left, right Row, width int) Row {
	left = left.Fit(max(0, width-right.Width()))
	return append(slices.Clone(left), right...)
}

// Frame is a picture: its rows, from top to bottom.
type Frame []Row

// Beside puts two columns side by side, with a line between them. All their rows
// become equally wide, so that the whole takes width cells.
func Beside(left, right []Row, width int) []Row {
	const gap = " │ "
	leftWidth := (width - utf8.RuneCountInString(gap)) / 2
	rightWidth := width - leftWidth - utf8.RuneCountInString(gap)
	rows := make([]Row, max(len(left), len(right)))
	for i := range rows {
		row := rowAt(left, i).Fit(leftWidth)
		row = append(slices.Clone(row), Span{Style: Dim, Text: gap})
		rows[i] = append(row, rowAt(right, i).Fit(rightWidth)...)
	}
	return rows
}

// ColumnWidth is the width of the narrower column of Beside.
func ColumnWidth(width int) int { return (width - 3) / 2 }

func rowAt(rows []Row, i int) Row {
	if i < len(rows) {
		return rows[i]
	}
	return nil
}

// Wrap breaks text into lines of at most width cells, between words where it
// can.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
