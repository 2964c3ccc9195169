// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"slices"
)

// Sizes are in pixels, where the picture is not scaled.
//
// Products are rounded by themselves (float64) before something is added to them, which
// some processors would otherwise do in one step: the picture is the same everywhere.
const (
	boxHeight = 26
	rowHeight = 68
	// letter is the width of a letter of a box, at the most.
	letter = 7.3
	// beside is what is free at both sides of a box, and between the middles of arrows
	// that pass a row beside each other.
	beside = 14
	// framePadding is what is free between a frame and its boxes, frameTitle the height
	// of its title, and frameGap what is free between frames.
	framePadding = 16
	frameTitle   = 34
	frameGap     = 22
	margin       = 16
)

// item is a box, or a place where an arrow passes a row.
type item struct {
	path  string  // empty: a place to pass
	row   int     // counted from the top
	group int     // within its layer
	width float64 // of a box; otherwise nothing
	x     float64 // of its middle
	// above and below are its neighbours along arrows.
	above, below []*item
}

// arrow leads from a box to another, through the rows between.
type arrow struct {
	from, to string
	items    []*item
}

// frame is a group in the picture.
type frame struct {
	group                    group
	layer                    int
	left, width, top, height float64
}

// picture is what is drawn.
type picture struct {
	*placement
	boxes  map[string]*item
	arrows []*arrow
	frames []*frame
	rows   []*row

	width, height float64
}

// row is what is beside each other, by group.
type row struct {
	layer    int
	segments [][]*item
	top      float64
}

// arrange finds a place for each box, such that all arrows lead down, and few of them
// cross.
func arrange(p *placement) *picture {
	a := &picture{placement: p, boxes: map[string]*item{}}
	a.stack()
	a.connect()
	a.size()
	a.order()
	a.settle()
	return a
}

// stack gives each package a row: below those of its layer that import it, and as
// near to them as to what it imports.
func (a *picture) stack() {
	for layer := range a.layers {
		depths, deepest := a.depths(layer)
		first := len(a.rows)
		for range deepest + 1 {
			a.rows = append(a.rows, &row{layer: layer, segments: make([][]*item, len(a.layers[layer]))})
		}
		for _, path := range a.paths() {
			if a.layerOf[path] == layer {
				box := &item{path: path, row: first + depths[path], group: a.groupOf[path], width: math.Ceil(letter*float64(len(a.label(path)))) + 16}
				a.boxes[path] = box
				a.add(box)
			}
		}
	}
}

func (a *picture) add(i *item) {
	row := a.rows[i.row]
	row.segments[i.group] = append(row.segments[i.group], i)
}

// depths are the rows of the packages of a layer, counted from its top.
func (a *picture) depths(layer int) (depths map[string]int, deepest int) {
	// 1. As high as their importers in the layer let them be.
	depths = map[string]int{}
	var lower func(path string, depth int)
	lower = func(path string, depth int) {
		if known, ok := depths[path]; ok && known >= depth {
			return
		}
		depths[path] = depth
		deepest = max(deepest, depth)
		for _, imported := range a.imports[path] {
			if a.layerOf[imported] == layer {
				lower(imported, depth+1)
			}
		}
	}
	for _, path := range a.paths() {
		if a.layerOf[path] == layer {
			lower(path, 0)
		}
	}
	// 2. Nearer to what they import, if they import more than they are imported.
	for changed := true; changed; {
		changed = false
		for _, path := range a.paths() {
			if at, ok := depths[path]; ok {
				if lowest := a.lowest(path, layer, depths, deepest); lowest > at && a.pull(path) > 0 {
					depths[path], changed = lowest, true
				}
			}
		}
	}
	return depths, deepest
}

// lowest is the lowest row that the imports of a package leave to it.
func (a *picture) lowest(path string, layer int, depths map[string]int, deepest int) int {
	lowest := deepest
	for _, imported := range a.imports[path] {
		if a.layerOf[imported] == layer {
			lowest = min(lowest, depths[imported]-1)
		}
	}
	return lowest
}

// pull is how many more arrows lead from a package than to it.
func (a *picture) pull(path string) int {
	pull := len(a.imports[path])
	for _, imports := range a.imports {
		if slices.Contains(imports, path) {
			pull--
		}
	}
	return pull
}

// connect has arrows pass the rows between their ends.
func (a *picture) connect() {
	for _, from := range a.paths() {
		for _, to := range a.imports[from] {
			begin, end := a.boxes[from], a.boxes[to]
			way := &arrow{from: from, to: to, items: []*item{begin}}
			for row := begin.row + 1; row < end.row; row++ {
				pass := &item{row: row, group: a.groupOn(row, begin, end)}
				a.add(pass)
				way.items = append(way.items, pass)
			}
			way.items = append(way.items, end)
			for i, next := range way.items[1:] {
				way.items[i].below = append(way.items[i].below, next)
				next.above = append(next.above, way.items[i])
			}
			a.arrows = append(a.arrows, way)
		}
	}
}

// groupOn is the group that an arrow passes in a row: the one that is as far to the
// right as the way from its beginning to its end is then, by and large.
func (a *picture) groupOn(row int, begin, end *item) int {
	right := func(i *item) float64 {
		return (float64(i.group) + 0.5) / float64(len(a.rows[i.row].segments))
	}
	switch layer := a.rows[row].layer; layer {
	case a.rows[begin.row].layer:
		return begin.group
	case a.rows[end.row].layer:
		return end.group
	default:
		share := float64(row-begin.row) / float64(end.row-begin.row)
		at := right(begin) + float64(share*(right(end)-right(begin)))
		return min(int(at*float64(len(a.layers[layer]))), len(a.layers[layer])-1)
	}
}

// size finds how large frames are, and where.
func (a *picture) size() {
	for layer, groups := range a.layers {
		for i := range groups {
			f := &frame{group: groups[i], layer: layer, width: math.Ceil(letter*float64(len(groups[i].heading()))) + 2*framePadding}
			for _, row := range a.rows {
				if row.layer == layer {
					f.width = max(f.width, span(row.segments[i])+2*framePadding)
				}
			}
			a.frames = append(a.frames, f)
		}
	}
	for layer := range a.layers {
		a.width = max(a.width, total(a.in(layer)))
	}
	top := float64(margin + titleHeight)
	for layer := range a.layers {
		top = a.fit(layer, top) + frameGap
	}
	a.width, a.height = a.width+2*margin, top-frameGap+margin
}

// fit places the frames of a layer beside each other, over the whole width, and its
// rows below each other. It gives the lower end.
func (a *picture) fit(layer int, top float64) float64 {
	frames := a.in(layer)
	stretch := (a.width - total(frames)) / float64(len(frames))
	left, y := float64(margin), top+frameTitle
	for _, row := range a.rows {
		if row.layer == layer {
			row.top = y
			y += rowHeight
		}
	}
	bottom := y - rowHeight + boxHeight + framePadding
	for _, f := range frames {
		f.left, f.width, f.top, f.height = left, f.width+stretch, top, bottom-top
		left += f.width + frameGap
	}
	return bottom
}

func (a *picture) in(layer int) []*frame {
	return slices.Collect(func(yield func(*frame) bool) {
		for _, f := range a.frames {
			if f.layer == layer && !yield(f) {
				return
			}
		}
	})
}

func total(frames []*frame) float64 {
	width := float64(-frameGap)
	for _, f := range frames {
		width += f.width + frameGap
	}
	return width
}

// span is the width that items need beside each other.
func span(items []*item) float64 {
	width := float64(-beside)
	for _, i := range items {
		width += i.width + beside
	}
	return max(width, 0)
}
