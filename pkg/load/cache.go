// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/utils/clock"
)

const (
	// settled is the age past which an instant is taken to change no more: by then what
	// was measured until it has arrived everywhere.
	settled = 2 * time.Minute
	// emptyAgain is after what time an instant is asked for again at which nothing was
	// known at all: a store that lags behind may have it by then.
	emptyAgain = time.Minute
	// maxValues bounds the values of single nodes that are kept, at 8 bytes each: 32 MB.
	// Those of 5,000 nodes at 60 instants are 300,000 for each metric. Beyond that they
	// are asked for again when somebody looks at a node.
	maxValues = 4_000_000
	// forgetAfter is how long is kept what nobody looks at.
	forgetAfter = 10 * time.Minute
)

// Query is how a metric is asked for.
type Query struct {
	// Expression is PromQL that yields one sample per node.
	Expression string
	// NodeLabel names the label that tells the node, if it is not the usual one.
	NodeLabel string
}

// Answer is what nodes measured at several instants.
type Answer struct {
	// Nodes are sorted by name.
	Nodes []string
	// Columns are by instant, then by node. NaN where nothing is known.
	Columns [][]float64
}

// Ask answers a query at several instants, from a first one on and a step apart.
type Ask func(ctx context.Context, query Query, first time.Time, step time.Duration, steps int) (Answer, error)

// Cache remembers what was asked. Whoever looks at the same time waits, and finds what
// the one before has asked. It is safe for concurrent use.
type Cache struct {
	ask   Ask
	span  int // the most instants that are asked for at a time
	clock clock.PassiveClock
	// refresh is the least time between two questions for the same instant.
	refresh time.Duration

	// turn guards what is below.
	turn      chan struct{}
	histories map[historyKey]*history
	// names are those of the latest answer. Most answers have the same.
	names []string
	// values counts those that are kept of single nodes.
	values int
}

type historyKey struct {
	query Query
	step  time.Duration
}

// history is what is known of a query.
type history struct {
	columns map[int64]*column // by Unix time
	used    time.Time
	// failed is when it was last asked in vain, for the reason err.
	failed time.Time
	err    error
}

// column is what the nodes measured at one instant.
type column struct {
	summary
	asked  time.Time
	names  []string
	values []float64 // by node. Nil: not kept
}

// NewCache makes an empty one, which asks for a number of instants at a time, and for
// the same instant no sooner again than after refresh.
func NewCache(ask Ask, span int, refresh time.Duration, clock clock.PassiveClock) *Cache {
	return &Cache{ask: ask, span: span, clock: clock, refresh: refresh, turn: make(chan struct{}, 1), histories: map[historyKey]*history{}}
}

// Load is what the nodes measured at the instants of an axis, with the values of one of
// them, if a node is named. With an error it is as much as is known.
func (c *Cache) Load(ctx context.Context, query Query, axis Axis, node string) (*Load, error) {
	load := newLoad(axis, node)
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return load, fmt.Errorf("waiting for what others have asked: %w", ctx.Err())
	}
	now := c.clock.Now()
	c.forget(now)
	key := historyKey{query, axis.Step}
	if c.histories[key] == nil {
		c.histories[key] = &history{columns: map[int64]*column{}}
	}
	known := c.histories[key]
	known.used = now
	c.drop(known, axis.End.Add(-maxSteps*axis.Step))
	err := c.fill(ctx, known, query, axis, node != "")
	known.read(load, axis, node)
	c.bound()
	return load, err
}

// Forget lets go of what nobody has looked at for some time, unless somebody looks at
// something just now.
func (c *Cache) Forget() {
	select {
	case c.turn <- struct{}{}:
		c.forget(c.clock.Now())
		<-c.turn
	default:
	}
}

// fill asks for what is not known, the latest first.
func (c *Cache) fill(ctx context.Context, known *history, query Query, axis Axis, needsValues bool) error {
	if known.err != nil && c.clock.Since(known.failed) < c.refresh {
		return known.err
	}
	known.err = nil
	for last := axis.Steps - 1; last >= 0; last-- {
		if !c.isWanted(known, axis.At(last), needsValues) {
			continue
		}
		first := last
		for first > 0 && last-first+1 < c.span && c.isWanted(known, axis.At(first-1), needsValues) {
			first--
		}
		now := c.clock.Now()
		answer, err := c.ask(ctx, query, axis.At(first), axis.Step, last-first+1)
		if err != nil {
			if ctx.Err() == nil { // else it may be no fault of the query's
				known.failed, known.err = now, err
			}
			return err
		}
		c.keep(known, answer, axis, first, now)
		last = first
	}
	return nil
}

// isWanted tells whether an instant is to be asked for.
func (c *Cache) isWanted(known *history, at time.Time, needsValues bool) bool {
	found := known.columns[at.Unix()]
	switch {
	case found == nil, needsValues && found.values == nil:
		return true
	case found.asked.Sub(at) < settled:
		return c.clock.Since(found.asked) >= c.refresh
	case found.nodes == 0:
		return c.clock.Since(found.asked) >= emptyAgain
	}
	return false
}

// keep takes an answer that begins at an instant of the axis.
func (c *Cache) keep(known *history, answer Answer, axis Axis, first int, asked time.Time) {
	if !slices.Equal(c.names, answer.Nodes) {
		c.names = answer.Nodes
	}
	for i, values := range answer.Columns {
		at := axis.At(first + i).Unix()
		if before := known.columns[at]; before != nil {
			c.values -= len(before.values)
		}
		known.columns[at] = &column{summary: summarize(values), asked: asked, names: c.names, values: values}
		c.values += len(values)
	}
}

// read is what is known at the instants of an axis.
func (h *history) read(load *Load, axis Axis, node string) {
	for i := range axis.Steps {
		found := h.columns[axis.At(i).Unix()]
		if found == nil {
			continue
		}
		load.Max[i], load.P90[i], load.Median[i], load.Min[i], load.Nodes[i] = found.max, found.p90, found.median, found.min, found.nodes
		if position, ok := slices.BinarySearch(found.names, node); ok && node != "" && found.values != nil {
			load.Values[i] = found.values[position]
		}
	}
}

// drop lets go of what was before a time.
func (c *Cache) drop(known *history, before time.Time) {
	for at, column := range known.columns {
		if at < before.Unix() {
			c.values -= len(column.values)
			delete(known.columns, at)
		}
	}
}

func (c *Cache) forget(now time.Time) {
	for key, known := range c.histories {
		if now.Sub(known.used) >= forgetAfter {
			c.dropValues(known)
			delete(c.histories, key)
		}
	}
}

// bound lets go of the values of single nodes where there are too many, those first
// that nobody has looked at for longest.
func (c *Cache) bound() {
	if c.values <= maxValues {
		return
	}
	kept := make([]*history, 0, len(c.histories))
	for _, known := range c.histories {
		kept = append(kept, known)
	}
	slices.SortFunc(kept, func(a, b *history) int { return a.used.Compare(b.used) })
	for _, known := range kept {
		if c.values > maxValues {
			c.dropValues(known)
		}
	}
}

func (c *Cache) dropValues(known *history) {
	for _, column := range known.columns {
		c.values -= len(column.values)
		column.values = nil
	}
}
