// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package preflight tells whether Loadline could measure the nodes of a cluster,
// and what to change where it could not. It changes nothing itself.
package preflight

import (
	"slices"
	"time"

	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
)

// State is what has come of a check.
type State string

const (
	// OK means that nothing is in the way.
	OK State = "ok"
	// Skipped means that there was nothing to check.
	Skipped State = "skipped"
	// Unknown means that it could not be checked.
	Unknown State = "unknown"
	// Warning means that something is suspicious, and prevents nothing.
	Warning State = "warning"
	// Failed means that something prevents measuring.
	Failed State = "failed"
)

// Report is what was found.
type Report struct {
	Checks []Check `json:"checks"`
	// Problems are those of nodes, the ones with the most nodes first.
	Problems []Problem `json:"problems"`
	// Nodes are all nodes by name.
	Nodes []Node `json:"nodes"`
}

// Good tells whether nothing prevents measuring.
func (r *Report) Good() bool {
	return !slices.ContainsFunc(r.Checks, func(check Check) bool { return check.State == Failed })
}

// Check is one thing that was looked at.
type Check struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	Text  string `json:"text"`
	// Remedy is what to do about it. Empty where nothing needs to be done.
	Remedy string `json:"remedy,omitempty"`
}

// Problem is something that is the matter with several nodes.
type Problem struct {
	Cause nodeproxy.Cause `json:"cause"`
	// State is Failed, or Warning where it is not Loadline's business.
	State State `json:"state"`
	// What it is, in a few words.
	What string `json:"what"`
	// Example is what was said of the first of the nodes.
	Example string `json:"example,omitempty"`
	Remedy  string `json:"remedy"`
	// Nodes are the names.
	Nodes []string `json:"nodes"`
}

// Node is what was found of one node.
type Node struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	// Measured tells that its kubelet has answered with data that count.
	Measured bool `json:"measured"`
	// Exempt tells that it is of a kind that nobody can measure.
	Exempt bool `json:"exempt,omitempty"`
	// MeasuredAt is when the kubelet measured the data. Nil without any.
	MeasuredAt *time.Time `json:"measuredAt,omitempty"`
	// Cause is why it cannot be measured, or is suspicious. Empty otherwise.
	Cause nodeproxy.Cause `json:"cause,omitempty"`
	// Error is what was said.
	Error string `json:"error,omitempty"`

	// age is that of the data when they came.
	age time.Duration
}

// Age is that of the data when they came. Negative where they are of the future.
func (n *Node) Age() time.Duration { return n.age }
