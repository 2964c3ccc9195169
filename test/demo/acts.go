// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/test/demo/internal/screen"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// hot is how full a heated node is: over the line, and nobody is killed.
	hot = 0.96
	// crossingTimeout bounds the wait for Loadline to notice what the demo did.
	crossingTimeout = 15 * time.Second
	// look is how long something new is shown before the next thing happens.
	look = 2 * time.Second
)

// The pods that may run on the hot node only.
const (
	patientPod  = "only-there"
	stalePod    = "only-there-2"
	restoredPod = "only-there-3"
)

// play plays the acts, and adds them up.
func (d *demo) play(record string) (*result, error) {
	outcome := &result{nodes: nodeCount}
	for _, act := range []func(*result) error{d.playStock, d.playLoadline, d.playHotNode, d.playStale, d.playDrift} {
		if err := act(outcome); err != nil {
			return nil, d.cause(err)
		}
	}
	if err := d.count(outcome); err != nil {
		return nil, d.cause(err)
	}
	final := func(width int) screen.Frame { return d.finalFrame(outcome, width) }
	d.show.finish(final)
	if record == "" {
		return outcome, nil
	}
	return outcome, d.record(record, final(recordedColumns))
}

// playStock is act 1.
func (d *demo) playStock(*result) error {
	d.show.act("Act 1 of 5: the stock kube-scheduler",
		"It counts what pods request. Watch nodes fill up past their memory while others stay nearly empty.",
		"Nodes, memory and the kernel that kills pods are simulated, alike in both runs; all else is real.")
	d.show.setBody(func(now time.Time, width int) []screen.Row {
		elapsed := d.stock.elapsed(now)
		column := screen.ColumnWidth(width)
		return screen.Beside(d.runPanel(d.stock, elapsed, column), workloadRows(elapsed, column), width)
	})
	if err := d.place(d.stock, corev1.DefaultSchedulerName); err != nil {
		return err
	}
	d.show.event("deleting everything")
	return d.removeAll()
}

// playLoadline is act 2.
func (d *demo) playLoadline(outcome *result) error {
	d.show.act("Act 2 of 5: the same pods under Loadline",
		"It refuses nodes that measure above 90% and prefers the least loaded. Left: act 1 again, in step.",
		"Pods come in steps, in both runs: what a new workload uses is known once its first pods are measured.")
	d.show.setBody(func(now time.Time, width int) []screen.Row {
		elapsed := d.placed.elapsed(now)
		column := screen.ColumnWidth(width)
		return screen.Beside(d.runPanel(d.stock, elapsed, column), d.runPanel(d.placed, elapsed, column), width)
	})
	if err := d.place(d.placed, deploy.SchedulerName); err != nil {
		return err
	}
	outcome.stock, outcome.placed = d.stock.score(), d.placed.score()
	return nil
}

// playHotNode is act 3.
func (d *demo) playHotNode(outcome *result) error {
	d.show.act("Act 3 of 5: one node becomes hot",
		"No new pod goes there, and one that can go nowhere else waits until the node has cooled.",
		"The line is 90%; a node over it takes pods again when it measures 85% or less.")
	d.show.setBody(d.storyBody)

	node := d.fullest()
	mark := d.log.mark()
	d.show.step("%s is heated to %.0f%%: one of its pods grows", node, 100*hot)
	heat, err := heatNode(d.ctx, d.kernel, node, hot)
	if err != nil {
		return err
	}
	over, err := d.awaitCrossing(mark, overTheLine, node)
	if err != nil {
		return err
	}
	d.show.outcome("over the line: %.0f%% measured at %s", 100*over.value, clock(over.measuredAt))

	if err := d.pause(look / 2); err != nil {
		return err
	}
	d.show.step("%d new pods come", sessions.replicas)
	if err := d.create(sessions, deploy.SchedulerName); err != nil {
		return err
	}
	if err := d.awaitPlaced(sessions); err != nil {
		return err
	}
	outcome.newOnHot = len(on(node, d.pods.of(sessions.name)))
	d.show.outcome("all placed, %d of them on %s", outcome.newOnHot, node)
	if err := d.pause(look); err != nil {
		return err
	}

	if err := d.createRefused(patientPod, node); err != nil {
		return err
	}
	if err := d.pause(look); err != nil {
		return err
	}
	mark = d.log.mark()
	d.show.step("%s cools down", node)
	if err := heat.cool(d.ctx); err != nil {
		return err
	}
	return d.awaitRequeue(outcome, mark, node)
}

// awaitRequeue measures how soon the waiting pod is placed once its node is known
// to have cooled.
func (d *demo) awaitRequeue(outcome *result, mark mark, node string) error {
	back, err := d.awaitCrossing(mark, backBelow, node)
	if err != nil {
		return err
	}
	d.show.outcome("back below: %.0f%% measured at %s", 100*back.value, clock(back.measuredAt))
	record, err := d.awaitBound(patientPod)
	if err != nil {
		return err
	}
	outcome.requeue = record.bound.Sub(back.tick)
	outcome.waited = record.bound.Sub(record.seen)
	d.show.step("Pod %s is placed on %s", patientPod, record.pod.Spec.NodeName)
	d.show.outcome("%.2f s after the tick that knew of it, at %s; it has waited for %.1f s",
		outcome.requeue.Seconds(), clock(back.tick), outcome.waited.Seconds())
	return d.pause(look)
}

// playStale is act 4.
func (d *demo) playStale(*result) error {
	d.show.act("Act 4 of 5: the telemetry fails",
		"What is not known does not stop anybody: without data, Loadline places as the stock scheduler would.",
		"A measurement counts for 5 s here. It is the age of the data that counts, not that of the question.")

	node := d.fullest()
	mark := d.log.mark()
	d.show.step("%s is heated to %.0f%% again", node, 100*hot)
	heat, err := heatNode(d.ctx, d.kernel, node, hot)
	if err != nil {
		return err
	}
	over, err := d.awaitCrossing(mark, overTheLine, node)
	if err != nil {
		return err
	}
	d.show.outcome("over the line: %.0f%% measured at %s", 100*over.value, clock(over.measuredAt))
	if err := d.createRefused(stalePod, node); err != nil {
		return err
	}
	if err := d.pause(look / 2); err != nil {
		return err
	}

	mark = d.log.mark()
	d.show.step("All kubelets stop telling their metrics")
	restore, err := d.cutTelemetry()
	if err != nil {
		return err
	}
	if _, err := d.awaitCrossing(mark, notMeasuredNow, node); err != nil {
		return err
	}
	d.show.outcome("data stale: placing as stock")
	d.show.setAlert("DATA STALE: placing as stock")
	if _, err := d.awaitBound(stalePod); err != nil {
		return err
	}
	d.show.step("Pod %s is placed on %s, as stock would", stalePod, node)
	d.show.stepDone()
	if err := d.pause(look); err != nil {
		return err
	}
	return d.playRestored(restore, node, heat)
}

// playRestored ends act 4, and leaves no node over the line.
func (d *demo) playRestored(restore func() error, node string, heat *heat) error {
	mark := d.log.mark()
	d.show.step("The telemetry is back")
	if err := restore(); err != nil {
		return err
	}
	over, err := d.awaitCrossing(mark, overTheLine, node)
	if err != nil {
		return err
	}
	d.show.setAlert("")
	d.show.outcome("the line holds again: %.0f%% measured at %s", 100*over.value, clock(over.measuredAt))
	if err := d.createRefused(restoredPod, node); err != nil {
		return err
	}
	if err := d.pause(look / 2); err != nil {
		return err
	}
	mark = d.log.mark()
	d.show.step("%s cools down", node)
	if err := heat.cool(d.ctx); err != nil {
		return err
	}
	back, err := d.awaitCrossing(mark, backBelow, node)
	if err != nil {
		return err
	}
	if _, err := d.awaitBound(restoredPod); err != nil {
		return err
	}
	d.show.outcome("back below: %.0f%% measured at %s; pod %s is placed", 100*back.value, clock(back.measuredAt), restoredPod)
	return d.pause(look / 2)
}

// fullest is the node that measures the most memory.
func (d *demo) fullest() string {
	memory := d.show.now().memory
	return d.nodes[slices.Index(memory, slices.Max(memory))]
}

// on are those of the pods that are on a node.
func on(node string, records []podRecord) []podRecord {
	return slices.DeleteFunc(slices.Clone(records), func(record podRecord) bool { return record.pod.Spec.NodeName != node })
}

// clock is a time of day, with tenths of a second.
func clock(at time.Time) string { return at.Format("15:04:05.0") }
