// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package ruletest runs unit tests of rule sets: series of measurements, and what
// the rules are expected to do about them. It evaluates them as the scheduler
// does, by the same code.
//
// A rule set that only observes is tested as if it were enforced, since a test
// asks what its rules would do. That a pod has waited for as long as giveUpAfter
// says is not a part of a test: its pod has not waited at all.
package ruletest

import (
	"encoding/json"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// file is a file of tests of rule sets, which kubectl loadline test runs.
type file struct {
	// RuleSets are the files of the rule sets, relative to this file.
	RuleSets []string `json:"ruleSets"`
	// Interval is the time between two values of a series, and between two
	// evaluations. Whole seconds, 1s to 5m. Default 15s.
	Interval *v1alpha1.Duration `json:"interval,omitempty"`
	// Builtins are the PromQL that stands in for built-in metrics, as in the
	// telemetry settings of the scheduler.
	Builtins map[v1alpha1.Builtin]string `json:"builtins,omitempty"`
	// Tests are run one by one, each over measurements of its own.
	Tests []test `json:"tests"`
}

// test is one test: what is measured, and what is to come of it.
type test struct {
	// Name says what the test is about. Unique in the file.
	Name string `json:"name"`
	// Series are what is measured, from the time 0 on.
	Series []series `json:"series"`
	// Nodes are the nodes of the cluster by name. Default: those that the
	// series tell.
	Nodes map[string]node `json:"nodes,omitempty"`
	// Pod is the one that is to be placed.
	Pod pod `json:"pod,omitempty"`
	// Expect are the expectations, each about one time.
	Expect []expectation `json:"expect"`
}

// series is a series of values in promtool's notation.
type series struct {
	// Series is the name and the labels of a series.
	Series string `json:"series"`
	// Values are its values, one for each interval. "0.88x3" is 0.88 and three times
	// again, "0+5x3" is 0, 5, 10, 15; "_" is a scrape that failed, and "stale" the end
	// of the series. After the last value it stays the same.
	Values scalar `json:"values"`
}

// node is a node of the cluster.
type node struct {
	// Labels are those of the node.
	Labels map[string]string `json:"labels,omitempty"`
	// Allocatable is what the node has to give, by resource. It is also the node's
	// capacity, which the built-in metrics need.
	Allocatable map[corev1.ResourceName]scalar `json:"allocatable,omitempty"`
}

// pod is what the rule sets that are asked are selected by.
type pod struct {
	// Namespace is the pod's. It is also a label of the namespace, as in a cluster.
	// Default "default".
	Namespace string `json:"namespace,omitempty"`
	// NamespaceLabels are the other labels of the namespace.
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
	// Labels are those of the pod.
	Labels map[string]string `json:"labels,omitempty"`
	// PriorityClassName is the pod's. No rule is for those that begin with "system-".
	PriorityClassName string `json:"priorityClassName,omitempty"`
}

// expectation is what a test expects at one time. What is given is all that there
// may be; what is left out is not looked at.
type expectation struct {
	// At is when, a whole number of intervals after the first values.
	At *v1alpha1.Duration `json:"at"`
	// Rejected are the rules that refuse the pod, by node.
	Rejected map[string][]string `json:"rejected,omitempty"`
	// Scores are those of the nodes that are not refused, 0 to 100.
	Scores map[string]scalar `json:"scores,omitempty"`
	// Evict are the rules whose evictions are due, by node, whatever the pod.
	Evict map[string][]string `json:"evict,omitempty"`
	// Labels are those that the rules put on each node, whatever the pod.
	Labels map[string]map[string]string `json:"labels,omitempty"`
	// Taints are those that the rules put on each node, whatever the pod, as
	// "key:Effect" or "key=value:Effect".
	Taints map[string][]string `json:"taints,omitempty"`
}

// scalar is the text of a string or a number.
type scalar string

// UnmarshalJSON reads a JSON string or number. Whatever else there is becomes a
// text that is refused later, where the path of the field is known.
func (s *scalar) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		text = string(data)
	}
	*s = scalar(text)
	return nil
}
