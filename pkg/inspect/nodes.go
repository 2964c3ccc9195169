// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"math"
	"net/http"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// NodesPath answers with Nodes. The parameter "node", once or more, leaves only the
	// nodes of these names, and "ruleSet" only the rule sets of these names.
	NodesPath = "/v1/nodes"
	// PodsPath answers with Pods, those whose UIDs the parameter "uid" gives, once or
	// more.
	PodsPath = "/v1/pods"
)

// Nodes are how the nodes stand to their lines, by name.
type Nodes struct {
	Snapshot Snapshot `json:"snapshot"`
	// RuleSets are those that are asked for, as of all nodes.
	RuleSets []RuleSet `json:"ruleSets"`
	Nodes    []Node    `json:"nodes"`
}

// Node is how one node stands to its lines.
type Node struct {
	Name  string    `json:"name"`
	State NodeState `json:"state"`
	// Headroom is the least of those of its rules. Absent where none is known.
	Headroom *float64 `json:"headroom,omitempty"`
	// RuleSets are those that are about the node.
	RuleSets []NodeRuleSet `json:"ruleSets"`
}

// NodeState sums up what the rules come to on a node: the first of these that any of
// them has a part in.
type NodeState string

const (
	// Exempt nodes are those that nobody can measure.
	Exempt NodeState = "Exempt"
	// Ungoverned nodes are those that no rule set is about.
	Ungoverned NodeState = "Ungoverned"
	// Over: a rule is in force.
	Over NodeState = "Over"
	// Expected: the node would be over a line that keeps new pods off, with the pods
	// that have come to it and are not measured yet.
	Expected NodeState = "Expected"
	// Pending: the conditions of a rule hold, though not for long enough yet.
	Pending NodeState = "Pending"
	// NoData: a metric is missing that a rule depends on.
	NoData NodeState = "NoData"
	// Undecided: whether a condition holds depends on what was before, of which
	// nothing is known.
	Undecided NodeState = "Undecided"
	// OK: the node is below all lines.
	OK NodeState = "OK"
)

// NodeRuleSet is what one rule set comes to on a node.
type NodeRuleSet struct {
	Name     string     `json:"name"`
	Readings []Reading  `json:"readings"`
	Rules    []NodeRule `json:"rules"`
}

// Reading is a metric of a node.
type Reading struct {
	Metric string `json:"metric"`
	// Value is what the node measured, and Projected what it is expected to measure,
	// with the pods that have come and gone of late. Absent where they are not known.
	Value     *float64 `json:"value,omitempty"`
	Projected *float64 `json:"projected,omitempty"`
	// AgeSeconds is the age of the data at the time of the judgement.
	AgeSeconds float64 `json:"ageSeconds,omitempty"`
	// Capacity is the amount of the metric's resource that a value of 1 stands for.
	Capacity float64 `json:"capacity,omitempty"`
}

// NodeRule is what one rule comes to on a node.
type NodeRule struct {
	Name string `json:"name"`
	// State is OK, Pending, InForce, Undecided, Unknown or NotGoverned, as in Rule.
	State string `json:"state"`
	// Since is since when its conditions have held, where they do.
	Since *time.Time `json:"since,omitempty"`
	// Headroom is the distance of the values to the line, as a share of the threshold:
	// of the condition that is the farthest from holding. Below zero they are over it.
	// Projected values count where they are nearer to it, and where the conditions
	// hold it is the distance to clear, where they cease to. Absent where nothing is
	// known.
	Headroom *float64 `json:"headroom,omitempty"`
	// Refuses tells that it keeps new pods off, whatever the pod.
	Refuses bool `json:"refuses,omitempty"`
	// EvictionDue tells that pods are to be moved off.
	EvictionDue bool `json:"evictionDue,omitempty"`
	// Labels and Taint are to be on the node, because of the rule.
	Labels map[string]string `json:"labels,omitempty"`
	Taint  string            `json:"taint,omitempty"`
}

func serveNodes(w http.ResponseWriter, r *http.Request, judged *judgement) {
	sets, query := judged.sets(r), r.URL.Query()
	nodes := Nodes{Snapshot: judged.shown, RuleSets: []RuleSet{}, Nodes: []Node{}}
	for _, set := range sets {
		nodes.RuleSets = append(nodes.RuleSets, judged.ruleSet(set))
	}
	if query.Has("node") {
		names := slices.Clone(query["node"])
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if i := judged.Index(name); i != verdict.NoNode {
				nodes.Nodes = append(nodes.Nodes, judged.node(i, sets))
			}
		}
	} else {
		for i := range judged.Nodes() {
			nodes.Nodes = append(nodes.Nodes, judged.node(i, sets))
		}
	}
	Answer(w, r, nodes)
}

// node is what rule sets come to on the node at an index.
func (j *judgement) node(i int, sets []*verdict.SetVerdict) Node {
	node := Node{Name: j.Nodes()[i], RuleSets: []NodeRuleSet{}}
	exempt, missing := false, false
	for _, set := range sets {
		exempt = set.Exempt(i)
		if !set.Governs(i) {
			continue
		}
		shown := NodeRuleSet{Name: set.Name, Readings: []Reading{}, Rules: []NodeRule{}}
		for _, gauge := range set.Gauges(i, j.arrival) {
			shown.Readings = append(shown.Readings, j.reading(gauge))
			missing = missing || !gauge.Reading.Known && len(set.Rules) == 0
		}
		for _, rule := range set.Rules {
			judged := j.nodeRule(rule, i)
			node.Headroom = least(node.Headroom, judged.Headroom)
			shown.Rules = append(shown.Rules, judged)
		}
		node.RuleSets = append(node.RuleSets, shown)
	}
	node.State = node.sum(exempt, missing)
	return node
}

// sum is the state of the node.
func (n *Node) sum(exempt, missing bool) NodeState {
	found := map[NodeState]bool{NoData: missing}
	known, governed := false, false
	for _, set := range n.RuleSets {
		known = known || slices.ContainsFunc(set.Readings, func(r Reading) bool { return r.Value != nil })
		governed = true
		for i := range set.Rules {
			found[set.Rules[i].sum()] = true
		}
	}
	switch {
	case exempt && !known:
		return Exempt
	case !governed:
		return Ungoverned
	}
	for _, state := range []NodeState{Over, Expected, Pending, NoData, Undecided} {
		if found[state] {
			return state
		}
	}
	return OK
}

// sum is what the rule contributes to the state of its node.
func (r *NodeRule) sum() NodeState {
	switch r.State {
	case verdict.InForce.String():
		return Over
	case verdict.Pending.String():
		return Pending
	case verdict.Unknown.String():
		return NoData
	}
	switch {
	case r.Refuses:
		return Expected
	case r.State == verdict.Undecided.String():
		return Undecided
	default:
		return OK
	}
}

func (j *judgement) reading(gauge verdict.Gauge) Reading {
	reading := Reading{Metric: gauge.Metric, Projected: finite(gauge.Projected), Capacity: gauge.Capacity}
	if gauge.Reading.Known {
		reading.Value, reading.AgeSeconds = finite(gauge.Reading.Value), max(0, j.Time.Sub(gauge.Reading.Time).Seconds())
	}
	return reading
}

// finite is a number that JSON has. Nil for others.
func finite(number float64) *float64 {
	if math.IsNaN(number) || math.IsInf(number, 0) {
		return nil
	}
	return &number
}

func (j *judgement) nodeRule(rule *verdict.RuleVerdict, node int) NodeRule {
	state := rule.State(node)
	shown := NodeRule{Name: rule.Key.Rule, State: state.String()}
	if state == verdict.NotGoverned {
		return shown
	}
	if since := rule.BrokenSince(node); !since.IsZero() {
		shown.Since = &since
	}
	shown.Headroom = headroom(rule.Compare(node, j.arrival), state)
	shown.Refuses = rule.Judge(node, j.arrival) != verdict.Accepted
	shown.EvictionDue = !rule.Observed && rule.EvictionDue(node)
	labels, taint := rule.Marks(node)
	shown.Labels = labels
	if taint != nil {
		shown.Taint = taintText(taint)
	}
	return shown
}

// headroom is the distance of the condition that is the farthest from holding, since
// all must hold.
func headroom(compared []verdict.Compared, state verdict.State) *float64 {
	var farthest *float64
	holds := state == verdict.InForce || state == verdict.Pending
	for i := range compared {
		if distance := distance(&compared[i], holds); distance != nil && (farthest == nil || *distance > *farthest) {
			farthest = distance
		}
	}
	return farthest
}

// distance is from a value to where its condition begins to hold or, where it does,
// to where it ceases to.
func distance(c *verdict.Compared, holds bool) *float64 {
	value := c.Reading.Value
	switch {
	case c.Above != nil && !c.Reading.Known:
		value = c.Projected // of a node that is new
	case !c.Reading.Known:
		return nil
	case c.Above != nil && c.Projected > value:
		value = c.Projected
	}
	threshold, apart := 0.0, 0.0
	switch {
	case c.Above != nil:
		threshold = *c.Above
	case c.Below != nil:
		threshold = *c.Below
	default:
		threshold = *c.Equals
	}
	line := threshold
	if holds && c.Clear != nil {
		line = *c.Clear
	}
	switch {
	case c.Above != nil:
		apart = line - value
	case c.Below != nil:
		apart = value - line
	default:
		apart = math.Abs(value - line)
	}
	if threshold != 0 {
		apart /= math.Abs(threshold)
	}
	return finite(apart)
}

// least is the smaller one of what is known.
func least(a, b *float64) *float64 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// Pods are what pods use.
type Pods struct {
	Snapshot Snapshot `json:"snapshot"`
	// Pods are those of the pods asked for of which it is known: pods that are young,
	// and those on nodes that are over a line, or near one.
	Pods []Pod `json:"pods"`
}

// Pod is what one pod uses, as far as it is known.
type Pod struct {
	UID  types.UID `json:"uid"`
	Uses []Use     `json:"uses"`
}

// Use is what a pod was measured to use, or is expected to, of what a metric
// measures.
type Use struct {
	RuleSet  string              `json:"ruleSet"`
	Metric   string              `json:"metric"`
	Resource corev1.ResourceName `json:"resource,omitempty"`
	// Amount is in the unit of the resource. Over the capacity of the pod's node it is
	// the pod's share in what the node measures.
	Amount float64 `json:"amount"`
}

func servePods(w http.ResponseWriter, r *http.Request, judged *judgement) {
	pods := Pods{Snapshot: judged.shown, Pods: []Pod{}}
	for _, uid := range r.URL.Query()["uid"] {
		if amounts, known := judged.Shares[types.UID(uid)]; known {
			pods.Pods = append(pods.Pods, Pod{UID: types.UID(uid), Uses: judged.uses(amounts)})
		}
	}
	Answer(w, r, pods)
}

// uses are amounts by the metrics that they are of.
func (j *judgement) uses(amounts []float64) []Use {
	uses := []Use{}
	for _, set := range j.Sets {
		for _, coverage := range set.Coverage() {
			usage, known := set.Usage(coverage.Metric.Metric)
			if !known || usage >= len(amounts) || finite(amounts[usage]) == nil {
				continue
			}
			uses = append(uses, Use{RuleSet: set.Name, Metric: coverage.Metric.Metric, Resource: j.resource(usage), Amount: amounts[usage]})
		}
	}
	return uses
}
