// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"time"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// Result is what rule sets would do now.
type Result struct {
	// At is when they were judged.
	At     time.Time  `json:"at"`
	Source SourceName `json:"source"`
	// SourceText says where the nodes were measured, and Why why nowhere else.
	SourceText string `json:"sourceText"`
	Why        string `json:"why,omitempty"`
	// Unread are the nodes that could not be read.
	Unread []Unread `json:"unread,omitempty"`
	// PodsNotCounted says why nothing is told of pods. Empty where something is.
	PodsNotCounted string    `json:"podsNotCounted,omitempty"`
	RuleSets       []RuleSet `json:"ruleSets"`
	// Scored tells that the rule sets rank nodes.
	Scored bool `json:"scored"`
	// Nodes are those over a line first, then the others by how near they are
	// to one. Those of which nothing is known come last.
	Nodes []Node `json:"nodes"`
}

// Complete tells that every metric was measured somewhere.
func (r *Result) Complete() bool {
	for _, set := range r.RuleSets {
		for _, metric := range set.Metrics {
			if metric.Problem != "" {
				return false
			}
		}
	}
	return true
}

// RuleSet is what one rule set comes to.
type RuleSet struct {
	Name string `json:"name"`
	// Mode is what it says of itself. It is judged as if it were enforced.
	Mode v1alpha1.Mode `json:"mode"`
	// Nodes is the number of nodes that it is about.
	Nodes   int      `json:"nodes"`
	Pods    *Pods    `json:"pods,omitempty"`
	Metrics []Metric `json:"metrics"`
	Rules   []Rule   `json:"rules"`
}

// Pods are those that a rule set is for.
type Pods struct {
	// Placed have a node, and Waiting have none yet.
	Placed  int `json:"placed"`
	Waiting int `json:"waiting"`
}

// Metric is how a metric could be measured.
type Metric struct {
	Name  string `json:"name"`
	Query string `json:"query"`
	// Fraction tells that it runs from 0 to 1.
	Fraction bool `json:"fraction"`
	// Known and Missing count the nodes that the rule set is about, without
	// those that nobody can measure.
	Known   int `json:"known"`
	Missing int `json:"missing"`
	// Problem is why it is not known of any node.
	Problem string `json:"problem,omitempty"`
}

// Rule is what a rule comes to, in numbers of nodes. An effect that it does not
// have is nil.
type Rule struct {
	Name string `json:"name"`
	// Line says when the rule is broken.
	Line string `json:"line"`
	// InForce, Pending, Undecided and Unknown count its states.
	InForce   int `json:"inForce"`
	Pending   int `json:"pending"`
	Undecided int `json:"undecided"`
	Unknown   int `json:"unknown"`

	Refused *int `json:"refused,omitempty"`
	// Suspended tells that it refuses no node since too many are over the line.
	Suspended   bool `json:"suspended,omitempty"`
	EvictionDue *int `json:"evictionDue,omitempty"`
	// EvictionPods are the pods of the rule set on the nodes where eviction is
	// due.
	EvictionPods int `json:"evictionPods,omitempty"`
	// EvictionsAtOnce is how many of them the rule has go at once, at most. Nil where
	// it has as many go as it takes.
	EvictionsAtOnce *int `json:"evictionsAtOnce,omitempty"`
	Tainted         *int `json:"tainted,omitempty"`
	Labelled        *int `json:"labelled,omitempty"`
}

// Node is what becomes of one node.
type Node struct {
	Name string `json:"name"`
	// Exempt tells that it is of a kind that nobody can measure, and was not.
	Exempt bool `json:"exempt,omitempty"`
	// Headroom is the distance to the nearest line, as a share of its threshold.
	// Below zero the node is over it. Nil where it is not known.
	Headroom *float64 `json:"headroom,omitempty"`
	// Score is for a pod that all the rule sets are for. Nil where no such pod
	// would be placed, or nothing is ranked.
	Score *int64 `json:"score,omitempty"`
	// Values are by metric, in the order of the rule sets.
	Values []Value `json:"values"`
	// Broken are the rules that are other than OK here.
	Broken []Broken `json:"broken"`
}

// Value is a metric of a node.
type Value struct {
	RuleSet string `json:"ruleSet"`
	Metric  string `json:"metric"`
	// Value is nil where it is missing.
	Value      *float64   `json:"value"`
	MeasuredAt *time.Time `json:"measuredAt,omitempty"`
}

// Broken is a rule that is not OK on a node, and what it does there.
type Broken struct {
	RuleSet     string            `json:"ruleSet"`
	Rule        string            `json:"rule"`
	State       string            `json:"state"`
	Refused     bool              `json:"refused,omitempty"`
	EvictionDue bool              `json:"evictionDue,omitempty"`
	Taint       string            `json:"taint,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
}
