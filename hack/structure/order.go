// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"slices"
)

// sweeps is how often the order of the boxes is looked at.
const sweeps = 60

// order sorts what is beside each other, by the mean place of its neighbours above and
// below in turns, and keeps the order in which the fewest arrows cross.
func (a *picture) order() {
	a.spread()
	best, fewest := a.snapshot(), a.crossings()
	for sweep := range sweeps {
		rows, neighbours := slices.Clone(a.rows), func(i *item) []*item { return i.above }
		if sweep%2 == 1 {
			slices.Reverse(rows)
			neighbours = func(i *item) []*item { return i.below }
		}
		for _, row := range rows {
			a.sort(row, neighbours)
		}
		if now := a.crossings(); now < fewest {
			best, fewest = a.snapshot(), now
		}
	}
	for i, row := range a.rows {
		row.segments = best[i]
	}
	a.spread()
	a.swap()
}

func (a *picture) snapshot() [][][]*item {
	orders := make([][][]*item, len(a.rows))
	for i, row := range a.rows {
		for _, segment := range row.segments {
			orders[i] = append(orders[i], slices.Clone(segment))
		}
	}
	return orders
}

// spread places items from the left to the right of their frames.
func (a *picture) spread() {
	for _, row := range a.rows {
		for i, f := range a.in(row.layer) {
			x := f.left + (f.width-span(row.segments[i]))/2
			for _, one := range row.segments[i] {
				one.x = x + one.width/2
				x += one.width + beside
			}
		}
	}
}

func (a *picture) sort(row *row, neighbours func(*item) []*item) {
	for i, f := range a.in(row.layer) {
		wish := make(map[*item]float64, len(row.segments[i]))
		for _, one := range row.segments[i] {
			wish[one] = mean(neighbours(one), one.x)
		}
		slices.SortStableFunc(row.segments[i], func(x, y *item) int { return cmp.Compare(wish[x], wish[y]) })
		pack(row.segments[i], wish, f)
	}
}

// swap exchanges items beside each other for as long as that makes fewer arrows cross.
func (a *picture) swap() {
	for better := true; better; {
		better = false
		for at, row := range a.rows {
			for _, segment := range row.segments {
				for i := range len(segment) - 1 {
					before := a.crossingsBeside(at)
					exchange(segment, i)
					if a.crossingsBeside(at) < before {
						better = true
					} else {
						exchange(segment, i)
					}
				}
			}
		}
	}
}

func exchange(segment []*item, i int) {
	left, right := segment[i], segment[i+1]
	begin := left.x - left.width/2
	right.x = begin + right.width/2
	left.x = begin + right.width + beside + left.width/2
	segment[i], segment[i+1] = right, left
}

func (a *picture) crossings() int {
	crossings := 0
	for at := range a.rows {
		crossings += a.crossingsBelow(at)
	}
	return crossings
}

func (a *picture) crossingsBeside(at int) int {
	crossings := a.crossingsBelow(at)
	if at > 0 {
		crossings += a.crossingsBelow(at - 1)
	}
	return crossings
}

// crossingsBelow counts the pairs of arrows that cross between a row and the next.
func (a *picture) crossingsBelow(at int) int {
	type line struct{ from, to float64 }
	var lines []line
	for _, segment := range a.rows[at].segments {
		for _, one := range segment {
			for _, next := range one.below {
				lines = append(lines, line{one.x, next.x})
			}
		}
	}
	crossings := 0
	for i, x := range lines {
		for _, y := range lines[i+1:] {
			if (x.from-y.from)*(x.to-y.to) < 0 {
				crossings++
			}
		}
	}
	return crossings
}

// settle moves items to the middle of their neighbours, without changing their order.
func (a *picture) settle() {
	for range sweeps {
		for _, row := range a.rows {
			for i, f := range a.in(row.layer) {
				wish := make(map[*item]float64, len(row.segments[i]))
				for _, one := range row.segments[i] {
					wish[one] = one.between()
				}
				pack(row.segments[i], wish, f)
			}
		}
	}
}

// between is where an item has its neighbours above and below alike far away. Arrows
// that pass are straight rather than boxes in the middle.
func (i *item) between() float64 {
	if i.path == "" || len(i.above) == 0 || len(i.below) == 0 {
		return mean(slices.Concat(i.above, i.below), i.x)
	}
	return (mean(i.above, i.x) + mean(i.below, i.x)) / 2
}

func mean(items []*item, otherwise float64) float64 {
	if len(items) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, i := range items {
		sum += i.x
	}
	return sum / float64(len(items))
}

// pack gives items that are beside each other the places that are nearest to what they
// wish for, by least squares, where none lies over another: those that would push each
// other form blocks, which go where they all together wish to be.
func pack(items []*item, wish map[*item]float64, f *frame) {
	type block struct{ sum, count float64 }
	var blocks []block
	offset, offsets := 0.0, make([]float64, len(items)) // of an item, if all were tight
	for i, one := range items {
		if i > 0 {
			offset += items[i-1].width/2 + beside + one.width/2
		}
		offsets[i] = offset
		blocks = append(blocks, block{wish[one] - offset, 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].count > blocks[n-1].sum/blocks[n-1].count; n = len(blocks) {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].count += blocks[n-1].count
			blocks = blocks[:n-1]
		}
	}
	if len(items) == 0 {
		return
	}
	lowest := f.left + framePadding + items[0].width/2
	highest := f.left + f.width - framePadding - items[len(items)-1].width/2 - offset
	at := 0
	for _, b := range blocks {
		begin := min(max(b.sum/b.count, lowest), highest)
		for range int(b.count) {
			items[at].x = begin + offsets[at]
			at++
		}
	}
}
