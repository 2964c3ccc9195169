// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"hash/fnv"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// turns is the number of groups of nodes whose pods are watched one group
	// after the other, to learn what workloads use.
	turns = 10
	// turn is how long a group is watched.
	turn = time.Minute
)

// watched are the nodes whose pods are measured: those to which pods have come of
// late, those that are over a line, and a tenth of the others by turns.
// The pods of all nodes would be a hundred times as many series as the nodes.
func watched(nodes []*corev1.Node, recent map[string][]projection.Placement, window time.Duration, before *verdict.Snapshot, now time.Time) map[string]bool {
	watched := map[string]bool{}
	current := turnAt(now)
	for _, node := range nodes {
		if anyYoung(recent[node.Name], now, window) || turnOf(node.Name) == current || before.IsOver(node.Name) {
			watched[node.Name] = true
		}
	}
	return watched
}

// turnOf is the group of a node, and turnAt the one whose turn it is.
func turnOf(node string) uint32 {
	hash := fnv.New32a()
	hash.Write([]byte(node))
	return hash.Sum32() % turns
}

func turnAt(now time.Time) uint32 { return uint32(now.Unix()/int64(turn.Seconds())) % turns }

func anyYoung(placements []projection.Placement, now time.Time, window time.Duration) bool {
	return slices.ContainsFunc(placements, func(placement projection.Placement) bool {
		return placement.Gone.IsZero() && now.Sub(placement.Placed) < window
	})
}

// maxSampleAge is the age of samples up to which pods are kept in mind that these
// do not show. Older ones count as missing, unless their rules say otherwise.
const maxSampleAge = 5 * time.Minute

// podsOnNodes lists the pods of the nodes that are watched, and of those that
// have never had a sample.
func (p *projector) podsOnNodes(nodes []*corev1.Node, watched map[string]bool, metrics []projectedMetric, samples map[verdict.MetricKey]verdict.Samples, now time.Time) map[string][]*corev1.Pod {
	pods := map[string][]*corev1.Pod{}
	for _, node := range nodes {
		wanted := watched[node.Name]
		for _, metric := range metrics {
			wanted = p.awaitsFirst(metric.query, node, samples[metric.key], now) || wanted
		}
		if !wanted {
			continue
		}
		if found := p.podsOn(node.Name); len(found) > 0 {
			pods[node.Name] = found
		}
	}
	return pods
}
