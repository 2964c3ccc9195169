// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// Snapshot is everything that placement needs to know at one instant. It is
// immutable and safe for concurrent use.
type Snapshot struct {
	// Generation grows by one with each evaluation.
	Generation uint64
	// Time is the instant of the evaluation.
	Time time.Time
	// Sets are the verdicts by rule set, in the order of their names.
	Sets []*SetVerdict

	nodes nodeIndex
}

// nodeIndex gives each node a position in the slices of a snapshot.
type nodeIndex map[string]int

// NoNode is the index of a node that a snapshot does not know.
const NoNode = -1

// Index is the position of a node in the verdicts of this snapshot, or NoNode
// for a node that appeared after it was taken.
func (s *Snapshot) Index(node string) int {
	if i, ok := s.nodes[node]; ok {
		return i
	}
	return NoNode
}

// SetVerdict is what one rule set comes to.
type SetVerdict struct {
	Name  string
	Rules []*RuleVerdict

	set *Set
	// readings are by metric, then by node.
	readings [][]Reading
}

// Selects tells whether the rule set is for a pod with these labels.
func (v *SetVerdict) Selects(pod labels.Set) bool { return v.set.podSelector.Matches(pod) }

// Ranks tells whether the rule set has preferences.
func (v *SetVerdict) Ranks() bool { return len(v.set.preferences) > 0 }

// RuleKey names a rule across snapshots.
type RuleKey struct {
	Set, Rule string
}

// RuleVerdict is what one rule comes to on every node.
type RuleVerdict struct {
	Key RuleKey
	// Reason is what a pod is told that is refused by the rule. It is the same
	// for all nodes, so that the scheduler can count them.
	Reason string
	// Refusing is the number of nodes that the rule refuses.
	Refusing int

	rule *rule
	// states are by node; held is by condition, then by node.
	states []State
	held   [][]bool
}

// Refuses tells whether the rule keeps new pods off the node at an index.
func (v *RuleVerdict) Refuses(node int) bool {
	return node != NoNode && v.states[node] == Broken
}

// State tells whether a rule is broken on a node.
type State uint8

const (
	// OK means that a condition is known not to hold.
	OK State = iota
	// Broken means that every condition holds.
	Broken
	// Unknown means that it depends on a metric that is missing.
	Unknown
)

// String is the name of the state.
func (s State) String() string {
	switch s {
	case OK:
		return "OK"
	case Broken:
		return "Broken"
	default:
		return "Unknown"
	}
}

func reason(rule string) string { return fmt.Sprintf("node(s) over load line %q", rule) }
