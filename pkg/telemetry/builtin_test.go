// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"math"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
)

// The nodes of these tests have four cores and 8 GiB, so that a counter which
// grows by 15 per interval stands for a quarter of the node.
const (
	cores  = `kube_node_status_capacity{node="a",resource="cpu",unit="core"} 4x80`
	memory = `kube_node_status_capacity{node="a",resource="memory",unit="byte"} 8589934592x80`

	allocatableCores  = `kube_node_status_allocatable{node="a",resource="cpu",unit="core"} 4x80`
	allocatableMemory = `kube_node_status_allocatable{node="a",resource="memory",unit="byte"} 8589934592x80`
	allocatablePods   = `kube_node_status_allocatable{node="a",resource="pods",unit="integer"} 10x80`
	answersInFull     = `resource_scrape_error{node="a"} 0x80`
)

func TestBuiltins(t *testing.T) {
	cases := map[string]struct {
		builtin v1alpha1.Builtin
		series  []string
		at      int
		// want is NaN for no sample.
		want float64
	}{
		"cpu over a full window": {
			builtin: v1alpha1.BuiltinCPU, at: 20, want: 0.25,
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x20`},
		},
		"cpu after half a minute": {
			builtin: v1alpha1.BuiltinCPU, at: 2, want: 0.25,
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x2`},
		},
		"cpu of a single sample": {
			builtin: v1alpha1.BuiltinCPU, at: 0, want: math.NaN(),
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000`},
		},
		"cpu is the mean of the window": { // 4 of its 8 intervals at a quarter, 4 at a half
			builtin: v1alpha1.BuiltinCPU, at: 20, want: 0.375,
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x16 1270+30x3`},
		},
		"cpu across a gap": {
			builtin: v1alpha1.BuiltinCPU, at: 20, want: 0.25,
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x15 stale _ 1270+15x2`},
		},
		"cpu across a counter reset": { // the reset interval counts from zero
			builtin: v1alpha1.BuiltinCPU, at: 20, want: 0.25,
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x15 15+15x4`},
		},
		"cpu after the series has ended": {
			builtin: v1alpha1.BuiltinCPU, at: 24, want: 0.25,
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x20 stale`},
		},
		"cpu long after the series has ended": {
			builtin: v1alpha1.BuiltinCPU, at: 40, want: math.NaN(),
			series: []string{cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x20 stale`},
		},
		"cpu of a node without capacity": {
			builtin: v1alpha1.BuiltinCPU, at: 20, want: math.NaN(),
			series: []string{`node_cpu_usage_seconds_total{node="a"} 1000+15x20`},
		},
		"cpu of a node whose capacity is zero": {
			builtin: v1alpha1.BuiltinCPU, at: 20, want: math.NaN(),
			series: []string{
				`kube_node_status_capacity{node="a",resource="cpu",unit="core"} 0x80`,
				`node_cpu_usage_seconds_total{node="a"} 1000+15x20`,
			},
		},
		"memory": {
			builtin: v1alpha1.BuiltinMemory, at: 2, want: 0.75,
			series: []string{cores, memory, `node_memory_working_set_bytes{node="a"} 1 1 6442450944`},
		},
		"memory of a kubelet whose address changed": {
			builtin: v1alpha1.BuiltinMemory, at: 1, want: 0.75,
			series: []string{
				memory,
				`node_memory_working_set_bytes{node="a",instance="10.0.0.1:10250"} 6442450944x2`,
				`node_memory_working_set_bytes{node="a",instance="10.0.0.2:10250"} _ 6442450944`,
			},
		},
		"pod-memory": {
			builtin: v1alpha1.BuiltinPodMemory, at: 2, want: 0.75,
			series: []string{
				allocatableMemory, answersInFull,
				`pod_memory_working_set_bytes{node="a",namespace="x",pod="p"} 4294967296x2`,
				`pod_memory_working_set_bytes{node="a",namespace="y",pod="p"} 2147483648x2`,
			},
		},
		"pod-memory of a kubelet whose address changed": {
			builtin: v1alpha1.BuiltinPodMemory, at: 1, want: 0.5,
			series: []string{
				allocatableMemory, answersInFull,
				`pod_memory_working_set_bytes{node="a",namespace="x",pod="p",instance="10.0.0.1:10250"} 4294967296x2`,
				`pod_memory_working_set_bytes{node="a",namespace="x",pod="p",instance="10.0.0.2:10250"} _ 4294967296`,
			},
		},
		"pod-memory of a node without pods": {
			builtin: v1alpha1.BuiltinPodMemory, at: 2, want: 0,
			series: []string{allocatableMemory, answersInFull},
		},
		"pod-memory of a kubelet that did not answer in full": {
			builtin: v1alpha1.BuiltinPodMemory, at: 2, want: math.NaN(),
			series: []string{allocatableMemory, `resource_scrape_error{node="a"} 1x80`},
		},
		"pod-memory before pods are kept": { // the kubelet is first read without them
			builtin: v1alpha1.BuiltinPodMemory, at: 2, want: math.NaN(),
			series: []string{allocatableMemory, `node_memory_working_set_bytes{node="a"} 6442450944x2`},
		},
		"pod-cpu": {
			builtin: v1alpha1.BuiltinPodCPU, at: 20, want: 0.5,
			series: []string{
				allocatableCores, answersInFull,
				`pod_cpu_usage_seconds_total{node="a",namespace="x",pod="p"} 1000+15x20`,
				`pod_cpu_usage_seconds_total{node="a",namespace="y",pod="p"} 1000+15x20`,
			},
		},
		"pod-cpu is the mean of the window": { // half a node in 5 of its 8 steps, nothing in 3
			builtin: v1alpha1.BuiltinPodCPU, at: 20, want: 0.5 * 5 / 8,
			series: []string{
				allocatableCores, answersInFull,
				`pod_cpu_usage_seconds_total{node="a",namespace="x",pod="p"} 1000+30x17 stale`,
			},
		},
		"pod-cpu of a node without pods": {
			builtin: v1alpha1.BuiltinPodCPU, at: 20, want: 0,
			series: []string{allocatableCores, answersInFull},
		},
		"pod-cpu of pods that were read once": {
			builtin: v1alpha1.BuiltinPodCPU, at: 20, want: math.NaN(),
			series: []string{
				allocatableCores, `resource_scrape_error{node="a"} _x20 0`,
				`pod_cpu_usage_seconds_total{node="a",namespace="x",pod="p"} _x20 1000`,
			},
		},
		"pods": {
			builtin: v1alpha1.BuiltinPods, at: 2, want: 0.2,
			series: []string{
				allocatablePods, answersInFull,
				`pod_memory_working_set_bytes{node="a",namespace="x",pod="p"} 1x2`,
				`pod_memory_working_set_bytes{node="a",namespace="y",pod="p"} 1x2`,
			},
		},
		"pods of a node without any": {
			builtin: v1alpha1.BuiltinPods, at: 2, want: 0,
			series: []string{allocatablePods, answersInFull},
		},
		"swap": {
			builtin: v1alpha1.BuiltinSwap, at: 2, want: 0.25,
			series: []string{memory, `node_swap_usage_bytes{node="a"} 2147483648x2`},
		},
		"memory-pressure": {
			builtin: v1alpha1.BuiltinMemoryPressure, at: 20, want: 0.4,
			series: []string{
				`container_pressure_memory_waiting_seconds_total{node="a",id="/"} 100+6x20`,
				`container_pressure_memory_waiting_seconds_total{node="a",id="/kubepods"} 100+15x20`,
			},
		},
		"cpu-pressure": {
			builtin: v1alpha1.BuiltinCPUPressure, at: 20, want: 0.4,
			series: []string{`container_pressure_cpu_waiting_seconds_total{node="a",id="/"} 100+6x20`},
		},
		"io-pressure": {
			builtin: v1alpha1.BuiltinIOPressure, at: 20, want: 0.4,
			series: []string{`container_pressure_io_waiting_seconds_total{node="a",id="/"} 100+6x20`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			metric := v1alpha1.Metric{Builtin: tc.builtin}
			if tc.builtin.Windowed() {
				metric.Window = v1alpha1.NewDuration(2 * time.Minute)
			}
			query := telemetry.QueryFor(metric, interval, time.Hour, nil)
			measurer := telemetry.NewMeasurer(load(t, tc.series...).Query, timeout)
			sample, found := measure(t, measurer, query, nodesNamed("a"), after(tc.at))["a"]
			if !found {
				sample.Value = math.NaN()
			}
			if got := sample.Value; math.Abs(got-tc.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestEndOfCPUSeriesShowsInItsAge(t *testing.T) {
	query := telemetry.QueryFor(v1alpha1.Metric{Builtin: v1alpha1.BuiltinCPU, Window: v1alpha1.NewDuration(2 * time.Minute)}, interval, time.Hour, nil)
	database := load(t, cores, `node_cpu_usage_seconds_total{node="a"} 1000+15x20 stale`)
	at := after(26)
	sample, found := measure(t, telemetry.NewMeasurer(database.Query, timeout), query, nodesNamed("a"), at)["a"]
	if age := at.Sub(sample.Time); !found || age < 6*interval {
		t.Errorf("got %v of age %v, want at least the %v since the last sample", sample, age, 6*interval)
	}
}

func TestQueryFor(t *testing.T) {
	own := v1alpha1.NewDuration(30 * time.Second)
	cases := map[string]struct {
		metric v1alpha1.Metric
		want   telemetry.Query
	}{
		"query": {
			metric: v1alpha1.Metric{Query: `m`, NodeLabel: "host"},
			want:   telemetry.Query{Expression: `m`, NodeLabel: "host", MaxAge: time.Minute},
		},
		"query with its own age": {
			metric: v1alpha1.Metric{Query: `m`, StaleAfter: own},
			want:   telemetry.Query{Expression: `m`, MaxAge: 30 * time.Second},
		},
		"built-in metric with another query": {
			metric: v1alpha1.Metric{Builtin: v1alpha1.BuiltinMemory, StaleAfter: own},
			want:   telemetry.Query{Expression: `mine`, MaxAge: 30 * time.Second},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			overrides := map[v1alpha1.Builtin]string{v1alpha1.BuiltinMemory: `mine`}
			if got := telemetry.QueryFor(tc.metric, interval, time.Minute, overrides); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// The query that the documentation gives for servers that know their kubelets
// by "instance" alone.
func TestOverrideWithoutNodeLabel(t *testing.T) {
	const override = `max by (node) (label_replace(node_memory_working_set_bytes, "node", "$1", "instance", "([^:]+).*"))` +
		` / on (node) max by (node) (kube_node_status_capacity{resource="memory"})`
	database := load(t, memory, `node_memory_working_set_bytes{instance="a:10250",job="kubelet"} 6442450944x2`)
	query := telemetry.QueryFor(v1alpha1.Metric{Builtin: v1alpha1.BuiltinMemory}, interval, time.Hour,
		map[v1alpha1.Builtin]string{v1alpha1.BuiltinMemory: override})
	sample := measure(t, telemetry.NewMeasurer(database.Query, timeout), query, nodesNamed("a"), after(4))["a"]
	if sample.Value != 0.75 || !sample.Time.Equal(after(2)) {
		t.Errorf("got %v, want 0.75, measured at %v", sample, after(2))
	}
}
