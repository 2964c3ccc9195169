// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// maxPassed bounds what is said of the pods that stay, by node and rule.
const maxPassed = 20

// maxOthers bounds what is kept of them with each eviction.
const maxOthers = 3

// conclude writes down who is moved, and why the others are not.
func (r *relief) conclude() {
	r.node.Passed = r.largestPassed()
	for _, m := range r.moves {
		r.node.After = math.Max(0, r.node.After-r.share(m.pod))
		r.plan.Evictions = append(r.plan.Evictions, Eviction{Pod: m.pod, Record: r.record(m)})
	}
	if len(r.moves) == 0 && r.node.Held.IsZero() {
		r.node.Held = r.whyNone()
	}
	r.plan.Nodes = append(r.plan.Nodes, r.node)
}

// record is what is kept of a move, after which the node will be at After.
func (r *relief) record(m move) history.Record {
	workload, _ := projection.WorkloadOf(m.pod)
	dryRun := r.Config.DryRun == nil || *r.Config.DryRun
	return history.Record{
		Pod:       history.Pod{Namespace: m.pod.Namespace, Name: m.pod.Name, UID: m.pod.UID},
		Workload:  workload,
		Node:      r.node.Name,
		Rule:      r.Rule.Key,
		DryRun:    dryRun || r.Rule.Observed,
		Observed:  r.Rule.Observed,
		Saturated: r.saturated,
		Before: history.Before{
			Metric: r.by.Metric, Value: r.by.Reading.Value, Threshold: r.by.Threshold, Clear: r.by.Clear,
			Measured: r.by.Reading.Time, Share: r.share(m.pod), Why: m.why,
		},
		Predicted: r.predict(m),
		Others:    r.others(),
		Planned:   r.Now,
		Window:    metav1.Duration{Duration: r.Rule.Window()},
		Effect:    history.EffectPending,
	}
}

// others are those with the largest shares that stay.
func (r *relief) others() []history.Other {
	var others []history.Other
	for _, passed := range r.node.Passed[:min(len(r.node.Passed), maxOthers)] {
		others = append(others, history.Other{
			Namespace: passed.Pod.Namespace, Name: passed.Pod.Name, Share: passed.Share, Why: passed.Why.Code,
		})
	}
	return others
}

func (r *relief) predict(m move) history.Predicted {
	before := m.place.arrival
	before.Amounts = nil
	predicted := history.Predicted{Destination: m.place.node}
	predicted.DestinationBefore, _ = r.Set.Value(r.by.Metric, m.place.index, &before)
	if r.by.Capacity > 0 {
		predicted.SourceAfter = r.node.After
		predicted.DestinationAfter, _ = r.Set.Value(r.by.Metric, m.place.index, &m.place.arrival)
	}
	return predicted
}

// share is the part of the node's value that a pod is. Zero where that is not known.
func (r *relief) share(pod *corev1.Pod) float64 {
	if !(r.by.Capacity > 0) {
		return 0
	}
	amount, _ := used(r.Snapshot, pod, r.by.Usage)
	return amount / r.by.Capacity
}

// largestPassed are the pods with the largest shares that are not moved.
func (r *relief) largestPassed() []Passed {
	var passed []Passed
	for _, pod := range r.source.pods {
		if why, ok := r.passed[pod.UID]; ok {
			passed = append(passed, Passed{Pod: pod, Share: r.share(pod), Why: why})
		}
	}
	slices.SortStableFunc(passed, func(a, b Passed) int { return cmp.Compare(b.Share, a.Share) })
	return slices.Clip(passed[:min(len(passed), maxPassed)])
}

// whyNone sums up why no pod is moved.
func (r *relief) whyNone() reason.Reason {
	counts := map[reason.Code]int{}
	for _, why := range r.passed {
		counts[why.Code]++
	}
	if len(counts) == 0 {
		return reason.New(NoneMovable, "there are no pods on the node")
	}
	codes := slices.SortedFunc(maps.Keys(counts), func(a, b reason.Code) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	said := make([]string, 0, len(codes))
	for _, code := range codes {
		said = append(said, fmt.Sprintf("%d %s", counts[code], code))
	}
	return reason.New(NoneMovable, "none of the %d pods on the node can be moved: %s", len(r.passed), strings.Join(said, ", "))
}
