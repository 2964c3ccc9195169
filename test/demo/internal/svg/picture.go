// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package svg draws frames as SVG pictures that need neither scripts nor fonts
// of their own, so that a web page may show them as images.
package svg

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

// The size of a cell and of the margin, in pixels.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 18
	// baseline is how far below the top of its cell a letter stands.
	baseline = 13.5
	// barTop and barHeight are where in its cell a bar is drawn.
	barTop, barHeight = 3, 13
)

// classes are the styles' names in the style sheet.
var classes = map[screen.Style]string{
	screen.Plain:  "p",
	screen.Dim:    "d",
	screen.Bold:   "b",
	screen.Accent: "a",
	screen.Low:    "g",
	screen.High:   "y",
	screen.Over:   "r",
	screen.Past:   "x",
	screen.Mark:   "m",
}

const styleSheet = `
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;white-space:pre}
g rect{shape-rendering:crispEdges}
.p{fill:#c9d1d9}.d{fill:#7d8590}.b{fill:#f0f6fc;font-weight:bold}.a{fill:#79c0ff;font-weight:bold}
.g{fill:#3fb950}.y{fill:#d29922}.r{fill:#cf3b31}.x{fill:#ff4f4f;font-weight:bold}.m{fill:#f0f6fc}
`

// Still is a picture of one frame. The label says what it shows, for those who
// do not see it.
func Still(frame screen.Frame, columns int, label string) []byte {
	var text strings.Builder
	open(&text, columns, len(frame), styleSheet, label)
	for i, row := range frame {
		if drawn := drawRow(row); drawn != "" {
			fmt.Fprintf(&text, "<g transform=\"translate(0 %d)\">%s</g>\n", i*cellHeight, drawn)
		}
	}
	text.WriteString("</svg></svg>\n")
	return []byte(text.String())
}

// open writes the start of a picture: the style, the ground, and an inner
// picture that clips what is drawn to the cells.
func open(text *strings.Builder, columns, rows int, style, label string) {
	width, height := float64(columns)*cellWidth, rows*cellHeight
	fmt.Fprintf(text, `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-label="%s" viewBox="0 0 %s %d" xml:space="preserve">`+"\n",
		escape(label), number(width+2*margin), height+2*margin)
	fmt.Fprintf(text, "<title>%s</title><style>%s</style>\n", escape(label), style)
	text.WriteString(`<rect width="100%" height="100%" rx="8" fill="#0d1117"/>` + "\n")
	fmt.Fprintf(text, `<svg x="%d" y="%d" width="%s" height="%d">`+"\n", margin, margin, number(width), height)
}

// drawRow draws a row at the top left corner: nothing for a blank one.
func drawRow(row screen.Row) string {
	var text strings.Builder
	column := 0
	for _, span := range row {
		drawSpan(&text, span, column)
		column += span.Width()
	}
	return text.String()
}

// drawSpan draws letters as text, and bars and lines as shapes, since fonts
// leave gaps between them.
func drawSpan(text *strings.Builder, span screen.Span, column int) {
	runes := []rune(span.Text)
	if span.Ground != screen.Plain {
		drawBar(text, []rune(strings.Repeat("█", len(runes))), classes[span.Ground], column)
	}
	for start := 0; start < len(runes); {
		kind := kindOf(runes[start])
		end := start + 1
		for end < len(runes) && kindOf(runes[end]) == kind {
			end++
		}
		part, class, at := runes[start:end], classes[span.Style], column+start
		switch kind {
		case block:
			drawBar(text, part, class, at)
		case vertical:
			for i := range part {
				fmt.Fprintf(text, `<rect class="%s" x="%s" width="1.4" height="%d"/>`, class, number((float64(at+i)+0.5)*cellWidth-0.7), cellHeight)
			}
		case horizontal:
			fmt.Fprintf(text, `<rect class="%s" x="%s" y="%d" width="%s" height="1"/>`,
				class, number(float64(at)*cellWidth), cellHeight/2, number(float64(len(part))*cellWidth))
		default:
			drawLetters(text, string(part), class, at)
		}
		start = end
	}
}

type kind int

const (
	letter kind = iota
	block
	vertical
	horizontal
)

func kindOf(r rune) kind {
	switch {
	case r >= '█' && r <= '▏':
		return block
	case r == '│':
		return vertical
	case r == '─':
		return horizontal
	}
	return letter
}

// drawBar draws block elements: each fills some eighths of its cell, from the
// left. Only the last of a bar is not full.
func drawBar(text *strings.Builder, blocks []rune, class string, column int) {
	eighths := 0
	for _, r := range blocks {
		eighths += 8 - int(r-'█')
	}
	fmt.Fprintf(text, `<rect class="%s" x="%s" y="%d" width="%s" height="%d"/>`,
		class, number(float64(column)*cellWidth), barTop, number(float64(eighths)/8*cellWidth), barHeight)
}

func drawLetters(text *strings.Builder, letters, class string, column int) {
	trimmed := strings.TrimLeft(letters, " ")
	column += len(letters) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, " ")
	if trimmed == "" {
		return
	}
	// The length holds the columns where the font's letters are narrower or wider.
	fmt.Fprintf(text, `<text class="%s" x="%s" y="%s" textLength="%s">%s</text>`, class,
		number(float64(column)*cellWidth), number(baseline), number(float64(len([]rune(trimmed)))*cellWidth), escape(trimmed))
}

// number is a length without needless digits.
func number(value float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", value), "0"), ".")
}

func escape(text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a Builder does not fail
	return escaped.String()
}
