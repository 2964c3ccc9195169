// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
)

// Outcome is what became of a pod in a scheduling cycle.
type Outcome string

const (
	// Placed means that the pod was bound to a node.
	Placed Outcome = "Placed"
	// Refused means that no node took the pod, and that load lines had a part in
	// it.
	Refused Outcome = "Refused"
)

// Decision is what became of a pod in one scheduling cycle, and why. It is
// served as JSON; fields are added to it, and none is taken away.
type Decision struct {
	Namespace string    `json:"namespace"`
	Pod       string    `json:"pod"`
	UID       types.UID `json:"uid"`
	// Workload is whose pod it is. Nil for a pod without a controller.
	Workload *projection.Workload `json:"workload,omitempty"`
	Outcome  Outcome              `json:"outcome"`
	// Node is where the pod was placed.
	Node string `json:"node,omitempty"`
	// Time is when the nodes were judged that the cycle went by.
	Time time.Time `json:"time"`
	// Generation numbers the snapshot of that time.
	Generation uint64 `json:"generation,omitempty"`
	// Note says why no rule was looked at, where that is so.
	Note string `json:"note,omitempty"`
	// WaitedSeconds is how long load lines had kept the pod waiting.
	WaitedSeconds float64 `json:"waitedSeconds,omitempty"`
	// Nodes is the number of nodes in the snapshot.
	Nodes int `json:"nodes,omitempty"`
	// RuleSets are those that select the pod.
	RuleSets []string `json:"ruleSets,omitempty"`
	// Estimates are what the pod was expected to use.
	Estimates []Estimate `json:"estimates,omitempty"`
	// Refusals are by rule.
	Refusals []Refusal `json:"refusals,omitempty"`
	// Passed are the rules that had nothing against the node where the pod was placed.
	Passed []Passed `json:"passed,omitempty"`
	// Scores are of the best nodes, and of the one that was chosen.
	Scores []Score `json:"scores,omitempty"`
}

// Estimate is what a pod is expected to use of a resource, in its own unit.
type Estimate struct {
	Resource corev1.ResourceName `json:"resource"`
	Amount   float64             `json:"amount"`
}

// Refusal is what one rule had against nodes.
type Refusal struct {
	RuleSet string `json:"ruleSet"`
	Rule    string `json:"rule"`
	// GivenUp tells that the pod had waited for the rule for long enough, so that
	// it refused none any more: it would have.
	GivenUp bool `json:"givenUp,omitempty"`
	// Suspended tells that more nodes were over the line than the rule's maxNodes
	// allows, so that it refused none: it would have.
	Suspended bool `json:"suspended,omitempty"`
	// Observed tells that the rule's set only observes: it would have refused.
	Observed bool `json:"observed,omitempty"`
	// Nodes is the number of nodes that were refused, or would have been.
	Nodes int `json:"nodes"`
	// Examples are those of them that are least over the line, after the one that
	// the pod was placed on, if that is among them. Those of a rule that refuses
	// none because it only observes, or is suspended, are by name.
	Examples []NodeReadings `json:"examples,omitempty"`
}

// Passed is what one rule went by on the node where the pod was placed.
type Passed struct {
	RuleSet  string    `json:"ruleSet"`
	Rule     string    `json:"rule"`
	Readings []Reading `json:"readings"`
}

// NodeReadings are what a rule went by on one node.
type NodeReadings struct {
	Node     string    `json:"node"`
	Readings []Reading `json:"readings"`
}

// Reading is a metric of a node, beside the line that it was compared with.
type Reading struct {
	Metric string `json:"metric"`
	// Fraction tells that the metric runs from 0 to 1 by nature: 0.9 is 90%.
	Fraction bool `json:"fraction,omitempty"`
	// Value is what the node measured. Nil where it was not measured.
	Value *float64 `json:"value"`
	// Projected is what it would measure with the pod. Nil for metrics that pods
	// have no known share in.
	Projected *float64 `json:"projected,omitempty"`
	// AgeSeconds is the age of the data at the time of the decision.
	AgeSeconds float64 `json:"ageSeconds,omitempty"`
	// Above, Below, Equals and Clear are of the rule's condition.
	Above  *float64 `json:"above,omitempty"`
	Below  *float64 `json:"below,omitempty"`
	Equals *float64 `json:"equals,omitempty"`
	Clear  *float64 `json:"clear,omitempty"`
}

// Score is how a node was ranked.
type Score struct {
	Node string `json:"node"`
	// Score is 0 to 100, before the scheduler weighs it with those of other
	// plugins.
	Score int64 `json:"score"`
	// Readings are of the metrics of the preferences.
	Readings []Reading `json:"readings"`
}
