// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"errors"
	"strings"
	"time"

	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/descheduler/budget"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// What becomes of an eviction, as the value of a label.
const (
	resultEvicted = "evicted"
	resultDryRun  = "dry_run"
	resultFailed  = "failed"
)

// reportMetrics count nothing before they are registered.
type reportMetrics struct {
	evictions, judged         *metrics.CounterVec
	planDuration, fulfillment *metrics.Histogram
	// These are of the latest plan.
	nodesOverLine, nodesHeld, podsPassed *metrics.GaugeVec
	breakerOpen, budgetLeft, unhandled   *metrics.GaugeVec
}

func newReportMetrics() *reportMetrics {
	counter := func(name, help string, labels ...string) *metrics.CounterVec {
		return metrics.NewCounterVec(&metrics.CounterOpts{
			Namespace: "loadline", Subsystem: "descheduler", Name: name, Help: help, StabilityLevel: metrics.ALPHA,
		}, labels)
	}
	gauge := func(name, help string, labels ...string) *metrics.GaugeVec {
		return metrics.NewGaugeVec(&metrics.GaugeOpts{
			Namespace: "loadline", Subsystem: "descheduler", Name: name, Help: help, StabilityLevel: metrics.ALPHA,
		}, labels)
	}
	return &reportMetrics{
		unhandled: newUnhandled(),
		evictions: counter("evictions_total",
			"Number of evictions that a rule asked for: carried out (evicted), only reported (dry_run), or not carried out after all (failed).", "rule_set", "rule", "result"),
		judged: counter("judged_total",
			"Number of evictions by what came of them: the node measured less (lowered), it did not (none), or that cannot be told (unknown).", "effect"),
		planDuration: metrics.NewHistogram(&metrics.HistogramOpts{
			Namespace: "loadline", Subsystem: "descheduler", Name: "plan_duration_seconds", StabilityLevel: metrics.ALPHA,
			Help:    "Time that it took to decide which pods to move.",
			Buckets: metrics.ExponentialBuckets(0.001, 2, 15), // 1ms to 16s
		}),
		fulfillment: metrics.NewHistogram(&metrics.HistogramOpts{
			Namespace: "loadline", Subsystem: "descheduler", Name: "measured_to_predicted_ratio", StabilityLevel: metrics.ALPHA,
			Help: "What a node measured after an eviction, as a multiple of what it was predicted to measure without that pod and those before it. " +
				"Only of rules that go by order, which predict something.",
			Buckets: []float64{0.5, 0.75, 0.9, 0.95, 0.98, 1, 1.02, 1.05, 1.1, 1.25, 1.5, 2},
		}),
		nodesOverLine: gauge("nodes_over_line", "Number of nodes in the latest plan on which a rule asks for evictions.", "rule_set", "rule"),
		nodesHeld:     gauge("nodes_held", "Number of nodes in the latest plan that no pod is moved off, by the reason for that.", "reason"),
		podsPassed:    gauge("refusals", "Number of pods in the latest plan, on nodes over lines, that are not moved, by the reason for that.", "reason"),
		breakerOpen:   gauge("breaker_open", "1 for the reason for which nothing is evicted at all now, 0 for reasons that no longer hold.", "reason"),
		budgetLeft: gauge("budget_left",
			"Number of pods that may still be moved in the cluster, and for the node, the workload and the namespace that have the fewest left.", "scope"),
	}
}

func (m *reportMetrics) register(register func(metrics.Registerable) error) error {
	err := errors.Join(register(m.evictions), register(m.judged), register(m.planDuration), register(m.fulfillment),
		register(m.nodesOverLine), register(m.nodesHeld), register(m.podsPassed), register(m.breakerOpen), register(m.budgetLeft), register(m.unhandled))
	for _, effect := range []history.Effect{history.EffectLowered, history.EffectNone, history.EffectUnknown} {
		m.judged.WithLabelValues(effectLabel(effect)) // which is there from the start on, so that the first one shows as an increase
	}
	return err
}

func effectLabel(effect history.Effect) string { return strings.ToLower(string(effect)) }

func resultOf(record *history.Record) string {
	switch {
	case record.Failed != "":
		return resultFailed
	case record.DryRun:
		return resultDryRun
	default:
		return resultEvicted
	}
}

func (m *reportMetrics) countEviction(record *history.Record) {
	m.evictions.WithLabelValues(record.Rule.Set, record.Rule.Rule, resultOf(record)).Inc()
}

func (m *reportMetrics) countJudged(record *history.Record) {
	m.judged.WithLabelValues(effectLabel(record.Effect)).Inc()
	isTold := record.Effect == history.EffectLowered || record.Effect == history.EffectNone
	if isTold && record.After != nil && record.Predicted.SourceAfter > 0 {
		m.fulfillment.Observe(*record.After / record.Predicted.SourceAfter)
	}
}

func (m *reportMetrics) observePlan(made *plan.Plan, took time.Duration) {
	m.planDuration.Observe(took.Seconds())
	m.forgetPlan()
	for i := range made.Nodes {
		node := &made.Nodes[i]
		m.nodesOverLine.WithLabelValues(node.Rule.Set, node.Rule.Rule).Inc()
		if !node.Held.IsZero() {
			m.nodesHeld.WithLabelValues(string(node.Held.Code)).Inc()
		}
		for _, passed := range node.Passed {
			m.podsPassed.WithLabelValues(string(passed.Why.Code)).Inc()
		}
	}
}

// forgetPlan has nothing told of a plan that is not the latest any more.
func (m *reportMetrics) forgetPlan() {
	for _, gauge := range []*metrics.GaugeVec{m.nodesOverLine, m.nodesHeld, m.podsPassed} {
		gauge.Reset()
	}
}

// observeStop tells why nothing is evicted. A turn that stops makes no plan.
func (m *reportMetrics) observeStop(before, now reason.Code) {
	if before != "" && before != now {
		m.breakerOpen.WithLabelValues(string(before)).Set(0)
	}
	if now != "" {
		m.breakerOpen.WithLabelValues(string(now)).Set(1)
		m.forgetPlan()
	}
}

func (m *reportMetrics) observeBudgets(left budget.Left) {
	for scope, evictions := range map[string]int{
		"node": left.Node, "workload": left.Workload, "namespace": left.Namespace, "cluster": left.Cluster,
	} {
		m.budgetLeft.WithLabelValues(scope).Set(float64(evictions))
	}
}
