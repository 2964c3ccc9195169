// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
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
	// Pending is what has come to the nodes since the evaluation. It alone goes
	// on changing.
	Pending *projection.Pending
	// Window is the longest time that a change on a node needs to be wholly
	// visible in what it measures.
	Window time.Duration
	// Shares are what pods were measured to use, or are expected to, by usage.
	// Pods of whom that is not known are missing.
	Shares map[types.UID][]float64

	nodes *nodeIndex
}

// Index is the position of a node in the verdicts of this snapshot, or NoNode
// for a node that appeared after it was taken.
func (s *Snapshot) Index(node string) int { return s.nodes.of(node) }

// Nodes are the names of the nodes, by index.
func (s *Snapshot) Nodes() []string { return s.nodes.names }

// Rule is the verdict of a rule and that of its set. Nil if there is no such rule.
func (s *Snapshot) Rule(key RuleKey) (*SetVerdict, *RuleVerdict) {
	if s == nil {
		return nil, nil
	}
	for _, set := range s.Sets {
		if set.Name != key.Set {
			continue
		}
		for _, rule := range set.Rules {
			if rule.Key == key {
				return set, rule
			}
		}
	}
	return nil, nil
}

// IsOver tells whether any rule is broken on a node, or is about to be.
func (s *Snapshot) IsOver(node string) bool {
	if s == nil {
		return false
	}
	i := s.Index(node)
	if i == NoNode {
		return false
	}
	for _, set := range s.Sets {
		for _, rule := range set.Rules {
			if state := rule.states[i]; state == InForce || state == Pending {
				return true
			}
		}
	}
	return false
}

// SetVerdict is what one rule set comes to.
type SetVerdict struct {
	Name  string
	Rules []*RuleVerdict

	set *Set
	// governed tells, by node, whether the set is about the node, and exempt
	// whether the node can never be measured.
	governed, exempt []bool
	// readings are by metric, then by node.
	readings [][]Reading
	// projections are by metric. Nil for those without a resource.
	projections []*projected
	// ranked are by preference, then by node.
	ranked [][]outlook
}

// Selects tells whether the rule set is for a pod.
func (v *SetVerdict) Selects(pod Pod) bool { return v.set.selects(pod) }

// Ranks tells whether the rule set has a say in the order of the nodes: by its
// preferences, or by a rule that refuses nobody because too many nodes are over
// its line.
func (v *SetVerdict) Ranks() bool {
	if v.set.observe {
		return false
	}
	for _, rule := range v.Rules {
		if rule.Suspended {
			return true
		}
	}
	return len(v.set.preferences) > 0
}

// RuleKey names a rule across snapshots.
type RuleKey struct {
	Set  string `json:"set"`
	Rule string `json:"rule"`
}

// RuleVerdict is what one rule comes to on every node.
type RuleVerdict struct {
	Key RuleKey
	// Reason is what a pod is told that is refused by the rule. It is the same
	// for all nodes, so that the scheduler can count them.
	Reason string
	// Observed tells that the rule's set only observes: Over and EvictionDue
	// say what it would do, and Refuses nothing.
	Observed bool
	// Suspended tells that more nodes are over the line than reject.maxNodes
	// allows: the rule refuses none, and they score worst.
	Suspended bool
	// Refusing is the number of nodes that the rule refuses.
	Refusing int
	// GiveUpAfter is how long the rule keeps a pod waiting. Zero: for ever.
	GiveUpAfter time.Duration

	rule   *rule
	set    *SetVerdict
	now    time.Time
	window time.Duration
	// states and since, when the conditions began to hold, are by node. holding
	// is by condition, then by node.
	states  []State
	since   []time.Time
	holding [][]holding
	// tainting tells that no more nodes are over the line than taint.maxNodes
	// allows.
	tainting bool
	// over are the nodes over the line.
	over []int
	// rooms are by condition, of those that pods can bring about.
	rooms []conditionRooms
}

// State is the rule's state on the node at an index.
func (v *RuleVerdict) State(node int) State {
	if node == NoNode {
		return NotGoverned
	}
	return v.states[node]
}

// Over tells whether the rule, if it rejects at all, would keep new pods off a
// node, were it for the node alone.
func (v *RuleVerdict) Over(node int) bool {
	state := v.State(node)
	return v.rule.rejects && (state == InForce || state == Unknown && v.rule.rejectMissing)
}

// Refuses tells whether the rule keeps new pods off the node at an index.
func (v *RuleVerdict) Refuses(node int) bool {
	return !v.Observed && !v.Suspended && v.Over(node)
}

// EvictionDue tells whether pods are to be moved off the node at an index.
func (v *RuleVerdict) EvictionDue(node int) bool {
	if node == NoNode || !v.rule.evicts || v.since[node].IsZero() {
		return false
	}
	return v.now.Sub(v.since[node]) >= v.rule.evictAfter
}

// Marks are the labels, and the taint if any, that the rule puts on the node at
// an index.
func (v *RuleVerdict) Marks(node int) (labels map[string]string, taint *corev1.Taint) {
	return v.marksIn(InForce, node)
}

// KeptMarks are the labels, and the taint if any, that the rule does not put on
// the node at an index, but leaves there: all conditions hold, though for too
// short a time, as after a restart or a gap in the data.
func (v *RuleVerdict) KeptMarks(node int) (labels map[string]string, taint *corev1.Taint) {
	return v.marksIn(Pending, node)
}

func (v *RuleVerdict) marksIn(state State, node int) (labels map[string]string, taint *corev1.Taint) {
	if v.Observed || v.State(node) != state {
		return nil, nil
	}
	if v.tainting {
		taint = v.rule.taint
	}
	return v.rule.labels, taint
}

// State is the state of a rule on a node.
type State uint8

const (
	// OK means that a condition is known not to hold.
	OK State = iota
	// Pending means that every condition holds, but not for long enough.
	Pending
	// InForce means that every condition has held for as long as it must.
	InForce
	// Undecided means that it depends on a value which has been within its band
	// for as long as it is known: nothing tells whether the condition held
	// before. It counts as not broken for new pods, and as unknown for all else.
	Undecided
	// Unknown means that it depends on a metric that is missing.
	Unknown
	// NotGoverned means that the rule is not about the node, or that it depends
	// on a metric that the node can never have.
	NotGoverned
)

// String is the name of the state.
func (s State) String() string {
	return [...]string{"OK", "Pending", "InForce", "Undecided", "Unknown", "NotGoverned"}[s]
}

func reason(rule string) string { return fmt.Sprintf("node(s) over load line %q", rule) }
