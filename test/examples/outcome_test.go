// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package examples

// wanted is what each example comes to in the cluster of these tests, on either
// engine. The values are those in testdata.
var wanted = map[string]outcome{
	"cost": {
		Values: map[string]map[string]float64{
			"price": {"worker-a": 0.02, "worker-b": 0.05, "worker-c": 0.08},
			"cpu":   {"worker-a": 0.9, "worker-b": 0.5},
		},
		Rejected: map[string][]string{"worker-a": {"cpu-above-85"}},
		Scores:   map[string]int64{"worker-b": 88, "worker-c": 0},
	},
	"cpu-packing": {
		Values:   map[string]map[string]float64{"cpu": {"worker-a": 0.9, "worker-b": 0.5}},
		Rejected: map[string][]string{"worker-a": {"cpu-above-85"}},
		Scores:   map[string]int64{"worker-b": 77, "worker-c": 0},
	},
	"disk": {
		Values:   map[string]map[string]float64{"disk": {"worker-a": 0.93, "worker-b": 0.4}},
		Rejected: map[string][]string{"worker-a": {"disk-above-88"}},
		Scores:   map[string]int64{"worker-b": 60, "worker-c": 0},
	},
	"disk-latency": {
		Values:   map[string]map[string]float64{"disk-seconds": {"worker-a": 0.4980736, "worker-b": 0.00101888}},
		Rejected: map[string][]string{"worker-a": {"disk-above-250-ms"}},
	},
	"gpu-memory": {
		Values:    map[string]map[string]float64{"gpu-memory": {"worker-a": 0.95, "worker-b": 0.375}},
		Rejected:  map[string][]string{"worker-a": {"gpu-memory-above-90"}},
		Scores:    map[string]int64{"worker-b": 63, "worker-c": 50},
		PodShares: map[string]float64{"gpu-memory/ml/trainer-0": 0.75, "gpu-memory/web/chat-7f9c": 0.2, "gpu-memory/ml/train-1": 0.375},
	},
	"interruption": {
		Values:   map[string]map[string]float64{"interruption": {"worker-a": 1, "worker-b": 0}},
		Rejected: map[string][]string{"worker-a": {"interruption-announced"}},
	},
	"memory": {
		Values:   map[string]map[string]float64{"memory": {"worker-a": 0.9296875, "worker-b": 0.25}},
		Rejected: map[string][]string{"worker-a": {"memory-above-90"}},
		Scores:   map[string]int64{"worker-b": 75, "worker-c": 0},
	},
	"memory-and-pressure": {
		Values: map[string]map[string]float64{
			"memory":          {"worker-a": 0.9296875, "worker-b": 0.25},
			"memory-pressure": {"worker-a": 0.2, "worker-b": 0.01},
			"cpu":             {"worker-a": 0.9, "worker-b": 0.5},
		},
		Rejected: map[string][]string{"worker-a": {"memory-is-short"}},
		Scores:   map[string]int64{"worker-b": 83, "worker-c": 0}, // (2·75 + 99 + 83) / 4
	},
	"memory-drift": {
		Values:   map[string]map[string]float64{"memory": {"worker-a": 0.9296875, "worker-b": 0.25}},
		Rejected: map[string][]string{"worker-a": {"memory-above-90"}},
		Scores:   map[string]int64{"worker-b": 75, "worker-c": 0},
	},
	"network-errors": {
		Values:   map[string]map[string]float64{"network-errors": {"worker-a": 21, "worker-b": 0}},
		Rejected: map[string][]string{"worker-a": {"network-errors-above-10"}},
		Scores:   map[string]int64{"worker-b": 100, "worker-c": 0},
	},
	"power": {
		Values:   map[string]map[string]float64{"watts": {"worker-a": 395, "worker-b": 120}},
		Rejected: map[string][]string{"worker-a": {"above-350-watts"}},
		Scores:   map[string]int64{"worker-b": 80, "worker-c": 0},
	},
	"power-rapl": {
		Values:   map[string]map[string]float64{"watts": {"worker-a": 370, "worker-b": 120}},
		Rejected: map[string][]string{"worker-a": {"above-350-watts"}},
		Scores:   map[string]int64{"worker-b": 80, "worker-c": 0},
	},
	"pressure": {
		Values: map[string]map[string]float64{
			"memory-pressure": {"worker-a": 0.2, "worker-b": 0.01},
			"io-pressure":     {"worker-a": 0.5, "worker-b": 0.05},
			"cpu-pressure":    {"worker-a": 0.6, "worker-b": 0.1},
		},
		Rejected: map[string][]string{"worker-a": {"memory-pressure-above-10", "io-pressure-above-40"}},
		Scores:   map[string]int64{"worker-b": 90, "worker-c": 0},
	},
	"pressure-node-exporter": {
		Values: map[string]map[string]float64{
			"memory-pressure": {"worker-a": 0.2, "worker-b": 0.01},
			"cpu-pressure":    {"worker-a": 0.6, "worker-b": 0.1},
		},
		Rejected: map[string][]string{"worker-a": {"memory-pressure-above-10"}},
		Scores:   map[string]int64{"worker-b": 90, "worker-c": 0},
	},
	"run-queue": {
		Values:   map[string]map[string]float64{"run-queue-seconds": {"worker-a": 0.02, "worker-b": 0.0005}},
		Rejected: map[string][]string{"worker-a": {"run-queue-above-10-ms"}},
		Scores:   map[string]int64{"worker-b": 95, "worker-c": 0},
	},
	"scale-up": {
		Values:   map[string]map[string]float64{"memory": {"worker-a": 0.9296875, "worker-b": 0.25}},
		Rejected: map[string][]string{"worker-a": {"memory-above-90"}},
		Scores:   map[string]int64{"worker-b": 75, "worker-c": 0},
	},
	"thermal": {
		Values:   map[string]map[string]float64{"cpu-celsius": {"worker-a": 91, "worker-b": 48}},
		Rejected: map[string][]string{"worker-a": {"cpu-above-85-celsius"}},
		Scores:   map[string]int64{"worker-b": 70, "worker-c": 0},
	},
	"unwell": {
		Values:   map[string]map[string]float64{"unwell": {"worker-a": 1, "worker-b": 0}},
		Rejected: map[string][]string{"worker-a": {"node-is-unwell"}},
	},
}
