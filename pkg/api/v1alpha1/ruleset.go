// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RulesLabel marks, with the value "true", the ConfigMaps whose data keys each
// hold one RuleSet.
const RulesLabel = "loadline.dev/rules"

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// RuleSet draws the load lines for a group of pods: which metrics are measured,
// on which nodes no new pod is accepted, and which nodes are preferred.
type RuleSet struct {
	metav1.TypeMeta `json:",inline"`
	// The name is the identity of a rule set, whatever ConfigMap holds it.
	// Nothing else of the metadata is read.
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec RuleSetSpec `json:"spec"`
}

// RuleSetSpec is what a RuleSet says.
type RuleSetSpec struct {
	// PodSelector selects, by their labels, the pods that these rules are for,
	// among those that name Loadline as their scheduler. Empty or absent, it
	// selects all of them.
	PodSelector *metav1.LabelSelector `json:"podSelector,omitempty"`
	// Metrics are what the rules and preferences below are about.
	Metrics []Metric `json:"metrics,omitempty"`
	// Rules say on which nodes no new pod is accepted. A pod is refused by any
	// of them.
	Rules []Rule `json:"rules,omitempty"`
	// Preferences rank the nodes that are left.
	Preferences []Preference `json:"preferences,omitempty"`
}

// Metric is a number measured for each node: either a built-in one, or the
// result of a PromQL query with one sample per node.
type Metric struct {
	// Name is how rules and preferences refer to the metric. A DNS label.
	Name string `json:"name"`
	// Builtin names a metric that needs no PromQL. Exactly one of Builtin and
	// Query is given.
	Builtin Builtin `json:"builtin,omitempty"`
	// Query is a PromQL expression that yields an instant vector with one
	// sample per node.
	Query string `json:"query,omitempty"`
	// NodeLabel is the label of the query's result that tells the node, by its
	// name or one of its addresses. Without it, that is "node", else "instance"
	// with the port left out.
	NodeLabel string `json:"nodeLabel,omitempty"`
	// Window is the time over which the built-in "cpu" is averaged. Default 2m.
	Window *Duration `json:"window,omitempty"`
	// StaleAfter is the age of the data past which a node counts as not
	// measured. Default: six intervals of the telemetry, 90s unless configured.
	StaleAfter *Duration `json:"staleAfter,omitempty"`
}

// Builtin names a metric that Loadline defines itself.
type Builtin string

const (
	// BuiltinCPU is the CPU time that a node spends, averaged over the metric's
	// window, as a fraction of the node's capacity.
	BuiltinCPU Builtin = "cpu"
	// BuiltinMemory is a node's memory working set as a fraction of the node's
	// capacity.
	BuiltinMemory Builtin = "memory"
)

// Rule is a load line: a condition on a node, and what follows from it.
type Rule struct {
	// Name identifies the rule in reasons, events, logs and metrics. A DNS
	// label, unique in its set.
	Name string `json:"name"`
	// When must hold as a whole: every condition at once. Write two rules for
	// "any".
	When []Condition `json:"when"`
	// Reject keeps new pods off the nodes where the rule is in force.
	Reject *Reject `json:"reject,omitempty"`
}

// Condition compares one metric with one threshold. Exactly one of Above,
// Below and Equals is given.
type Condition struct {
	// Metric is the name of a metric of the same rule set.
	Metric string `json:"metric"`
	// Above holds where the value is strictly greater.
	Above *Threshold `json:"above,omitempty"`
	// Below holds where the value is strictly less.
	Below *Threshold `json:"below,omitempty"`
	// Equals holds where the value is exactly this.
	Equals *Threshold `json:"equals,omitempty"`
	// Clear widens Above or Below into a band: once the condition holds, it
	// holds until the value is past Clear (less than it for Above, greater for
	// Below). Default: the threshold itself, which means no band.
	Clear *Threshold `json:"clear,omitempty"`
}

// Reject is the effect of a rule on pods that are being scheduled: no new pod
// on a node where the rule is in force.
type Reject struct{}

// Preference ranks nodes by one metric.
type Preference struct {
	// Metric is the name of a metric of the same rule set.
	Metric string `json:"metric"`
	// Prefer tells which values are better.
	Prefer Direction `json:"prefer"`
	// Weight is the preference's share in the score, relative to the other
	// preferences that apply to the pod. 1 to 100, default 1.
	Weight *int32 `json:"weight,omitempty"`
}

// Direction tells which values of a metric are better.
type Direction string

const (
	// Lower prefers nodes with a lower value.
	Lower Direction = "Lower"
	// Higher prefers nodes with a higher value.
	Higher Direction = "Higher"
)
