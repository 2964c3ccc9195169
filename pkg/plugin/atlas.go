// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"sync"

	corev1 "k8s.io/api/core/v1"
	fwk "k8s.io/kube-scheduler/framework"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// atlas finds the positions of nodes in one snapshot, by their objects: the
// scheduler puts a new object in the place of a node that has changed, so that an
// object stands for one name for ever. To look a node up by its name would cost
// more than all that is done with the position, since neither the name nor its
// place in a map is in a cache by then. It is safe for concurrent use.
type atlas struct {
	snapshot *verdict.Snapshot
	// entries are in the order in which the scheduler goes through the nodes.
	entries []atlasEntry
	// places are where the nodes are in entries.
	places map[*corev1.Node]int
	// cursors are where those who look up have got to. Each of the scheduler's
	// workers goes through a stretch of the nodes, so that the next one that a
	// processor asks for is mostly the next one here.
	cursors sync.Pool
}

type atlasEntry struct {
	node     *corev1.Node
	position int
}

// cursor is the place in an atlas where the next node is expected.
type cursor struct{ next int }

func newAtlas(snapshot *verdict.Snapshot, nodes []fwk.NodeInfo) *atlas {
	a := &atlas{
		snapshot: snapshot,
		entries:  make([]atlasEntry, len(nodes)),
		places:   make(map[*corev1.Node]int, len(nodes)),
		cursors:  sync.Pool{New: func() any { return &cursor{} }},
	}
	for i, info := range nodes {
		node := info.Node()
		if node == nil {
			continue // pods on a node that nobody knows
		}
		a.entries[i] = atlasEntry{node: node, position: snapshot.Index(node.Name)}
		a.places[node] = i
	}
	return a
}

// of is the position of a node, or verdict.NoNode.
func (a *atlas) of(info fwk.NodeInfo) int {
	c := a.cursors.Get().(*cursor)
	position := a.find(info.Node(), c)
	a.cursors.Put(c)
	return position
}

// find looks where the cursor is, then everywhere. An object that has come since
// the atlas was made is looked up by name.
func (a *atlas) find(node *corev1.Node, c *cursor) int {
	place := c.next
	if place >= len(a.entries) || a.entries[place].node != node {
		known := false
		if place, known = a.places[node]; !known {
			return a.snapshot.Index(node.Name)
		}
	}
	c.next = place + 1
	return a.entries[place].position
}

// atlasFor makes an atlas of the scheduler's nodes for a snapshot, once.
func (p *Plugin) atlasFor(snapshot *verdict.Snapshot, nodes []fwk.NodeInfo) *atlas {
	last := p.atlas.Load()
	if last != nil && last.snapshot == snapshot && len(last.entries) >= len(nodes) {
		return last
	}
	made := newAtlas(snapshot, nodes)
	p.atlas.Store(made)
	return made
}
