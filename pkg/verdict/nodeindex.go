// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import "slices"

// NoNode is the index of a node that a snapshot does not know.
const NoNode = -1

// nodeIndex gives each node a position in the slices of a snapshot. It is
// immutable: snapshots with the same nodes share it.
type nodeIndex struct {
	names     []string // by position
	positions map[string]int
}

// newNodeIndex orders the nodes by name, since the scheduler goes through them in
// much the same order: what is next to each other in memory is looked at together.
func newNodeIndex(nodes []Node) *nodeIndex {
	index := &nodeIndex{names: make([]string, 0, len(nodes)), positions: make(map[string]int, len(nodes))}
	for _, node := range nodes {
		index.names = append(index.names, node.Name)
	}
	slices.Sort(index.names)
	index.names = slices.Compact(index.names)
	for i, name := range index.names {
		index.positions[name] = i
	}
	return index
}

// of is the position of a node, or NoNode.
func (n *nodeIndex) of(node string) int {
	if i, ok := n.positions[node]; ok {
		return i
	}
	return NoNode
}

// same tells whether these are the nodes of the index.
func (n *nodeIndex) same(nodes []Node) bool {
	if len(n.names) != len(nodes) {
		return false
	}
	for _, node := range nodes {
		if n.of(node.Name) == NoNode {
			return false
		}
	}
	return true
}

// in gives, by the positions of this index, those of the same nodes in another.
func (n *nodeIndex) in(other *nodeIndex) []int {
	positions := make([]int, len(n.names))
	for i, name := range n.names {
		positions[i] = i
		if n != other {
			positions[i] = other.of(name)
		}
	}
	return positions
}
