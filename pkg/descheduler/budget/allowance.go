// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package budget

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// Why a pod or a node is let be.
const (
	// NodeInFlight: a pod that was moved off the node is still on it, or the node's
	// metric cannot show yet that it has gone.
	NodeInFlight reason.Code = "NodeInFlight"
	// NodeCooldown: the node has lost a pod of late.
	NodeCooldown reason.Code = "NodeCooldown"
	// WorkloadCooldown: the workload has lost pods of late.
	WorkloadCooldown reason.Code = "WorkloadCooldown"
	// NodeBudget, WorkloadBudget, NamespaceBudget and ClusterBudget: as many pods
	// were moved as may be within the window.
	NodeBudget      reason.Code = "NodeBudget"
	WorkloadBudget  reason.Code = "WorkloadBudget"
	NamespaceBudget reason.Code = "NamespaceBudget"
	ClusterBudget   reason.Code = "ClusterBudget"
	// HistoryFull: no more evictions can be remembered, so that budgets and
	// cooldowns would be forgotten.
	HistoryFull reason.Code = "HistoryFull"
)

// Allowance is what may still be moved at one instant. One is for one plan, which
// takes from it what it moves. It is not safe for concurrent use.
type Allowance struct {
	now       time.Time
	cooldowns v1alpha1.Cooldowns

	nodes      window[string]
	workloads  window[projection.Workload]
	namespaces window[string]
	cluster    window[struct{}]
	// remembered bounds what is counted at all: history forgets beyond it.
	remembered window[struct{}]

	// leaving are the records that count, by the node that lost the pod.
	leaving map[string][]history.Record
	// plans are when pods of a workload were moved before, in order.
	plans map[projection.Workload][]time.Time
}

// New is what rules that are enforced may still move, after the evictions that are
// remembered. In dry run those count too that were not carried out, or the plan
// would not be that of the real run. The configuration has its defaults filled
// in; a budget that is missing allows nothing.
func New(config *v1alpha1.DeschedulerConfiguration, records []history.Record, now time.Time) *Allowance {
	dryRun := config.DryRun == nil || *config.DryRun
	return newAllowance(config, records, now, func(r *history.Record) bool {
		return !r.DryRun || dryRun && !r.Observed
	})
}

// ForObserved is what rules that only observe would still be allowed to move. For
// them it counts what was moved and what would have been, by any rule; else they
// would plan the same evictions at each turn.
func ForObserved(config *v1alpha1.DeschedulerConfiguration, records []history.Record, now time.Time) *Allowance {
	return newAllowance(config, records, now, func(*history.Record) bool { return true })
}

func newAllowance(config *v1alpha1.DeschedulerConfiguration, records []history.Record, now time.Time,
	counts func(*history.Record) bool) *Allowance {
	budgets := &config.Budgets
	a := &Allowance{
		now: now, cooldowns: config.Cooldowns,
		nodes:      newWindow[string](budgets.PerNode),
		workloads:  newWindow[projection.Workload](budgets.PerWorkload),
		namespaces: newWindow[string](budgets.PerNamespace),
		cluster:    newWindow[struct{}](budgets.PerCluster),
		leaving:    make(map[string][]history.Record),
		plans:      make(map[projection.Workload][]time.Time),
	}
	a.remembered = window[struct{}]{
		evictions: history.MaxRecords - history.MaxIdle, within: a.horizon(), taken: make(map[struct{}][]time.Time),
	}
	for i := range records {
		if r := &records[i]; r.Failed == "" && counts(r) {
			a.count(r)
		}
	}
	for workload := range a.plans {
		a.plans[workload] = distinct(a.plans[workload])
	}
	return a
}

// horizon is how long evictions have to be remembered.
func (a *Allowance) horizon() time.Duration {
	return max(a.nodes.within, a.workloads.within, a.namespaces.within, a.cluster.within,
		a.cooldowns.Workload.Value(), a.cooldowns.MaxWorkload.Value())
}

func (a *Allowance) count(r *history.Record) {
	a.take(r.Planned, r.Pod.Namespace, r.Workload, r.Node)
	a.leaving[r.Node] = append(a.leaving[r.Node], *r)
	if !r.Planned.Equal(a.now) { // those of one plan do not cool each other
		a.plans[r.Workload] = append(a.plans[r.Workload], r.Planned)
	}
}

// take enters one eviction in all windows that it is within. One that was planned
// in the future, by a leader whose clock was ahead, is within all of them.
func (a *Allowance) take(planned time.Time, namespace string, workload projection.Workload, node string) {
	age := a.now.Sub(planned)
	a.nodes.take(node, planned, age)
	a.namespaces.take(namespace, planned, age)
	a.cluster.take(struct{}{}, planned, age)
	a.remembered.take(struct{}{}, planned, age)
	if workload != (projection.Workload{}) {
		a.workloads.take(workload, planned, age)
	}
}

// Node tells why nothing may be moved off a node. Zero if something may be.
func (a *Allowance) Node(name string) reason.Reason {
	if why := a.anywhere(); !why.IsZero() {
		return why
	}
	if why := a.settling(name); !why.IsZero() {
		return why
	}
	return a.nodes.exceeded(NodeBudget, name, "off node "+name)
}

// Pod tells why a pod may not be moved off a node that pods may be moved off. Zero
// if it may be.
func (a *Allowance) Pod(pod *corev1.Pod, workload projection.Workload, node string) reason.Reason {
	if why := a.anywhere(); !why.IsZero() {
		return why
	}
	if why := a.nodes.exceeded(NodeBudget, node, "off node "+node); !why.IsZero() {
		return why
	}
	if why := a.namespaces.exceeded(NamespaceBudget, pod.Namespace, "of namespace "+pod.Namespace); !why.IsZero() {
		return why
	}
	if workload == (projection.Workload{}) {
		return reason.Reason{}
	}
	if why := a.workloads.exceeded(WorkloadBudget, workload, "of "+describe(workload)); !why.IsZero() {
		return why
	}
	return a.cooling(workload)
}

// Take deducts a pod that the plan moves.
func (a *Allowance) Take(pod *corev1.Pod, workload projection.Workload, node string) {
	a.take(a.now, pod.Namespace, workload, node)
}

// anywhere tells why nothing may be moved in the whole cluster.
func (a *Allowance) anywhere() reason.Reason {
	if why := a.cluster.exceeded(ClusterBudget, struct{}{}, "in the cluster"); !why.IsZero() {
		return why
	}
	return a.remembered.exceeded(HistoryFull, struct{}{}, "and have to be remembered")
}

// Left is how many more pods may be moved.
type Left struct {
	// Cluster is how many in all.
	Cluster int
	// Node, Workload and Namespace are how many of the one that has the fewest left.
	Node, Workload, Namespace int
}

// Left is what is left now.
func (a *Allowance) Left() Left {
	return Left{
		Cluster: min(a.cluster.least(), a.remembered.least()),
		Node:    a.nodes.least(), Workload: a.workloads.least(), Namespace: a.namespaces.least(),
	}
}

func describe(workload projection.Workload) string {
	return workload.Kind + " " + workload.Namespace + "/" + workload.Name
}
