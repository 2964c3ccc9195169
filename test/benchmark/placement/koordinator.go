// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/rand/v2"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

const (
	// koordinatorFactor is the default of estimatedScalingFactors for CPU.
	koordinatorFactor = 0.85
	// koordinatorThreshold is the default of usageThresholds for CPU.
	koordinatorThreshold = 0.65
	// koordinatorReports is how often a node reports (reportIntervalSeconds).
	koordinatorReports = time.Minute
)

// newKoordinator places by the formula that Koordinator publishes for its plugin
// LoadAwareScheduling, with CPU as the only resource and pods without limits:
//
//	P = A + B + C
//	score = (T - P) * 100 / T, 0 where P >= T
//
// T is the capacity, A what the node reported, B the estimate for the pod, its
// request times a factor, and C the same for the pods that were assigned to the
// node after the report or less than one report interval before it. (The page
// says "more than" one interval before, which would count all old pods for good;
// its explanation is of the ones before the pods show.) Nodes are left out whose
// report is at or above the threshold; estimates have no part in that.
//
// Written from
// https://github.com/koordinator-sh/koordinator/blob/main/docs/proposals/scheduling/20220510-load-aware-scheduling.md
// with the defaults of
// https://koordinator.sh/docs/user-manuals/load-aware-scheduling
func newKoordinator(c *scenario.Cluster, random *rand.Rand) policy {
	return &scored{
		Cluster: c, random: random,
		accepts: func(_ *scenario.Pod, node int) bool { return c.Measured(node) < koordinatorThreshold },
		score:   func(p *scenario.Pod, node int) float64 { return koordinatorScore(c, p, node) },
	}
}

func koordinatorScore(c *scenario.Cluster, p *scenario.Pod, node int) float64 {
	n, reported := c.On[node], c.Now-c.Age
	estimated := n.Capacity*c.Measured(node) + koordinatorFactor*p.Workload.Request
	for _, other := range n.Pods {
		if reported-other.At < koordinatorReports {
			estimated += koordinatorFactor * other.Workload.Request
		}
	}
	if estimated >= n.Capacity {
		return 0
	}
	return float64(int((n.Capacity - estimated) * 100 / n.Capacity))
}
