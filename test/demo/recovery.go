// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/demo/internal/screen"
)

const (
	// clearLine is what the rule has nodes brought back below.
	clearLine = 0.85
	// maxMissed is how far the node may be from what was predicted.
	maxMissed = 0.02
)

// recovery is what act 5 adds up to.
type recovery struct {
	node string
	// grown are the pods that have drifted there.
	grown int
	// over is the time from the first measurement over the line to the first one that
	// is back below clear.
	over time.Duration
	// evictions are as the descheduler has written them down.
	evictions []history.Record
	// late are those of them that came when the node was back below the line.
	late int
	// score is of all nodes, while it lasted.
	score  score
	killed int
}

// playDrift is act 5.
func (d *demo) playDrift(outcome *result) error {
	d.show.act("Act 5 of 5: the load of a running workload drifts",
		"Pods grow until their node is over the line. The fewest that bring it back below 85% are moved.",
		"Times are short here: a node must be over the line for 3 s, and a pod 5 s old, before it is evicted.")
	d.show.setBody(d.storyBody)
	if err := d.resume(); err != nil {
		return err
	}
	killed := d.show.now().pods.killed
	d.drifted.begin(time.Now())
	r := &outcome.recovery
	if err := d.recover(r); err != nil {
		return err
	}
	moved := len(r.evictions)
	if err := d.pause(look); err != nil {
		return err
	}
	d.drifted.end()
	var err error
	r.evictions, err = d.evictions()
	r.late = len(r.evictions) - moved
	r.score, r.killed = d.drifted.score(), d.show.now().pods.killed-killed
	return err
}

// resume lets the descheduler evict.
func (d *demo) resume() error {
	d.show.step("kubectl loadline resume: evictions, which were paused, may go on")
	if err := d.awaitLeader(deschedulerName); err != nil {
		return err
	}
	if err := d.kubectlLoadline("resume"); err != nil {
		return err
	}
	d.show.stepDone()
	return nil
}

// recover has a node drift over the line, and follows how it is brought back.
func (d *demo) recover(r *recovery) error {
	drift, err := d.findDrift(sessions.name, drifted)
	if err != nil {
		return err
	}
	r.node, r.grown = drift.node, len(drift.pods)
	mark := d.log.mark()
	d.show.step("The %d pods of %s on %s grow by %d MiB each. They are of low priority, and may go first",
		len(drift.pods), sessions.name, r.node, drift.growth>>20)
	if err := d.grow(drift); err != nil {
		return err
	}
	over, err := d.awaitCrossing(mark, overTheLine, r.node)
	if err != nil {
		return err
	}
	d.show.outcome("over the line: %.0f%% measured at %s", 100*over.value, clock(over.measuredAt))
	if err := d.followEvictions(r); err != nil {
		return err
	}
	if err := d.followSuccessors(); err != nil {
		return err
	}
	back, err := d.awaitCrossing(mark, backBelow, r.node)
	if err != nil {
		return err
	}
	r.over = back.measuredAt.Sub(over.measuredAt)
	return d.followEffect(r)
}

// followEvictions shows which pods go.
func (d *demo) followEvictions(r *recovery) error {
	d.show.step("loadline-descheduler evicts the smallest set of pods that suffices")
	var err error
	r.evictions, err = d.awaitEvictions("evict pods of "+r.node, func(e history.Record) bool { return !e.Evicted.IsZero() })
	if err != nil {
		return err
	}
	for _, e := range r.evictions {
		p := e.Predicted
		d.show.event("%s goes; predicted: %s %.1f to %.1f%%, %s %.1f to %.1f%%", e.Pod.Name,
			e.Node, 100*(p.SourceAfter+e.Before.Share), 100*p.SourceAfter,
			p.Destination, 100*p.DestinationBefore, 100*p.DestinationAfter)
	}
	d.show.outcome("%d evicted: %s is at %.1f%%, and predicted to come to %.1f%%", len(r.evictions), r.node,
		100*r.evictions[0].Before.Value, 100*r.predicted())
	return nil
}

// followSuccessors shows where the successors go. They take over what the pods used
// that are gone: the load does not vanish, it moves.
func (d *demo) followSuccessors() error {
	d.show.step("Their successors start elsewhere, and grow as large")
	replaced, err := d.awaitEvictions("see the successors placed", func(r history.Record) bool { return r.Successor.Node != "" })
	if err != nil {
		return err
	}
	var places []string
	for _, e := range replaced {
		successor, ok := d.pods.named(e.Successor.Name)
		if !ok {
			return fmt.Errorf("pod %s, the successor of %s, is gone", e.Successor.Name, e.Pod.Name)
		}
		if err := d.kernel.setUsage(d.ctx, successor.pod, int64(e.Before.Share*nodeMemory)); err != nil {
			return err
		}
		places = append(places, e.Successor.Node)
	}
	d.show.outcome("on %s", strings.Join(places, ", "))
	return nil
}

// followEffect shows what came of it.
func (d *demo) followEffect(r *recovery) error {
	d.show.step("The descheduler looks at what came of it")
	judged, err := d.awaitEvictions("judge what came of its evictions", func(r history.Record) bool { return r.Finished() && r.After != nil })
	if err != nil {
		return err
	}
	r.evictions = judged
	d.show.outcome("%s measures %.1f%%, where %.1f%% was predicted; it was over the line for %.1f s",
		r.node, 100*r.after(), 100*r.predicted(), r.over.Seconds())
	return nil
}

// predicted is what the node was to measure once all of them were gone.
func (r *recovery) predicted() float64 {
	least := 1.0
	for _, e := range r.evictions {
		least = min(least, e.Predicted.SourceAfter)
	}
	return least
}

// after is what the node measured once all of them were gone.
func (r *recovery) after() float64 {
	least := 1.0
	for _, e := range r.evictions {
		if e.After != nil {
			least = min(least, *e.After)
		}
	}
	return least
}

// needed tells whether the node would not have come below clear if the smallest of
// the pods had stayed.
func (r *recovery) needed() bool {
	smallest := slices.MinFunc(r.evictions, func(a, b history.Record) int { return cmp.Compare(a.Before.Share, b.Before.Share) })
	return r.predicted()+smallest.Before.Share > clearLine
}

// check tells what the act claims and has not seen happen.
func (r *recovery) check(check func(ok bool, format string, args ...any)) {
	check(len(r.evictions) > 0, "no pod was evicted from the node over the line")
	check(r.killed == 0, "%d pods were killed in act 5", r.killed)
	check(r.score.nodesOverLine <= 1, "%d nodes came over the line in act 5, not one", r.score.nodesOverLine)
	if len(r.evictions) == 0 {
		return
	}
	check(r.late == 0, "%d pods more were evicted when the node was back below the line", r.late)
	check(r.needed(), "%d pods were evicted, and fewer would have done", len(r.evictions))
	check(r.after() <= clearLine, "the node measured %.1f%% after the evictions, which is not below %.0f%%", 100*r.after(), 100*clearLine)
	missed := r.after() - r.predicted()
	check(max(missed, -missed) <= maxMissed, "the node measured %.1f%% after the evictions, and %.1f%% was predicted", 100*r.after(), 100*r.predicted())
	for _, e := range r.evictions {
		check(e.Node == r.node, "pod %s was evicted from %s, which was not over the line", e.Pod.Name, e.Node)
		check(e.Effect == history.EffectLowered, "the effect of the eviction of pod %s is %s", e.Pod.Name, e.Effect)
		check(e.Successor.Node != e.Node, "the successor of pod %s came back to %s", e.Pod.Name, e.Node)
	}
}

// table tells of the act.
func (r *recovery) table(width int) []screen.Row {
	row := func(label, value string, style screen.Style) screen.Row {
		return tableRow(width, screen.Span{Text: label}, screen.Span{Style: style, Text: value})
	}
	rows := tableHead(width, "act 5, measured", "Loadline")
	return append(rows,
		row("pods killed", fmt.Sprint(r.killed), styleOfCount(r.killed)),
		row("nodes that came over the line", fmt.Sprintf("%d of %d", r.score.nodesOverLine, nodeCount), screen.Plain),
		row("highest memory of that node", percent(r.score.maxMemory), styleOf(r.score.maxMemory)),
		row("time that it was over the line", seconds(r.over), screen.Plain),
		row("pods moved, of those that had grown", fmt.Sprintf("%d of %d", len(r.evictions), r.grown), screen.Plain),
		row("its memory after that, predicted", tenths(r.predicted()), screen.Plain),
		row("its memory after that, measured", tenths(r.after()), styleOf(r.after())),
	)
}
