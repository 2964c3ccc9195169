// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
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
	// Projections are of the metrics that have a resource.
	Projections map[MetricKey]*Projection
	// Windows are how long a change in the cluster needs to be wholly visible in a
	// metric. For those that are missing it is Window.
	Windows map[MetricKey]time.Duration
	// Window and Shares are as in Snapshot.
	Window time.Duration
	Shares map[types.UID][]float64
	// Previous is the snapshot before, whose states go on. Nil at the start.
	Previous *Snapshot
	// MaxGap is how long before Now that may be for what has lasted until then to
	// have lasted on. Zero: any time.
	MaxGap time.Duration
}

// Node is what a verdict needs to know of a node.
type Node struct {
	Name   string
	Labels labels.Set
	// Exempt tells that nothing can measure the node. A metric that it has all
	// the same counts.
	Exempt bool
}

// NewNodes are the cluster's nodes as a verdict needs to know them.
func NewNodes(nodes []*corev1.Node) []Node {
	judged := make([]Node, 0, len(nodes))
	for _, node := range nodes {
		judged = append(judged, Node{Name: node.Name, Labels: node.Labels, Exempt: Exempt(node)})
	}
	return judged
}

// Evaluate judges every node by every rule.
func Evaluate(in Input) *Snapshot {
	e := newEvaluation(in)
	next := &Snapshot{Generation: 1, Time: in.Now, Window: in.Window, Shares: in.Shares, nodes: e.nodes}
	if in.Previous != nil {
		next.Generation = in.Previous.Generation + 1
	}
	for _, set := range in.Sets {
		next.Sets = append(next.Sets, e.set(set))
	}
	slices.SortFunc(next.Sets, func(a, b *SetVerdict) int { return strings.Compare(a.Name, b.Name) })
	return next
}

// evaluation is an evaluation under way.
type evaluation struct {
	Input
	nodes  *nodeIndex
	exempt []bool // by node
	// earlier are the positions of the nodes in the previous snapshot, if any.
	earlier []int
}

// newEvaluation uses the previous index of the nodes again while they stay the
// same, as they mostly do.
func newEvaluation(in Input) *evaluation {
	e := &evaluation{Input: in}
	if in.Previous != nil && in.Previous.nodes.same(in.Nodes) {
		e.nodes = in.Previous.nodes
	} else {
		e.nodes = newNodeIndex(in.Nodes)
	}
	if in.Previous != nil {
		e.earlier = e.nodes.in(in.Previous.nodes)
	}
	e.exempt = make([]bool, len(e.nodes.names))
	for _, node := range in.Nodes {
		e.exempt[e.nodes.of(node.Name)] = node.Exempt
	}
	return e
}

func (e *evaluation) set(set *Set) *SetVerdict {
	verdict := &SetVerdict{
		Name: set.name, set: set,
		governed: make([]bool, len(e.nodes.names)),
		exempt:   e.exempt,
		readings: make([][]Reading, len(set.metrics)),

		projections: make([]*projected, len(set.metrics)),
	}
	for _, node := range e.Nodes {
		verdict.governed[e.nodes.of(node.Name)] = set.nodes.Matches(node.Labels)
	}
	for i := range set.metrics {
		key := MetricKey{set.name, set.metrics[i].name}
		verdict.readings[i] = e.read(&set.metrics[i], e.Samples[key])
		verdict.projections[i] = e.project(e.Projections[key], verdict.readings[i])
	}
	for _, p := range set.preferences {
		verdict.ranked = append(verdict.ranked, verdict.outlooks(p.metric))
	}
	for i := range set.rules {
		verdict.Rules = append(verdict.Rules, e.rule(verdict, &set.rules[i]))
	}
	return verdict
}

// read gives the readings of a metric by node.
func (e *evaluation) read(m *metric, samples Samples) []Reading {
	readings := make([]Reading, len(e.nodes.names))
	for i, node := range e.nodes.names {
		sample, found := samples[node]
		readings[i] = m.read(sample, found, e.Now)
	}
	return readings
}

func (e *evaluation) rule(set *SetVerdict, r *rule) *RuleVerdict {
	verdict := &RuleVerdict{
		Key:         RuleKey{set.Name, r.name},
		Reason:      reason(r.name),
		Observed:    set.set.observe,
		GiveUpAfter: r.giveUpAfter,
		window:      e.windowOf(set.set, r),
		rule:        r,
		set:         set,
		now:         e.Now,
		states:      make([]State, len(e.nodes.names)),
		since:       make([]time.Time, len(e.nodes.names)),
		holding:     make([][]holding, len(r.conditions)),
	}
	for c := range verdict.holding {
		verdict.holding[c] = make([]holding, len(e.nodes.names))
	}
	verdict.carryOver(e.Previous.ruleFor(verdict.Key, set.set, r), e.earlier, e.lookedAway())
	for i := range verdict.states {
		verdict.states[i] = InForce // until a condition says otherwise
	}
	for c := range r.conditions {
		verdict.apply(c, set.readings[r.conditions[c].metric])
	}
	verdict.leaveOut(set)
	verdict.applyTime()
	verdict.applyLimits()
	verdict.findRooms()
	return verdict
}

// windowOf is the longest of the metrics of a rule's conditions.
func (e *evaluation) windowOf(set *Set, r *rule) time.Duration {
	var longest time.Duration
	for _, c := range r.conditions {
		window, known := e.Windows[MetricKey{set.name, set.metrics[c.metric].name}]
		if !known {
			window = e.Window
		}
		longest = max(longest, window)
	}
	return longest
}

// lookedAway tells that nobody knows what was between the previous snapshot and now:
// the process was stopped, or its clock was set ahead.
func (e *evaluation) lookedAway() bool {
	return e.MaxGap > 0 && e.Previous != nil && e.Now.Sub(e.Previous.Time) > e.MaxGap
}

// carryOver takes the state of the rule before, if any, at the earlier positions
// of the nodes. After a gap it is as after a time in which nothing was known.
func (v *RuleVerdict) carryOver(before *RuleVerdict, earlier []int, gap bool) {
	if before == nil {
		return
	}
	for node, at := range earlier {
		if at == NoNode {
			continue
		}
		if !gap {
			v.since[node] = before.since[at]
		}
		for c := range v.holding {
			v.holding[c][node] = before.holding[c][at]
		}
	}
}

// apply evaluates one condition on every node, and combines it into the states
// by Kleene's AND: OK wins over Undecided, which does not refuse either, and that
// over Unknown, which wins over holding.
func (v *RuleVerdict) apply(c int, readings []Reading) {
	condition, holding := &v.rule.conditions[c], v.holding[c]
	for node, reading := range readings {
		if !reading.Known {
			if v.states[node] == InForce {
				v.states[node] = Unknown
			}
			continue
		}
		holding[node] = condition.next(reading.Value, holding[node])
		switch {
		case holding[node] == notHeld:
			v.states[node] = OK
		case holding[node] == undecided && v.states[node] != OK:
			v.states[node] = Undecided
		}
	}
}

// leaveOut takes out the nodes that the rule is not about.
func (v *RuleVerdict) leaveOut(set *SetVerdict) {
	for node, state := range v.states {
		if !set.governed[node] || state == Unknown && set.exempt[node] {
			v.states[node] = NotGoverned
		}
	}
}

// applyTime keeps the instants since which the conditions have held, and makes
// rules wait that have not held for long enough. Such an instant is in the future
// once the clock has been set back: then it is now.
func (v *RuleVerdict) applyTime() {
	for node, state := range v.states {
		switch {
		case state != InForce:
			v.since[node] = time.Time{}
		case v.since[node].IsZero(), v.since[node].After(v.now):
			v.since[node] = v.now
		}
		if state == InForce && v.now.Sub(v.since[node]) < v.rule.duration {
			v.states[node] = Pending
		}
	}
}

// applyLimits counts the nodes over the line, and suspends what would hit more
// of them than it may.
func (v *RuleVerdict) applyLimits() {
	nodes, inForce := 0, 0
	for node, state := range v.states {
		if state != NotGoverned {
			nodes++
		}
		if v.Over(node) {
			v.over = append(v.over, node)
		}
		if state == InForce {
			inForce++
		}
	}
	v.Suspended = float64(len(v.over)) > v.rule.rejectLimit*float64(nodes)
	v.tainting = float64(inForce) <= v.rule.taintLimit*float64(nodes)
	if !v.Suspended && !v.Observed {
		v.Refusing = len(v.over)
	}
}

// ruleFor finds the rule in an earlier snapshot, unless its conditions, or how
// long they must hold, have changed since: then its state starts anew.
func (s *Snapshot) ruleFor(key RuleKey, set *Set, r *rule) *RuleVerdict {
	past, verdict := s.Rule(key)
	if verdict == nil || verdict.rule.duration != r.duration || !sameConditions(set, r, past.set, verdict.rule) {
		return nil
	}
	return verdict
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
