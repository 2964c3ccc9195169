// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/test/simulation"
)

// scenario is a cluster, and how long it is looked at. Nodes have 100 cores, so that
// a core is a percent.
type scenario struct {
	title string
	// low, target and clear are in percent.
	low, target, clear int
	duration           time.Duration
	build              func(b *builder)
}

// builder builds a cluster.
type builder struct {
	*simulation.Simulation
	random    *rand.Rand
	scheduler string
	serial    int
}

const cores = 100

func (b *builder) node(name string, base float64) *simulation.Node {
	return b.AddNode(&simulation.Node{Name: name, Capacity: simulation.Amounts{cores, 256 << 30}, Base: simulation.Amounts{base, 4 << 30}})
}

func (b *builder) nodes(number int, base float64) {
	for i := range number {
		b.node(fmt.Sprintf("node-%02d", i), base)
	}
}

// pods are of workloads of their own, each with a second replica where no pod goes.
func (b *builder) pods(number int, node string, uses float64, priority int32, grace time.Duration) {
	for range number {
		b.workload(simulation.Cores(uses), uses/10, priority, grace, node, depot)
	}
}

const depot = "depot"

func (b *builder) workload(load simulation.Load, request float64, priority int32, grace time.Duration, on ...string) *simulation.Workload {
	b.serial++
	return b.AddWorkload(&simulation.Workload{
		Name: fmt.Sprintf("w%03d", b.serial), Load: load, Request: simulation.Amounts{request}, Grace: grace,
		StartAfter: 10 * time.Second, ReadyAfter: 5 * time.Second,
		Template: func(template *corev1.PodTemplateSpec) {
			template.Spec.Priority, template.Spec.SchedulerName = ptr.To(priority), b.scheduler
		},
	}, on...)
}

var scenarios = []scenario{
	{
		title: "two nodes with a base of 20%, one pod that uses 60%; 30/70", low: 30, target: 70, clear: 70, duration: 2 * time.Hour,
		build: func(b *builder) { b.nodes(2, 20); b.pods(1, "node-00", 60, 0, 0) },
	},
	{
		title: "a node at 92% of 80%: twenty pods of 0.5% at priority 0, one of 20% at priority 1", low: 30, target: 80, clear: 80, duration: 2 * time.Hour,
		build: func(b *builder) {
			b.node("hot", 62)
			b.nodes(4, 20)
			b.pods(20, "hot", 0.5, 0, 0)
			b.pods(1, "hot", 20, 1, 0)
		},
	},
	{
		title: "nine pods of 10% on a node that may have 70%, which take 60 s to stop", low: 30, target: 70, clear: 70, duration: 2 * time.Hour,
		build: func(b *builder) { b.node("hot", 0); b.nodes(4, 20); b.pods(9, "hot", 10, 0, time.Minute) },
	},
	{
		title: "fifteen pods of 5% and one of 20% on a node that may have 82%", low: 30, target: 82, clear: 82, duration: 2 * time.Hour,
		build: func(b *builder) {
			b.node("hot", 0)
			b.nodes(4, 20)
			b.pods(15, "hot", 5, 0, 10*time.Second)
			b.pods(1, "hot", 20, 0, 10*time.Second)
		},
	},
	{
		title: "a node at 95% of 70%, and one other with room for one of its pods of 10%", low: 62, target: 70, clear: 70, duration: 2 * time.Hour,
		build: func(b *builder) { b.node("hot", 15); b.node("other", 60); b.pods(8, "hot", 10, 0, 10*time.Second) },
	},
	{
		title: "a node that was at 95% when measuring failed for a day, and is at 30% since", low: 30, target: 80, clear: 80, duration: 24 * time.Hour,
		build: func(b *builder) {
			hot := b.node("hot", 65)
			b.nodes(4, 10)
			b.pods(15, "hot", 2, 0, 10*time.Second)
			b.OnStep = func() {
				if b.Now().Sub(simulation.Start) == 30*time.Second {
					b.Down, hot.Base = true, simulation.Amounts{0, 4 << 30}
				}
			}
		},
	},
}

// drifting are clusters of twenty nodes whose workloads' loads change all day.
func drifting() scenario {
	return scenario{title: "twenty nodes with 60 workloads whose loads drift, over half a day", low: 40, target: 75, clear: 70, duration: 12 * time.Hour, build: drift}
}

func drift(b *builder) {
	b.nodes(20, 8)
	for range 60 {
		level, uses := new(float64), 1+3*b.random.Float64()
		*level = 1
		on := make([]string, 2+b.random.IntN(5))
		for i := range on {
			on[i] = fmt.Sprintf("node-%02d", b.random.IntN(20))
		}
		load := func(time.Time, time.Duration) simulation.Amounts { return simulation.Amounts{uses * *level, 1 << 30} }
		b.workload(load, uses*(0.1+0.5*b.random.Float64()), 0, 30*time.Second, on...)
		steps := 0
		before := b.OnStep
		b.OnStep = func() {
			before()
			if steps++; steps%360 == 0 { // every half an hour
				*level = max(0.3, min(4, math.Pow(*level, 0.8)*(0.5+1.2*b.random.Float64())))
			}
		}
	}
}
