// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package breaker

import (
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Why evictions stop while too many nodes are not well, by what most of those
// nodes have.
const (
	// TooManyOver: the nodes are over a line. There is not enough capacity.
	TooManyOver reason.Code = "TooManyOver"
	// TooManyUnmeasured: it is not known whether they are.
	TooManyUnmeasured reason.Code = "TooManyUnmeasured"
	// TooManyNotReady: they do not work, or cannot be reached.
	TooManyNotReady reason.Code = "TooManyNotReady"
)

// newFor is how long a node may take to become ready and to be measured.
const newFor = 5 * time.Minute

// rounding makes 29% of 100 nodes 29 nodes, which they are not quite in binary.
const rounding = 1e-9

// Capacity tells whether more nodes than may be, of the cluster or of a zone, are
// over a line by which pods are evicted, not measured, or not ready: then there is
// no place to move pods to. A node counts once.
//
// Nodes that nobody can measure do not count at all, nor do new ones until they are
// ready and measured. Rules that only observe do not count either.
func Capacity(now time.Time, config *v1alpha1.Breaker, snapshot *verdict.Snapshot, cluster *cluster.Cluster) reason.Reason {
	share := 0.0
	if config.MaxNodes != nil {
		share = config.MaxNodes.Value()
	}
	rules := evicting(snapshot)
	all, zones := &health{}, map[string]*health{}
	for _, node := range cluster.Nodes() {
		if verdict.Exempt(node) {
			continue
		}
		state := stateOf(node, snapshot, rules)
		if state > overLine && now.Sub(node.CreationTimestamp.Time) < newFor {
			continue
		}
		all.add(state)
		if zone := node.Labels[corev1.LabelTopologyZone]; zone != "" {
			if zones[zone] == nil {
				zones[zone] = &health{}
			}
			zones[zone].add(state)
		}
	}
	if why := all.tooMany(share, "of the cluster"); !why.IsZero() {
		return why
	}
	for _, zone := range slices.Sorted(maps.Keys(zones)) {
		if why := zones[zone].tooMany(share, "of zone "+zone); !why.IsZero() {
			return why
		}
	}
	return reason.Reason{}
}

// evicting are the rules that have pods evicted.
func evicting(snapshot *verdict.Snapshot) []*verdict.RuleVerdict {
	if snapshot == nil {
		return nil
	}
	var rules []*verdict.RuleVerdict
	for _, set := range snapshot.Sets {
		for _, rule := range set.Rules {
			if rule.Eviction() != nil && !rule.Observed {
				rules = append(rules, rule)
			}
		}
	}
	return rules
}

// state is how a node is. Of several, the last counts.
type state int

const (
	well state = iota
	overLine
	unmeasured
	notReady
	states
)

func stateOf(node *corev1.Node, snapshot *verdict.Snapshot, rules []*verdict.RuleVerdict) state {
	if !isReady(node) {
		return notReady
	}
	if snapshot == nil || len(rules) > 0 && snapshot.Index(node.Name) == verdict.NoNode {
		return unmeasured
	}
	is, at := well, snapshot.Index(node.Name)
	for _, rule := range rules {
		switch rule.State(at) {
		case verdict.Pending, verdict.InForce:
			is = max(is, overLine)
		case verdict.Unknown:
			is = max(is, unmeasured)
		}
	}
	return is
}

// isReady tells whether the node's kubelet says that it is ready. What it said last
// does not count once it can no longer be reached.
func isReady(node *corev1.Node) bool {
	for i := range node.Spec.Taints {
		if node.Spec.Taints[i].Key == corev1.TaintNodeUnreachable {
			return false
		}
	}
	for i := range node.Status.Conditions {
		if c := &node.Status.Conditions[i]; c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// health is how many nodes are how.
type health [states]int

func (h *health) add(is state) { h[is]++ }

// tooMany tells whether more than a share of the nodes, and more than one, are not
// well.
func (h *health) tooMany(share float64, of string) reason.Reason {
	unwell := h[overLine] + h[unmeasured] + h[notReady]
	total := unwell + h[well]
	if float64(unwell) <= max(1, share*float64(total)+rounding) {
		return reason.Reason{}
	}
	code, problem := h.problem()
	return reason.New(code, "%d of %d nodes %s are over a line (%d), not measured (%d) or not ready (%d), more than %s (breaker.maxNodes): %s. "+
		"Evictions go on once fewer are", unwell, total, of, h[overLine], h[unmeasured], h[notReady], percent(share), problem)
}

// problem is what most of the nodes have that are not well.
func (h *health) problem() (reason.Code, string) {
	switch most := max(h[overLine], h[unmeasured], h[notReady]); most {
	case h[notReady]:
		return TooManyNotReady, "this is an outage, and moving pods is no remedy; bring the nodes back"
	case h[unmeasured]:
		return TooManyUnmeasured, "this is an outage of the telemetry; find out why the nodes are not measured"
	}
	return TooManyOver, "this is a lack of capacity, not of good placement; add nodes, or take load away"
}

func percent(share float64) string { return fmt.Sprintf("%.4g%%", 100*share) }
