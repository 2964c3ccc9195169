// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// Report is what the descheduler has told.
type Report struct {
	// Plan is the latest plan with anything in it, and Plans how many there were.
	Plan  *plan.Plan
	Plans int
	// Evicted are the records of evictions that were tried, Judged those of which it
	// became known what came of them.
	Evicted, Judged []history.Record
	// Stopped are the reasons for which nothing was evicted, each time that they
	// changed. Latest is the one now.
	Stopped []reason.Reason
	Latest  reason.Reason
	// Passed counts why pods were not moved, over all plans.
	Passed map[reason.Code]int
}

// Planned is called by the loop.
func (r reporter) Planned(_ context.Context, made *plan.Plan, _ time.Duration) {
	r.Plans++
	if len(made.Nodes) > 0 || len(made.Evictions) > 0 {
		r.Plan = made
	}
	for _, node := range made.Nodes {
		for _, passed := range node.Passed {
			r.Passed[passed.Why.Code]++
		}
	}
}

// Evicted is called by the loop.
func (r reporter) Evicted(_ context.Context, _ *corev1.Pod, record history.Record) {
	r.Report.Evicted = append(r.Report.Evicted, record)
}

// Judged is called by the loop.
func (r reporter) Judged(_ context.Context, record history.Record) {
	r.Report.Judged = append(r.Report.Judged, record)
}

// Stopped is called by the loop.
func (r reporter) Stopped(_ context.Context, why reason.Reason) {
	if why.Code != r.Latest.Code && !why.IsZero() {
		r.Report.Stopped = append(r.Report.Stopped, why)
	}
	r.Latest = why
}

// reporter is a Report as the loop knows it.
type reporter struct{ *Report }

// StoppedBy tells whether the loop has ever given a reason of a kind for doing
// nothing.
func (r *Report) StoppedBy(code reason.Code) bool {
	for _, why := range r.Stopped {
		if why.Code == code {
			return true
		}
	}
	return false
}

// PassedBy are the reasons of the latest plan for not moving pods off a node.
func (r *Report) PassedBy(node string) map[reason.Code]int {
	codes := map[reason.Code]int{}
	if r.Plan == nil {
		return codes
	}
	for _, n := range r.Plan.Nodes {
		if n.Name != node {
			continue
		}
		if !n.Held.IsZero() {
			codes[n.Held.Code]++
		}
		for _, passed := range n.Passed {
			codes[passed.Why.Code]++
		}
	}
	return codes
}
