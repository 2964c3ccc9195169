// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"

	"github.com/loadline-dev/loadline/pkg/projection"
)

// Projection is what pods make of a metric with a resource, by node. Amounts are
// in the unit of the resource.
type Projection struct {
	// Usage is the position of the pods' usage among those of an Arrival.
	Usage int
	// Capacity is the amount that a metric of 1 stands for. Nodes without it
	// have no projected values.
	Capacity map[string]float64
	// Correction is what the pods add that have come and gone of late: no less
	// than that, and Likely about that.
	Correction, Likely map[string]float64
	// Expected is what all pods of a node will use together, for nodes that are
	// too new to have a sample.
	Expected map[string]float64
	// Used is what the pods of a node count for, where that is known, one entry for
	// each priority.
	Used map[string][]Used
}

// Used is what the pods of one priority on a node count for together.
type Used struct {
	Priority int32
	Amount   float64
}

// projected is a Projection by the positions of the nodes, in the metric's own
// unit.
type projected struct {
	usage int
	nodes []projectedNode
	// doubt is, by node, by how much the value is likely to be too high.
	doubt []float64
	// used are, by node, what its pods count for in the unit of the resource.
	used [][]Used
}

// projectedNode is all that there is of a node, which is looked at in one go.
type projectedNode struct {
	// value is what the node will measure, without what is pending. NaN where
	// that is not known.
	value float64
	// capacity is as in Projection, with zero for none.
	capacity float64
}

func (e *evaluation) project(projection *Projection, readings []Reading) *projected {
	if projection == nil {
		return nil
	}
	nodes := len(e.nodes.names)
	p := &projected{usage: projection.Usage, nodes: make([]projectedNode, nodes), doubt: make([]float64, nodes), used: make([][]Used, nodes)}
	for i, node := range e.nodes.names {
		capacity := projection.Capacity[node]
		p.nodes[i].value = math.NaN()
		if !(capacity > 0) {
			continue
		}
		p.nodes[i].capacity, p.used[i] = capacity, projection.Used[node]
		expected, isNew := projection.Expected[node]
		switch {
		case readings[i].Known:
			p.nodes[i].value = math.Max(0, readings[i].Value+projection.Correction[node]/capacity)
			p.doubt[i] = p.nodes[i].value - math.Max(0, readings[i].Value+projection.Likely[node]/capacity)
		case isNew:
			p.nodes[i].value = expected / capacity
		}
	}
	return p
}

// Arrival is a pod that is to be placed, and what it would come on top of. The
// zero value is a pod that uses nothing.
type Arrival struct {
	// Amounts are what the pod is expected to use, by usage.
	Amounts []float64
	// Priority is the pod's. Room may be made for it at the cost of those below.
	Priority int32
	// Pending is what has come to the nodes since the snapshot, by usage.
	Pending []*projection.Amounts
	// Removed are the nodes that are looked at without pods which they still
	// measure, with what these use, by usage. Negative for pods that are thought
	// to be there.
	Removed map[int][]float64
}

// increase is what an arrival means for one usage.
type increase struct {
	usage   int
	amount  float64
	pending *projection.Amounts
	removed map[int][]float64
}

func (a *Arrival) of(usage int) increase {
	i := increase{usage: usage, removed: a.Removed}
	if usage < len(a.Amounts) {
		i.amount = a.Amounts[usage]
	}
	if usage < len(a.Pending) {
		i.pending = a.Pending[usage]
	}
	return i
}

// on is what comes on top of a node's projected value.
func (i *increase) on(node int) float64 {
	sum := i.amount + i.pending.On(node)
	if len(i.removed) > 0 {
		if removed := i.removed[node]; i.usage < len(removed) {
			sum -= removed[i.usage]
		}
	}
	return sum
}

// highest is no lower than on any node without what-ifs.
func (i *increase) highest() float64 { return i.amount + i.pending.Highest() }

// value is what a node would measure with an increase. NaN where that is not
// known. The node is one of the snapshot's.
func (p *projected) value(node int, increase *increase) float64 {
	n := &p.nodes[node]
	return n.value + increase.on(node)/n.capacity
}

// usedBelow is the part of a node's value that goes with the pods below a
// priority.
func (p *projected) usedBelow(node int, priority int32) float64 {
	sum := 0.0
	for _, used := range p.used[node] {
		if used.Priority < priority {
			sum += used.Amount
		}
	}
	return sum / p.nodes[node].capacity
}

// value is what a node would measure with an arrival, by a metric: its projected
// value where it has one, else what it measures.
func (v *SetVerdict) value(metric, node int, a *Arrival) (value float64, known bool) {
	if p := v.projections[metric]; p != nil {
		increase := a.of(p.usage)
		if value := p.value(node, &increase); !math.IsNaN(value) {
			return value, true
		}
	}
	reading := v.readings[metric][node]
	return reading.Value, reading.Known
}
