// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/loadline-dev/loadline/test/benchmark/record"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// look is how often the wait for all nodes to be known looks: not in the time
	// that is measured, in which the scheduler is asked once per interval.
	look = 500 * time.Millisecond
	// stockIntervals is how long the stock scheduler is left to start, and then
	// is measured, in intervals.
	stockIntervals = 2
	// profileIntervals is how much of the CPU time a profile shows, in intervals.
	profileIntervals = 4
)

// figures are what was measured with one number of nodes.
type figures struct {
	nodes int
	// known is the time from the scheduler's start to the first snapshot in
	// which all nodes have samples of all metrics.
	known time.Duration
	// cpu is the share of one core that the scheduler took.
	cpu float64
	// Memory of the scheduler, in bytes. maxResident counts from its start, the
	// others are at the end.
	maxResident, resident, heap int64
	// ticks are the durations of the ticks in the time that was measured.
	ticks []time.Duration
	// load is the machine's load average over the last minute of that time: what
	// else ran on it makes ticks longer.
	load string
	// stockCPU and stockResident are of the stock scheduler with the same nodes.
	stockCPU      float64
	stockResident int64
}

// bench measures with one number of nodes.
type bench struct {
	options  options
	progress io.Writer
	figures  figures

	cluster   *cluster.Cluster
	caFile    string // of the kubelets
	scheduler *deploy.Scheduler
	started   time.Time // the scheduler was
}

func measure(ctx context.Context, options options, nodes int, progress io.Writer) (_ figures, err error) {
	b := &bench{options: options, progress: progress, figures: figures{nodes: nodes}}
	b.say("starting a cluster")
	if b.cluster, err = startCluster(ctx, options.binaries); err != nil {
		return figures{}, err
	}
	defer func() { err = errors.Join(err, b.cluster.Stop()) }()
	steps := []func(context.Context) error{
		b.populate, b.startScheduler, b.awaitKnown, b.measureStock, b.warmUp, b.measureScheduler, b.profile,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return figures{}, b.cause(err)
		}
	}
	return b.figures, nil
}

// cause prefers the death of a component to what followed from it.
func (b *bench) cause(err error) error {
	select {
	case died := <-b.cluster.Failed():
		return died
	default:
		return err
	}
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "%s  %d nodes: %s\n", time.Now().Format(time.TimeOnly), b.figures.nodes, fmt.Sprintf(format, args...))
}

// populate starts the kubelets and creates their nodes.
func (b *bench) populate(ctx context.Context) error {
	port, caFile, err := startKubelets(ctx, b.cluster, b.figures.nodes, b.options.interval)
	if err != nil {
		return err
	}
	b.caFile = caFile
	b.say("creating nodes")
	return createNodes(ctx, b.cluster, b.figures.nodes, port)
}

func (b *bench) startScheduler(ctx context.Context) (err error) {
	b.say("starting loadline-scheduler")
	b.started = time.Now()
	b.scheduler, err = deploy.StartScheduler(ctx, b.cluster, deploy.SchedulerName, deploy.Options{
		Interval: b.options.interval, KubeletCAFile: b.caFile,
	})
	return err
}

// awaitKnown waits for the first snapshot without gaps.
func (b *bench) awaitKnown(ctx context.Context) error {
	var lastly error
	err := wait.PollUntilContextTimeout(ctx, look, patience, true, func(ctx context.Context) (bool, error) {
		var now scrape
		if now, lastly = scrapeOf(ctx, b.scheduler); lastly == nil && now.missing > 0 {
			lastly = fmt.Errorf("%d samples are missing", now.missing)
		}
		return lastly == nil, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for all nodes to be known: %w: %w\n%s", err, lastly, b.cluster.LogTails())
	}
	b.figures.known = time.Since(b.started)
	b.say("all are known after %.1fs", b.figures.known.Seconds())
	return nil
}

// measureStock measures the stock scheduler, which watches the same nodes. Both
// have nothing to place, and CPU time is counted for each, so that Loadline may
// warm up meanwhile.
func (b *bench) measureStock(ctx context.Context) error {
	const name = "kube-scheduler"
	stock, err := b.cluster.StartProcess(name, b.cluster.Binary(name),
		"--kubeconfig="+b.cluster.Kubeconfig(), "--leader-elect=false", "--secure-port=0")
	if err != nil {
		return err
	}
	if err := sleep(ctx, stockIntervals*b.options.interval); err != nil {
		return err
	}
	watch, err := startWatch(stock.Pid())
	if err != nil {
		return err
	}
	if err := sleep(ctx, stockIntervals*b.options.interval); err != nil {
		return err
	}
	share, used, err := watch.stop()
	if err != nil {
		return err
	}
	b.figures.stockCPU, b.figures.stockResident = share, used.resident
	return stock.Stop()
}

// warmUp waits until windows are full, and then for the middle between two
// ticks, so that what is measured holds whole ones.
func (b *bench) warmUp(ctx context.Context) error {
	end := b.started.Add(b.options.warmUp)
	if now := time.Now(); end.Before(now) {
		end = now
	}
	b.say("warming up until %s", end.Format(time.TimeOnly))
	end = end.Truncate(b.options.interval).Add(3 * b.options.interval / 2)
	return sleep(ctx, time.Until(end))
}

// measureScheduler measures for the time that was asked for.
func (b *bench) measureScheduler(ctx context.Context) error {
	b.say("measuring for %v", b.options.duration)
	before, err := scrapeOf(ctx, b.scheduler)
	if err != nil {
		return err
	}
	watch, err := startWatch(b.scheduler.Pid())
	if err != nil {
		return err
	}
	for elapsed := b.options.interval; elapsed <= b.options.duration; elapsed += b.options.interval {
		if err := sleep(ctx, time.Until(watch.start.Add(elapsed))); err != nil {
			return err
		}
		now, err := scrapeOf(ctx, b.scheduler)
		if err != nil {
			return err
		}
		b.figures.ticks = append(b.figures.ticks, now.ticksSince(before)...)
		before = now
	}
	share, used, err := watch.stop()
	b.figures.cpu, b.figures.resident, b.figures.maxResident = share, used.resident, used.maxResident
	b.figures.heap, b.figures.load = before.heap, record.LoadAverage()
	return err
}

// profile saves profiles of the scheduler, if they were asked for.
func (b *bench) profile(ctx context.Context) error {
	if b.options.profiles == "" {
		return nil
	}
	b.say("taking profiles")
	profiles := map[string]string{
		"metrics.txt":  "/metrics",
		"heap.pprof":   "/debug/pprof/heap",
		"allocs.pprof": "/debug/pprof/allocs",
		"cpu.pprof":    fmt.Sprintf("/debug/pprof/profile?seconds=%.0f", profileIntervals*b.options.interval.Seconds()),
	}
	for name, path := range profiles {
		profile, err := b.scheduler.Get(ctx, path)
		if err != nil {
			return err
		}
		file := filepath.Join(b.options.profiles, fmt.Sprintf("%d-%s", b.figures.nodes, name))
		if err := os.WriteFile(file, profile, 0o600); err != nil {
			return fmt.Errorf("saving a profile: %w", err)
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
