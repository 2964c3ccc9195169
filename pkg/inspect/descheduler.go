// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// PlanPath answers with Planning.
const PlanPath = "/v1/plan"

// Planning is what a descheduler is about to do, or why it does nothing.
type Planning struct {
	// Leading tells that this process decides, and Since since when. One that stands by
	// has no plan.
	Leading bool      `json:"leading"`
	Since   time.Time `json:"since,omitzero"`
	// DryRun tells that nothing is evicted, and EvictionsDisabled that nothing is even
	// planned: nodes are marked alone.
	DryRun            bool `json:"dryRun,omitempty"`
	EvictionsDisabled bool `json:"evictionsDisabled,omitempty"`
	// Turn is when it was last looked whether anything is to be done.
	Turn time.Time `json:"turn,omitzero"`
	// Stopped is why nothing at all was evicted in that turn. Absent if it could be.
	Stopped *reason.Reason `json:"stopped,omitempty"`
	// Allowance is how many more pods may be moved, by the budgets, as of that turn.
	Allowance *Allowance `json:"allowance,omitempty"`
	// Plan is the latest that was made. While evictions are stopped, none is.
	Plan *Plan `json:"plan,omitempty"`
}

// Allowance is how many more pods may be moved now.
type Allowance struct {
	// Cluster is how many in all, and the others how many of the node, the workload and
	// the namespace that have the fewest left.
	Cluster   int `json:"cluster"`
	Node      int `json:"node"`
	Workload  int `json:"workload"`
	Namespace int `json:"namespace"`
}

// Plan is what is to be done, and why nothing else is.
type Plan struct {
	Time time.Time `json:"time"`
	// Evictions are as the descheduler writes them down, in order.
	Evictions []history.Record `json:"evictions"`
	// Nodes are all that a rule asks evictions on, the worst first.
	Nodes []PlannedNode `json:"nodes"`
}

// PlannedNode is what a plan makes of one node and one rule.
type PlannedNode struct {
	Node string          `json:"node"`
	Rule verdict.RuleKey `json:"rule"`
	// Value is what the node measures by the metric that the plan goes by, less what is
	// leaving already, Goal what it is to come down to, and After what it will measure
	// after the evictions of the plan.
	Metric string  `json:"metric,omitempty"`
	Value  float64 `json:"value"`
	Goal   float64 `json:"goal"`
	After  float64 `json:"after"`
	// Held is why nothing is moved off the node at all. Absent if something is.
	Held *reason.Reason `json:"held,omitempty"`
	// Passed are the pods of the node that are not moved, those with the largest shares
	// first: twenty at most.
	Passed []PassedPod `json:"passed"`
}

// PassedPod is a pod that is not moved.
type PassedPod struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid"`
	// Share is the part of the node's value that the pod is. Zero if it is not known.
	Share float64       `json:"share"`
	Why   reason.Reason `json:"why"`
}

// DeschedulerHandler answers to those who inspect a descheduler.
func DeschedulerHandler(latest func() *Planning) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PlanPath, func(w http.ResponseWriter, r *http.Request) { Answer(w, r, latest()) })
	mux.HandleFunc("GET "+VersionPath, serveVersion)
	return mux
}
