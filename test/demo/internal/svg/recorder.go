// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package svg

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

const (
	// frameTime is how long each frame is shown.
	frameTime = time.Second
	// lastFrameTime is how long the last one is, before all begins again.
	lastFrameTime = 8 * time.Second
)

// Recorder collects frames for an animated picture. It is not safe for
// concurrent use.
type Recorder struct {
	// Columns is the width of the frames.
	Columns int

	frames []screen.Frame
	next   time.Time
}

// Add takes the frame of a moment, unless a second has not passed since the one
// before.
func (r *Recorder) Add(frame screen.Frame, at time.Time) {
	if r.next.IsZero() {
		r.next = at
	}
	if at.Before(r.next) {
		return
	}
	r.frames = append(r.frames, frame)
	r.next = r.next.Add(frameTime)
}

// AddLast takes the last frame, whenever it comes.
func (r *Recorder) AddLast(frame screen.Frame) { r.frames = append(r.frames, frame) }

// Animation is a picture that shows the frames one after the other, for ever.
// The frames are one long strip, which a rule of the style sheet moves past.
// Where nothing may move, the last frame is seen.
func (r *Recorder) Animation(label string) []byte {
	height := 0
	for _, frame := range r.frames {
		height = max(height, len(frame))
	}
	var text strings.Builder
	open(&text, r.Columns, height, styleSheet+stripStyle(len(r.frames), height*cellHeight), label)
	rows, strip := r.strip(height)
	text.WriteString("<defs>\n")
	for i, row := range rows {
		fmt.Fprintf(&text, "<g id=\"%s\">%s</g>\n", identity(i), row)
	}
	text.WriteString("</defs>\n<g class=\"strip\">\n" + strip + "</g></svg></svg>\n")
	return []byte(text.String())
}

// strip is the frames below each other, made of rows that are drawn only once.
func (r *Recorder) strip(height int) (rows []string, strip string) {
	var text strings.Builder
	known := map[string]int{}
	for i, frame := range r.frames {
		for j, row := range frame {
			drawn := drawRow(row)
			if drawn == "" {
				continue
			}
			if _, ok := known[drawn]; !ok {
				known[drawn] = len(rows)
				rows = append(rows, drawn)
			}
			fmt.Fprintf(&text, `<use xlink:href="#%s" y="%d"/>`, identity(known[drawn]), (i*height+j)*cellHeight)
		}
		text.WriteString("\n")
	}
	return rows, text.String()
}

func identity(row int) string { return fmt.Sprintf("r%x", row) }

// stripStyle moves the strip by one frame at a time, and then rests.
func stripStyle(frames, height int) string {
	steps := max(1, frames-1)
	moving := time.Duration(frames-1) * frameTime
	total := moving + lastFrameTime
	end := fmt.Sprintf("transform:translateY(-%dpx)", (frames-1)*height)
	return fmt.Sprintf(`.strip{%s;animation:play %gs infinite}
@keyframes play{0%%{transform:translateY(0);animation-timing-function:steps(%d,end)}%.4f%%,100%%{%s}}
@media (prefers-reduced-motion:reduce){.strip{animation:none}}
`, end, total.Seconds(), steps, 100*moving.Seconds()/total.Seconds(), end)
}
