// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Input is all that a verdict depends on.
type Input struct {
	// Now is the instant for which ages are counted.
	Now time.Time
	// Nodes are the nodes of the cluster.
	Nodes []Node
	// Sets are the rule sets in force.
	Sets []*Set
	// Samples are the latest samples of each metric. Nodes that are not in
	// Nodes are ignored.
	Samples map[MetricKey]Samples
	// Previous is the snapshot before, whose states go on. Nil at the start.
	Previous *Snapshot
}

// Node is what a verdict needs to know of a node.
type Node struct {
	Name   string
	Labels labels.Set
}

// NewNodes are the cluster's nodes as a verdict needs to know them.
func NewNodes(nodes []*corev1.Node) []Node {
	judged := make([]Node, 0, len(nodes))
	for _, node := range nodes {
		judged = append(judged, Node{Name: node.Name, Labels: node.Labels})
	}
	return judged
}

// Evaluate judges every node by every rule.
func Evaluate(in Input) *Snapshot {
	next := &Snapshot{Generation: 1, Time: in.Now, nodes: indexNodes(in.Nodes, in.Previous)}
	if in.Previous != nil {
		next.Generation = in.Previous.Generation + 1
	}
	for _, set := range in.Sets {
		next.Sets = append(next.Sets, evaluateSet(set, in, next.nodes))
	}
	slices.SortFunc(next.Sets, func(a, b *SetVerdict) int { return strings.Compare(a.Name, b.Name) })
	return next
}

// indexNodes uses the previous index again while the nodes stay the same, as
// they mostly do.
func indexNodes(nodes []Node, previous *Snapshot) nodeIndex {
	if previous != nil && sameNodes(previous.nodes, nodes) {
		return previous.nodes
	}
	index := make(nodeIndex, len(nodes))
	for _, node := range nodes {
		if _, ok := index[node.Name]; !ok {
			index[node.Name] = len(index)
		}
	}
	return index
}

func sameNodes(index nodeIndex, nodes []Node) bool {
	if len(index) != len(nodes) {
		return false
	}
	for _, node := range nodes {
		if _, ok := index[node.Name]; !ok {
			return false
		}
	}
	return true
}

func evaluateSet(set *Set, in Input, nodes nodeIndex) *SetVerdict {
	verdict := &SetVerdict{
		Name: set.name, set: set,
		governed: make([]bool, len(nodes)),
		readings: make([][]Reading, len(set.metrics)),
	}
	for _, node := range in.Nodes {
		verdict.governed[nodes[node.Name]] = set.nodes.Matches(node.Labels)
	}
	for i := range set.metrics {
		verdict.readings[i] = readMetric(&set.metrics[i], in.Samples[MetricKey{set.name, set.metrics[i].name}], nodes, in.Now)
	}
	for i := range set.rules {
		verdict.Rules = append(verdict.Rules, evaluateRule(verdict, &set.rules[i], in, nodes))
	}
	return verdict
}

func readMetric(m *metric, samples Samples, nodes nodeIndex, now time.Time) []Reading {
	readings := make([]Reading, len(nodes))
	for node, i := range nodes {
		sample, found := samples[node]
		readings[i] = m.read(sample, found, now)
	}
	return readings
}

func evaluateRule(set *SetVerdict, r *rule, in Input, nodes nodeIndex) *RuleVerdict {
	verdict := &RuleVerdict{
		Key:         RuleKey{set.Name, r.name},
		Reason:      reason(r.name),
		Observed:    set.set.observe,
		GiveUpAfter: r.giveUpAfter,
		rule:        r,
		now:         in.Now,
		states:      make([]State, len(nodes)),
		held:        make([][]bool, len(r.conditions)),
	}
	before := in.Previous.ruleFor(verdict.Key, set.set, r)
	for i := range verdict.states {
		verdict.states[i] = InForce // until a condition says otherwise
	}
	for c := range r.conditions {
		verdict.held[c] = before.heldOn(c, nodes)
		verdict.apply(c, set.readings[r.conditions[c].metric])
	}
	verdict.since = before.sinceOn(nodes)
	verdict.applyTime()
	for node, governed := range set.governed {
		if !governed {
			verdict.states[node], verdict.since[node] = NotGoverned, time.Time{}
		}
	}
	verdict.applyLimits(set.governed)
	return verdict
}

// apply evaluates one condition on every node, and combines it into the states
// by Kleene's AND: OK wins over Unknown, which wins over holding.
func (v *RuleVerdict) apply(c int, readings []Reading) {
	for node, reading := range readings {
		if !reading.Known {
			if v.states[node] == InForce {
				v.states[node] = Unknown
			}
			continue
		}
		v.held[c][node] = v.rule.conditions[c].holds(reading.Value, v.held[c][node])
		if !v.held[c][node] {
			v.states[node] = OK
		}
	}
}

// applyTime keeps the instants since which the conditions have held, and makes
// rules wait that have not held for long enough.
func (v *RuleVerdict) applyTime() {
	for node, state := range v.states {
		switch {
		case state != InForce:
			v.since[node] = time.Time{}
		case v.since[node].IsZero():
			v.since[node] = v.now
		}
		if state == InForce && v.now.Sub(v.since[node]) < v.rule.duration {
			v.states[node] = Pending
		}
	}
}

// applyLimits counts the nodes over the line, and suspends what would hit more
// of them than it may.
func (v *RuleVerdict) applyLimits(governed []bool) {
	nodes, over, inForce := 0, 0, 0
	for node := range v.states {
		if governed[node] {
			nodes++
		}
		if v.Over(node) {
			over++
		}
		if v.states[node] == InForce {
			inForce++
		}
	}
	v.Suspended = float64(over) > v.rule.rejectLimit*float64(nodes)
	v.tainting = float64(inForce) <= v.rule.taintLimit*float64(nodes)
	if !v.Suspended && !v.Observed {
		v.Refusing = over
	}
}

// pastRule is a rule in the snapshot before, whose condition states carry over.
type pastRule struct {
	verdict *RuleVerdict
	nodes   nodeIndex
}

// ruleFor finds the rule in an earlier snapshot, unless its conditions, or how
// long they must hold, have changed since: then its state starts anew.
func (s *Snapshot) ruleFor(key RuleKey, set *Set, r *rule) pastRule {
	if s == nil {
		return pastRule{}
	}
	verdict, past := s.find(key)
	if verdict == nil || verdict.rule.duration != r.duration || !sameConditions(set, r, past, verdict.rule) {
		return pastRule{}
	}
	return pastRule{verdict: verdict, nodes: s.nodes}
}

// find returns the verdict of a rule and the set that it belonged to, or nil.
func (s *Snapshot) find(key RuleKey) (*RuleVerdict, *Set) {
	for _, set := range s.Sets {
		if set.Name != key.Set {
			continue
		}
		for _, rule := range set.Rules {
			if rule.Key == key {
				return rule, set.set
			}
		}
	}
	return nil, nil
}

// sameConditions compares conditions with the names of their metrics, since the
// positions may have moved.
func sameConditions(setA *Set, a *rule, setB *Set, b *rule) bool {
	return slices.EqualFunc(a.conditions, b.conditions, func(x, y condition) bool {
		same := setA.metrics[x.metric].name == setB.metrics[y.metric].name
		x.metric, y.metric = 0, 0
		return same && x == y
	})
}

// heldOn is the state of a condition before, by the positions of the nodes now.
func (p pastRule) heldOn(condition int, nodes nodeIndex) []bool {
	held := make([]bool, len(nodes))
	if p.verdict == nil {
		return held
	}
	for node, i := range nodes {
		if before, ok := p.nodes[node]; ok {
			held[i] = p.verdict.held[condition][before]
		}
	}
	return held
}

// sinceOn is when the conditions began to hold, by the positions of the nodes
// now.
func (p pastRule) sinceOn(nodes nodeIndex) []time.Time {
	since := make([]time.Time, len(nodes))
	if p.verdict == nil {
		return since
	}
	for node, i := range nodes {
		if before, ok := p.nodes[node]; ok {
			since[i] = p.verdict.since[before]
		}
	}
	return since
}
