// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"fmt"
	"math"
	"net"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Nodes knows the nodes of a cluster by name and by address.
type Nodes struct {
	names     map[string]bool
	addresses map[string]string
}

// NewNodes makes the index of a cluster's nodes.
func NewNodes(nodes []*corev1.Node) *Nodes {
	index := &Nodes{names: make(map[string]bool, len(nodes)), addresses: make(map[string]string, len(nodes))}
	shared := map[string]bool{}
	for _, node := range nodes {
		index.names[node.Name] = true
		for _, address := range node.Status.Addresses {
			if address.Address == "" {
				continue // or a series that tells no node would be this one's
			}
			if other, taken := index.addresses[address.Address]; taken && other != node.Name {
				shared[address.Address] = true
			}
			index.addresses[address.Address] = node.Name
		}
	}
	for address := range shared {
		delete(index.addresses, address) // it tells no node from another
	}
	return index
}

// Has tells whether a node of this name exists.
func (n *Nodes) Has(name string) bool { return n.names[name] }

// of finds the node that a series is about.
func (n *Nodes) of(series labels.Labels, nodeLabel string) (string, bool) {
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
func (n *Nodes) resolve(identity string) (string, bool) {
	if n.names[identity] {
		return identity, true
	}
	name, ok := n.addresses[identity]
	return name, ok
}

// byNode gives each sample of a query's answer to its node. Two samples for one
// node are an error, since either choice would be arbitrary. A sample of unknown
// age is left out: only an offset or a range still holds what it is made of.
func byNode(vector promql.Vector, query Query, nodes *Nodes, measuredAt func(node string) (at time.Time, known bool)) (measurement, error) {
	measured := make(measurement, len(vector))
	first := make(map[string]labels.Labels, len(vector))
	for _, sample := range vector {
		node, ok := nodes.of(sample.Metric, query.NodeLabel)
		if !ok {
			continue
		}
		if other, taken := first[node]; taken {
			return nil, fmt.Errorf("two samples for node %q: %s and %s: aggregate them, for example with max by (%s) (...)",
				node, other, sample.Metric, labelOf(sample.Metric, query.NodeLabel))
		}
		first[node] = sample.Metric
		if sample.H != nil || math.IsNaN(sample.F) || math.IsInf(sample.F, 0) {
			measured[node] = nil
		} else if at, known := measuredAt(node); known {
			measured[node] = &verdict.Sample{Value: sample.F, Time: at}
		}
	}
	return measured, nil
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
