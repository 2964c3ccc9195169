// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// evictionLine is the line of the audit log about one eviction.
func evictionLine(record *history.Record) audit.Line {
	before, predicted := &record.Before, &record.Predicted
	line := lineOf(record)
	line.Value, line.Reason = audit.Number(before.Value), before.Why
	line.MeasuredAt, line.AgeSeconds = before.Measured, audit.Age(record.Planned, before.Measured)
	if predicted.Destination != "" {
		line.Destination = &audit.Destination{Node: predicted.Destination, Before: audit.Number(predicted.DestinationBefore)}
	}
	if before.Share != 0 { // else the metric has no resource, so that nothing can be predicted
		line.Share = audit.Number(before.Share)
		if line.Destination != nil {
			line.Destination.Predicted = audit.Number(predicted.DestinationAfter)
		}
	}
	switch resultOf(record) {
	case resultFailed:
		line.Decision, line.Reason = audit.NotEvicted, record.Failed
	case resultDryRun:
		line.Decision = audit.WouldEvict
	default:
		line.Decision = audit.Evicted
	}
	return line
}

// judgedLine is the line about what came of one eviction.
func judgedLine(record *history.Record) audit.Line {
	line := lineOf(record)
	line.Decision, line.Effect, line.After = audit.Judged, string(record.Effect), record.After
	if successor := &record.Successor; successor.Name != "" {
		line.Successor = &audit.Successor{Name: successor.Name, Node: successor.Node, Ready: !successor.Ready.IsZero()}
	}
	return line
}

// lineOf is what all lines about an eviction have.
func lineOf(record *history.Record) audit.Line {
	line := audit.Line{
		Pod:      &audit.Pod{Namespace: record.Pod.Namespace, Name: record.Pod.Name, UID: record.Pod.UID},
		Workload: &record.Workload,
		Grounds: audit.Grounds{
			Rule: &record.Rule, Node: record.Node, Metric: record.Before.Metric,
			Threshold: audit.Number(record.Before.Threshold), Clear: audit.Number(record.Before.Clear),
		},
		DryRun: record.DryRun, Observed: record.Observed,
		Before: audit.Number(record.Before.Value),
	}
	if record.Before.Share != 0 {
		line.Predicted = audit.Number(record.Predicted.SourceAfter)
	}
	return line
}

// stopLine is the line about evictions that are stopped, or that may go on.
func stopLine(before reason.Code, why reason.Reason) audit.Line {
	if why.IsZero() {
		return audit.Line{Decision: audit.EvictionsResumed, Code: string(before)}
	}
	return audit.Line{Decision: audit.EvictionsStopped, Code: string(why.Code), Reason: why.Message}
}
