// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/fit"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// cost is what something took: by the clock, and on all cores together.
type cost struct{ wall, cpu time.Duration }

func (c cost) plus(other cost) cost { return cost{c.wall + other.wall, c.cpu + other.cpu} }

// turn is what one turn took, by its parts.
type turn struct {
	observe, begin, plan cost
	// place is the part of the plan in which the scheduler was asked, so many times.
	place            cost
	places, refusals int
	evictions        int
	// allocated and live are of the heap, in bytes: all through the turn, and after
	// it.
	allocated, live uint64
}

// bench is what turns are measured with.
type bench struct {
	fleet     *fleet
	scheduler *fit.Scheduler
	history   []history.Record
	snapshots map[*line]*verdict.Snapshot
}

func newBench(ctx context.Context, options options) (*bench, error) {
	configuration, err := fit.LoadConfig(options.scheduler)
	if err != nil {
		return nil, err
	}
	f, err := newFleet(options.nodes, options.pods, time.Now())
	if err != nil {
		return nil, err
	}
	client := fake.NewClientset()
	if err := f.serve(client); err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(f.trim))
	sets := factory.Apps().V1().ReplicaSets().Lister()
	scheduler, err := fit.New(ctx, fit.Settings{Config: configuration, Client: client, Informers: factory})
	if err != nil {
		return nil, err
	}
	factory.StartWithContext(ctx)
	if err := factory.WaitForCacheSyncWithContext(ctx).AsError(); err != nil {
		return nil, fmt.Errorf("waiting for informers: %w", err)
	}
	if f.ReplicaSets, err = sets.List(labels.Everything()); err != nil { // of which the scheduler and the plan have the same
		return nil, fmt.Errorf("listing the ReplicaSets: %w", err)
	}
	return &bench{fleet: f, scheduler: scheduler, history: f.ledger(), snapshots: map[*line]*verdict.Snapshot{}}, nil
}

// ledger is as full as it gets, of evictions that hold nothing up any more.
func (f *fleet) ledger() []history.Record {
	var records []history.Record
	for i := range history.MaxRecords {
		planned := f.now.Add(-20*time.Hour + time.Duration(i)*time.Minute)
		records = append(records, history.Record{
			Pod: history.Pod{Namespace: "team-00", Name: fmt.Sprintf("gone-%d", i), UID: "gone"}, Node: f.Nodes[i%len(f.Nodes)].Name,
			Planned: planned, Evicted: planned, Deleted: planned, Effect: history.EffectLowered,
			Successor: history.Successor{Name: "back", UID: "back", Ready: planned.Add(time.Minute)},
		})
	}
	return records
}

// measure has lines take turns, and every round begin with another one.
func (b *bench) measure(ctx context.Context, lines []*line, rounds int) error {
	if len(lines) == 0 {
		return errors.New("--only: no line has such a name")
	}
	if _, err := b.turn(ctx, lines[0]); err != nil { // in which the scheduler gets to know the whole cluster
		return fmt.Errorf("measuring %q: %w", lines[0].name, err)
	}
	for round := range rounds {
		for i := range lines {
			l := lines[(i+round)%len(lines)]
			taken, err := b.turn(ctx, l)
			if err != nil {
				return fmt.Errorf("measuring %q: %w", l.name, err)
			}
			l.turns = append(l.turns, taken)
		}
	}
	return nil
}

// turn takes a turn of the loop, up to where pods would be evicted.
func (b *bench) turn(ctx context.Context, l *line) (taken turn, err error) {
	if b.snapshots[l] == nil {
		if b.snapshots[l], err = b.fleet.judge(l); err != nil {
			return turn{}, err
		}
	}
	if err := b.fleet.change(); err != nil {
		return turn{}, err
	}
	runtime.GC() // what came before is not to be paid for
	allocated := heap().TotalAlloc
	var observed *cluster.Cluster
	taken.observe, err = measured(ctx, l, "observe", func(context.Context) (err error) {
		observed, err = b.fleet.observe()
		return err
	})
	if err != nil {
		return turn{}, err
	}
	asking := &counting{turn: &taken}
	taken.begin, err = measured(ctx, l, "begin", func(ctx context.Context) (err error) {
		asking.Fitter, err = b.scheduler.Begin(ctx, b.snapshots[l], observed)
		return err
	})
	if err != nil {
		return turn{}, err
	}
	var made *plan.Plan
	taken.plan, err = measured(ctx, l, "plan", func(ctx context.Context) (err error) {
		made, err = plan.Make(ctx, plan.Input{
			Now: b.fleet.now, Snapshot: b.snapshots[l], Cluster: observed, History: b.history, Config: l.configuration(), Fit: asking,
		})
		return err
	})
	if err != nil {
		return turn{}, err
	}
	taken.allocated = heap().TotalAlloc - allocated
	runtime.GC()
	taken.live = heap().HeapAlloc
	taken.evictions = len(made.Evictions)
	runtime.KeepAlive(observed)
	return taken, l.check(made)
}

// check makes sure that it was the turn that is to be measured.
func (l *line) check(made *plan.Plan) error {
	switch moves := len(made.Evictions); {
	case len(made.Nodes) != l.hot:
		return fmt.Errorf("%d nodes were planned for, want %d", len(made.Nodes), l.hot)
	case l.elsewhere > 0 && moves > 0:
		return fmt.Errorf("%d pods would be moved where there is no place for any", moves)
	case l.elsewhere == 0 && moves == 0:
		return fmt.Errorf("no pods would be moved: %s", made.Nodes[0].Held.Message)
	}
	return nil
}

// measured measures a part of a turn.
func measured(ctx context.Context, l *line, part string, do func(context.Context) error) (taken cost, err error) {
	pprof.Do(ctx, pprof.Labels("line", l.name, "part", part), func(ctx context.Context) {
		start, startCPU := time.Now(), cpuTime()
		err = do(ctx)
		taken = cost{time.Since(start), cpuTime() - startCPU}
	})
	return taken, err
}

// counting counts how often the scheduler is asked.
type counting struct {
	plan.Fitter
	turn *turn
}

// Place asks, and counts.
func (c *counting) Place(ctx context.Context, pod *corev1.Pod, amounts []float64) (string, reason.Reason, error) {
	start, startCPU := time.Now(), cpuTime()
	node, why, err := c.Fitter.Place(ctx, pod, amounts)
	c.turn.place = c.turn.place.plus(cost{time.Since(start), cpuTime() - startCPU})
	c.turn.places++
	if node == "" {
		c.turn.refusals++
	}
	return node, why, err
}

// cpuTime is what this process has used so far, on all cores.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func heap() runtime.MemStats {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats
}
