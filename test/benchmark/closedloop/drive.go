// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// creators is the number of pods that are created at the same time.
const creators = 8

// drive is a run: pods come and go at their times.
type drive struct {
	*box
	watch *podWatch
	// start is when the scenario begins, and end its last moment, in its time.
	start time.Time
	end   time.Duration
	// deleted are the pods that have been, by their position.
	deleted map[int]bool

	mutex sync.Mutex
	worst lateness
}

// drive has the pods come and go until a time of the scenario.
func (b *box) drive(end time.Duration) (*drive, error) {
	watch, err := watchPods(b.ctx, b.cluster.Client())
	if err != nil {
		return nil, err
	}
	d := &drive{
		box: b, watch: watch, deleted: map[int]bool{},
		// The API server's times have whole seconds.
		start: time.Now().Truncate(time.Second).Add(2 * time.Second),
		end:   end,
	}
	arrived := 0
	for now := time.Duration(0); now <= d.end; now += scenario.Step {
		if err := d.sleepUntil(d.real(now)); err != nil {
			return nil, err
		}
		first := arrived
		for arrived < len(d.scenario.Pods) && d.scenario.Pods[arrived].Arrival <= now {
			arrived++
		}
		if err := errors.Join(d.createAll(d.scenario.Pods[first:arrived]), d.removeEnded()); err != nil {
			return nil, err
		}
		if now%scenario.Interval == 0 {
			if err := d.lookAtData(); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// real is when a time of the scenario is.
func (d *drive) real(at time.Duration) time.Time { return d.start.Add(d.pace.real(at)) }

// since is the scenario's time at an instant.
func (d *drive) since(at time.Time) time.Duration {
	if at.IsZero() {
		return never
	}
	return d.pace.scenario(at.Sub(d.start))
}

func (d *drive) createAll(pods []*scenario.Pod) error {
	var creating errgroup.Group
	creating.SetLimit(creators)
	for _, p := range pods {
		creating.Go(func() error {
			err := d.create(d.podOf(p))
			d.late(time.Since(d.real(p.Arrival)))
			return err
		})
	}
	return creating.Wait()
}

// removeEnded deletes the pods that have lived their life.
func (d *drive) removeEnded() error {
	for i, seen := range d.seen() {
		p := d.scenario.Pods[i]
		if p.Life == 0 || seen.started.IsZero() || d.deleted[i] {
			continue
		}
		due := seen.started.Add(lifeOf(p, d.pace))
		if time.Now().Before(due) {
			continue
		}
		if err := d.remove(p.Object.Name); err != nil {
			return err
		}
		d.deleted[i] = true
		d.late(time.Since(due))
	}
	return nil
}

// late takes down that a pod came or went so late.
func (d *drive) late(by time.Duration) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.worst.pods = max(d.worst.pods, by)
}

// lookAtData takes down how old and how late the samples are that Loadline places
// by now.
func (d *drive) lookAtData() error {
	if d.loadline == nil {
		return nil
	}
	age, answer, err := dataOf(d.ctx, d.loadline)
	d.worst.data, d.worst.answers = max(d.worst.data, age), answer
	return err
}

// seen is what was seen of the scenario's pods, in their order.
func (d *drive) seen() []sighting {
	byName := d.watch.all()
	seen := make([]sighting, len(d.scenario.Pods))
	for i, p := range d.scenario.Pods {
		seen[i] = byName[p.Object.Name]
	}
	return seen
}

// fates are what became of the scenario's pods.
func (d *drive) fates() []fate {
	var fates []fate
	for _, seen := range d.seen() {
		fates = append(fates, fate{
			refused: d.since(seen.refused), bound: d.since(seen.bound), started: d.since(seen.started), node: seen.node,
		})
	}
	return fates
}

// lateness is that of the whole run.
func (d *drive) lateness() lateness {
	worst := d.worst
	for _, seen := range d.seen() {
		if seen.refused.IsZero() && !seen.bound.IsZero() {
			worst.placement = max(worst.placement, seen.bound.Sub(seen.created))
		}
	}
	return worst
}
