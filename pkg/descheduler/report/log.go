// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// maxLoggedNodes keeps the log readable when a whole cluster is over a line.
const maxLoggedNodes = 20

// logEviction writes the line about one eviction. Its message and its keys are a
// schema that others may rely on.
func logEviction(logger klog.Logger, record *history.Record) {
	values := append(subject(record),
		"metric", record.Before.Metric, "value", record.Before.Value, "measuredAt", timestamp(record.Before.Measured),
		"age", record.Planned.Sub(record.Before.Measured).Round(time.Millisecond),
		"threshold", record.Before.Threshold, "clear", record.Before.Clear, "share", record.Before.Share, "why", record.Before.Why,
		"predicted", record.Predicted.SourceAfter, "destination", record.Predicted.Destination,
		"destinationBefore", record.Predicted.DestinationBefore, "destinationAfter", record.Predicted.DestinationAfter,
	)
	switch resultOf(record) {
	case resultFailed:
		logger.Info("Pod not evicted", append(values, "failed", record.Failed)...)
	case resultDryRun:
		logger.Info("Pod would be evicted", append(values, "observed", record.Observed)...)
	default:
		logger.Info("Pod evicted", values...)
	}
}

// logJudged writes the line about what came of one eviction.
func logJudged(logger klog.Logger, record *history.Record) {
	values := append(subject(record),
		"effect", record.Effect, "dryRun", record.DryRun, "metric", record.Before.Metric,
		"before", record.Before.Value, "predicted", record.Predicted.SourceAfter,
	)
	if record.After != nil {
		values = append(values, "after", *record.After)
	}
	if record.Successor.Name != "" {
		values = append(values, "successor", klog.KRef(record.Pod.Namespace, record.Successor.Name),
			"successorNode", record.Successor.Node, "successorReady", !record.Successor.Ready.IsZero())
	}
	logger.Info("Eviction judged", values...)
}

func subject(record *history.Record) []any {
	return []any{
		"pod", klog.KRef(record.Pod.Namespace, record.Pod.Name), "podUID", record.Pod.UID,
		"workload", klog.KRef(record.Workload.Namespace, record.Workload.Name), "workloadKind", record.Workload.Kind,
		"node", klog.KRef("", record.Node), "ruleSet", record.Rule.Set, "rule", record.Rule.Rule,
	}
}

// logNodes tells what a plan makes of the nodes over lines, where that is not the
// same as before but for the values.
func (r *Reporter) logNodes(logger klog.Logger, made *plan.Plan, took time.Duration) {
	leaving := map[nodeKey]int{}
	for i := range made.Evictions {
		record := &made.Evictions[i].Record
		leaving[nodeKey{record.Node, record.Rule}]++
	}
	nodes, changed := make(map[nodeKey]string, len(made.Nodes)), 0
	for i := range made.Nodes {
		node := &made.Nodes[i]
		key, passed := nodeKey{node.Name, node.Rule}, passedByReason(node)
		nodes[key] = fmt.Sprint(leaving[key], node.Held.Code, strings.Join(passed, ","))
		if nodes[key] == r.nodes[key] {
			continue
		}
		if changed++; changed > maxLoggedNodes {
			continue
		}
		logger.Info("Node is over a load line that pods are moved for",
			"node", klog.KRef("", node.Name), "ruleSet", node.Rule.Set, "rule", node.Rule.Rule,
			"metric", node.Metric, "value", node.Value, "goal", node.Goal, "evictions", leaving[key], "predicted", node.After,
			"held", node.Held.Code, "message", node.Held.Message, "passed", passed, "planDuration", took)
	}
	if changed > maxLoggedNodes {
		logger.Info("More nodes are over load lines that pods are moved for", "count", changed-maxLoggedNodes)
	}
	r.nodes = nodes
}

// passedByReason counts the pods of a node that stay, such as "TooYoung: 2".
func passedByReason(node *plan.Node) []string {
	counts := map[reason.Code]int{}
	for _, passed := range node.Passed {
		counts[passed.Why.Code]++
	}
	texts := make([]string, 0, len(counts))
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		texts = append(texts, fmt.Sprintf("%s: %d", code, counts[code]))
	}
	return texts
}

// timestamp is a time as text. The JSON log format would write the time of the
// log line in place of any time.Time.
func timestamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }
