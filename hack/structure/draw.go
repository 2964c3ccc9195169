// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"
)

// titleHeight is that of the line above all frames.
const titleHeight = 28

// style has colours for light and for dark pages. Arrows have the colour of the group
// that they come from.
const style = `text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:#1f2328;text-anchor:middle}
.title{font-weight:bold;text-anchor:start;paint-order:stroke;stroke:#f6f8fa;stroke-width:4px}.headline{text-anchor:start}.page{fill:#ffffff}.frame{fill:#f6f8fa;stroke:#d0d7de}.box{fill:#ffffff;stroke-width:1.5}
path{fill:none;stroke-width:1.3}.head{stroke:none}
.s0{stroke:#57606a}.s1{stroke:#0969da}.s2{stroke:#8250df}.s3{stroke:#1a7f37}.s4{stroke:#bc4c00}.s5{stroke:#bf3989}.s6{stroke:#9a6700}.s7{stroke:#1b7c83}.s8{stroke:#cf222e}
.h0{fill:#57606a}.h1{fill:#0969da}.h2{fill:#8250df}.h3{fill:#1a7f37}.h4{fill:#bc4c00}.h5{fill:#bf3989}.h6{fill:#9a6700}.h7{fill:#1b7c83}.h8{fill:#cf222e}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.title{stroke:#161b22}.page{fill:#0d1117}.frame{fill:#161b22;stroke:#30363d}.box{fill:#0d1117}
.s0{stroke:#8d96a0}.s1{stroke:#4493f8}.s2{stroke:#ab7df8}.s3{stroke:#3fb950}.s4{stroke:#db6d28}.s5{stroke:#db61a2}.s6{stroke:#d29922}.s7{stroke:#39c5cf}.s8{stroke:#f85149}
.h0{fill:#8d96a0}.h1{fill:#4493f8}.h2{fill:#ab7df8}.h3{fill:#3fb950}.h4{fill:#db6d28}.h5{fill:#db61a2}.h6{fill:#d29922}.h7{fill:#39c5cf}.h8{fill:#f85149}}
`

// colours is how many there are.
const colours = 9

// draw writes the picture as SVG.
func draw(p *picture) []byte {
	const title = "The packages of Loadline. An arrow leads from a package to one that it imports; what is imported on the way is left out."
	w := &bytes.Buffer{}
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%s" viewBox="0 0 %.0f %.0f">`+"\n", title, p.width, p.height)
	fmt.Fprintf(w, "<!-- Drawn by hack/structure. DO NOT EDIT. -->\n<title>%s</title>\n<style>\n%s</style>\n", title, style)
	fmt.Fprintf(w, `<rect class="page" width="100%%" height="100%%" rx="8"/>`+"\n")
	fmt.Fprintf(w, `<text class="headline" x="%d" y="%d">%s</text>`+"\n", margin+2, margin+10, title)
	for _, f := range p.frames {
		fmt.Fprintf(w, `<rect class="frame" x="%.0f" y="%.0f" width="%.0f" height="%.0f" rx="6"/>`+"\n", f.left, f.top, f.width, f.height)
	}
	p.drawArrows(w)
	for _, f := range p.frames { // over the arrows
		fmt.Fprintf(w, `<text class="title" x="%.0f" y="%.0f">%s</text>`+"\n", f.left+framePadding/2, f.top+16, f.group.heading())
	}
	for _, path := range p.paths() {
		p.drawBox(w, p.boxes[path])
	}
	fmt.Fprintln(w, "</svg>")
	return w.Bytes()
}

func (p *picture) drawBox(w *bytes.Buffer, box *item) {
	top := p.rows[box.row].top
	fmt.Fprintf(w, `<g><title>%s: %s</title><rect class="box s%d" x="%.1f" y="%.0f" width="%.0f" height="%d" rx="4"/><text x="%.1f" y="%.0f">%s</text></g>`+"\n",
		box.path, html.EscapeString(p.packages[box.path].doc), p.colour(box), box.x-box.width/2, top, box.width, boxHeight, box.x, top+17, p.label(box.path))
}

// colour is that of the group of a box.
func (p *picture) colour(box *item) int {
	return slices.IndexFunc(p.frames, func(f *frame) bool {
		return f.layer == p.layerOf[box.path] && f.group.has(box.path)
	}) % colours
}

func (p *picture) drawArrows(w *bytes.Buffer) {
	begins, ends := map[*arrow]float64{}, map[*arrow]float64{}
	for _, path := range p.paths() {
		var from, to []*arrow
		for _, a := range p.arrows {
			if a.from == path {
				from = append(from, a)
			}
			if a.to == path {
				to = append(to, a)
			}
		}
		dock(p.boxes[path], from, begins, func(a *arrow) float64 { return a.items[1].x })
		dock(p.boxes[path], to, ends, func(a *arrow) float64 { return a.items[len(a.items)-2].x })
	}
	for _, a := range p.arrows {
		p.drawArrow(w, a, begins[a], ends[a])
	}
}

// dock spreads the arrows at one side of a box over its width, in the order of what is
// at their next or last row.
func dock(box *item, arrows []*arrow, docks map[*arrow]float64, other func(*arrow) float64) {
	slices.SortStableFunc(arrows, func(a, b *arrow) int { return cmp.Compare(other(a), other(b)) })
	distance := min(14, (box.width-16)/float64(max(len(arrows)-1, 1)))
	for i, a := range arrows {
		docks[a] = box.x + float64((float64(i)-float64(len(arrows)-1)/2)*distance)
	}
}

const (
	// head is the height of an arrow's head.
	head = 7
	// steepest is how far an arrow may lead aside, by what it leads down, where it passes
	// between boxes.
	steepest = 0.6
)

// point is one that an arrow leads through, and how far aside it leads there.
type point struct{ x, y, aside float64 }

// pass leads from the upper to the lower side of the boxes of a row, and so little aside
// that it meets none of them.
func (p *picture) pass(here, before, after *item) []point {
	top := p.rows[here.row].top
	aside := (after.x - before.x) / (p.rows[after.row].top - p.rows[before.row].top)
	aside = min(max(aside, -steepest), steepest)
	return []point{
		{here.x - float64(aside*boxHeight/2), top, aside},
		{here.x + float64(aside*boxHeight/2), top + boxHeight, aside},
	}
}

// drawArrow draws a smooth line, which begins and ends straight down.
func (p *picture) drawArrow(w *bytes.Buffer, a *arrow, begin, end float64) {
	last := len(a.items) - 1
	points := []point{{begin, p.rows[a.items[0].row].top + boxHeight, 0}}
	for i := 1; i < last; i++ {
		points = append(points, p.pass(a.items[i], a.items[i-1], a.items[i+1])...)
	}
	tip := p.rows[a.items[last].row].top
	points = append(points, point{end, tip - head, 0})

	colour := p.colour(a.items[0])
	fmt.Fprintf(w, `<g><title>%s imports %s</title><path class="s%d" d="M%.1f %.0f`, a.from, a.to, colour, begin, points[0].y)
	for i, next := range points[1:] {
		here := points[i]
		part := (next.y - here.y) / 2.2
		fmt.Fprintf(w, "C%.1f %.1f %.1f %.1f %.1f %.0f", here.x+float64(here.aside*part), here.y+part, next.x-float64(next.aside*part), next.y-part, next.x, next.y)
	}
	fmt.Fprintf(w, `"/><path class="head h%d" d="M%.1f %.0fl-3.5 -%dh7z"/></g>`+"\n", colour, end, tip, head)
}
