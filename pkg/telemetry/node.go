// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"fmt"
	"math"
	"net"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Nodes knows the nodes of a cluster by name and by address. It gives each node
// a position. It is immutable.
type Nodes struct {
	names     []string // by position, sorted
	positions map[string]int
	addresses map[string]int
}

// nowhere is the position of no node.
const nowhere = -1

// NewNodes makes the index of a cluster's nodes.
func NewNodes(nodes []*corev1.Node) *Nodes {
	index := &Nodes{positions: make(map[string]int, len(nodes)), addresses: make(map[string]int, len(nodes))}
	for _, node := range nodes {
		index.names = append(index.names, node.Name)
	}
	slices.Sort(index.names)
	index.names = slices.Compact(index.names)
	for position, name := range index.names {
		index.positions[name] = position
	}
	for _, node := range nodes {
		index.addAddresses(node)
	}
	return index
}

func (n *Nodes) addAddresses(node *corev1.Node) {
	position := n.positions[node.Name]
	for _, address := range node.Status.Addresses {
		other, taken := n.addresses[address.Address]
		switch {
		case address.Address == "": // or a series that tells no node would be this one's
		case taken && other != position:
			n.addresses[address.Address] = nowhere // it tells no node from another
		default:
			n.addresses[address.Address] = position
		}
	}
}

// Has tells whether a node of this name exists.
func (n *Nodes) Has(name string) bool {
	_, ok := n.positions[name]
	return ok
}

// of is the position of the node that a series is about.
func (n *Nodes) of(series labels.Labels, nodeLabel string) (position int, ok bool) {
	return n.resolve(Identity(series, nodeLabel))
}

// Identity is what a series says of the node that it is about: the node's name
// or one of its addresses. Without a nodeLabel it is told by "node", else by
// "instance" with its port left out. Empty where the series does not say it.
func Identity(series labels.Labels, nodeLabel string) string {
	if nodeLabel != "" {
		return series.Get(nodeLabel)
	}
	if node := series.Get("node"); node != "" {
		return node
	}
	instance := series.Get("instance")
	if host, _, err := net.SplitHostPort(instance); err == nil {
		return host
	}
	return instance
}

// resolve takes a node's name or one of its addresses.
func (n *Nodes) resolve(identity string) (position int, ok bool) {
	if position, ok = n.positions[identity]; ok {
		return position, true
	}
	position, ok = n.addresses[identity]
	return position, ok && position != nowhere
}

// measurement is a query's answer.
type measurement struct {
	// samples are by node. One that is NaN was measured, and is not a number.
	samples verdict.Samples
	match   Match
}

// byNode gives each sample of a query's answer to its node. Two samples for one
// node are an error, since either choice would be arbitrary. A sample of unknown
// age is left out: only an offset or a range still holds what it is made of.
func byNode(vector promql.Vector, query Query, nodes *Nodes, measuredAt func(node int) (at time.Time, known bool)) (measurement, error) {
	measured := measurement{samples: make(verdict.Samples, len(vector)), match: Match{Answered: true, Series: len(vector)}}
	taken := make([]bool, len(nodes.names))
	for _, sample := range vector {
		node, ok := nodes.of(sample.Metric, query.NodeLabel)
		if !ok {
			measured.match.addUnmatched(sample.Metric)
			continue
		}
		if taken[node] {
			return measurement{}, ambiguous(vector, node, query, nodes)
		}
		taken[node] = true
		at, known := measuredAt(node)
		switch {
		case sample.H != nil || math.IsNaN(sample.F) || math.IsInf(sample.F, 0):
			measured.samples[nodes.names[node]] = verdict.Sample{Value: math.NaN()}
		case known:
			measured.samples[nodes.names[node]] = verdict.Sample{Value: sample.F, Time: at}
		}
	}
	return measured, nil
}

// ambiguous tells of two series for one node.
func ambiguous(vector promql.Vector, node int, query Query, nodes *Nodes) error {
	var found []labels.Labels
	for _, sample := range vector {
		if position, ok := nodes.of(sample.Metric, query.NodeLabel); ok && position == node {
			found = append(found, sample.Metric)
		}
	}
	return fmt.Errorf("two samples for node %q: %s and %s: aggregate them, for example with max by (%s) (...)",
		nodes.names[node], found[0], found[1], labelOf(found[1], query.NodeLabel))
}

// labelOf is the label by which of tells the node of a series.
func labelOf(series labels.Labels, nodeLabel string) string {
	switch {
	case nodeLabel != "":
		return nodeLabel
	case series.Get("node") != "":
		return "node"
	default:
		return "instance"
	}
}
