// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// Refusal is whether a rule keeps a pod off a node.
type Refusal uint8

const (
	// Accepted means that the rule has nothing against it.
	Accepted Refusal = iota
	// Refused means that the node is over the line or would be with the pod, and
	// that removing others below its priority could change that.
	Refused
	// RefusedForGood means that removing them could not change it.
	RefusedForGood
)

// MayRefuse tells whether the rule refuses any node to a pod. It may say so in
// vain, and never misses one but those with what-ifs.
func (v *RuleVerdict) MayRefuse(a *Arrival) bool {
	for range v.Suspects(a) {
		return true
	}
	return false
}

// Suspects are the nodes that the rule may refuse to a pod. It names some in
// vain, and some twice, and misses none but those with what-ifs.
func (v *RuleVerdict) Suspects(a *Arrival) iter.Seq[int] {
	return func(yield func(node int) bool) {
		if !v.enforced() {
			return
		}
		for _, node := range v.over {
			if !yield(node) {
				return
			}
		}
		if v.isRoomEverywhere(a) {
			return
		}
		for _, room := range v.tight(a) {
			if !yield(room.node) {
				return
			}
		}
		for _, projected := range v.rooms {
			increase := a.of(projected.usage)
			for node := range increase.pending.Nodes() {
				if v.wouldBeOver(node, a) && !yield(node) {
					return
				}
			}
		}
	}
}

// room is what pods may use on a node before it would be over a threshold.
type room struct {
	node   int
	amount float64
}

// isRoomEverywhere tells whether no node would be over the line, with the most
// that is pending on any. It may miss that there is.
func (v *RuleVerdict) isRoomEverywhere(a *Arrival) bool {
	for _, projected := range v.rooms {
		increase := a.of(projected.usage)
		if len(projected.rooms) == 0 || projected.rooms[0].amount > increase.highest() {
			return true
		}
	}
	return len(v.rooms) == 0
}

// tight are the nodes without the room for a pod, leaving out what is pending: no
// fewer than those that it would bring over the line. Of several conditions,
// which have to hold at once, it goes by the one with the fewest.
func (v *RuleVerdict) tight(a *Arrival) []room {
	var fewest []room
	for i, projected := range v.rooms {
		increase := a.of(projected.usage)
		end, _ := slices.BinarySearchFunc(projected.rooms, increase.amount, func(r room, amount float64) int {
			if r.amount <= amount {
				return -1
			}
			return 1
		})
		if i == 0 || end < len(fewest) {
			fewest = projected.rooms[:end]
		}
	}
	return fewest
}

func (v *RuleVerdict) enforced() bool { return v.rule.rejects && !v.Observed && !v.Suspended }

// Judge tells whether the rule keeps a pod off a node: because it is in force
// there, or because the pod would bring the node over the line.
//
// Where pods are thought away from the node, or were removed to make room, what
// it measures still has them in it, so that the projected value alone decides.
func (v *RuleVerdict) Judge(node int, a *Arrival) Refusal {
	if node == NoNode || !v.enforced() || v.states[node] == NotGoverned {
		return Accepted
	}
	over := v.Over(node)
	if over && v.states[node] == InForce && v.isWhatIf(node, a) {
		over = false
	}
	if !over && !v.wouldBeOver(node, a) {
		return Accepted
	}
	if v.couldBeRelieved(node, a) {
		return Refused
	}
	return RefusedForGood
}

// isWhatIf tells whether a node is looked at without pods that it still
// measures, by a line that they can lower.
func (v *RuleVerdict) isWhatIf(node int, a *Arrival) bool {
	_, removed := a.Removed[node]
	return len(v.rooms) > 0 && removed
}

// wouldBeOver tells whether all conditions would hold with the pod on the node,
// at least one of them by its projected value.
func (v *RuleVerdict) wouldBeOver(node int, a *Arrival) bool {
	if len(v.rooms) == 0 {
		return false
	}
	projected, makingRoom := false, v.isWhatIf(node, a)
	for i := range v.rule.conditions {
		value, ok := v.projectedValue(i, node, a, makingRoom)
		switch {
		case ok && v.isOver(i, node, value, makingRoom):
			projected = true
		case ok, !v.holds(i, node):
			return false
		}
	}
	return projected
}

// isOver tells whether a projected value is over a condition's threshold. Where
// room is being made on a node on which the rule is in force, that has to last:
// the value has to come out of the band.
func (v *RuleVerdict) isOver(condition, node int, value float64, makingRoom bool) bool {
	c := &v.rule.conditions[condition]
	if v.states[node] == InForce && makingRoom {
		return c.next(value, held) == held
	}
	return c.met(value)
}

// holds tells whether a condition that is not projected holds by what the node
// measures.
func (v *RuleVerdict) holds(condition, node int) bool {
	reading := v.set.readings[v.rule.conditions[condition].metric][node]
	return reading.Known && v.holding[condition][node] == held
}

// projectedValue is the value of a condition's metric with the pod on the node,
// where the condition is one that pods can bring about. Where room is being made,
// it is the likely one: nobody is to go for what only might be.
func (v *RuleVerdict) projectedValue(condition, node int, a *Arrival, makingRoom bool) (value float64, ok bool) {
	c := &v.rule.conditions[condition]
	if c.operator != above {
		return 0, false
	}
	p := v.set.projections[c.metric]
	if p == nil {
		return 0, false
	}
	increase := a.of(p.usage)
	value = p.value(node, &increase)
	if makingRoom {
		value -= p.doubt[node]
	}
	return value, !math.IsNaN(value)
}

// couldBeRelieved tells whether the pod would fit below the line if all pods of
// the node below its priority were gone.
func (v *RuleVerdict) couldBeRelieved(node int, a *Arrival) bool {
	for i := range v.rule.conditions {
		value, ok := v.projectedValue(i, node, a, true)
		if !ok {
			continue
		}
		used := v.set.projections[v.rule.conditions[i].metric].usedBelow(node, a.Priority)
		if !v.isOver(i, node, value-used, true) {
			return true
		}
	}
	return false
}

// conditionRooms are the rooms that one condition leaves, the least first.
type conditionRooms struct {
	usage int
	rooms []room
}

// findRooms finds what pods may use on each node before they could bring it over
// the line.
func (v *RuleVerdict) findRooms() {
	if !v.rule.rejects {
		return
	}
	for i, c := range v.rule.conditions {
		p := v.set.projections[c.metric]
		if c.operator != above || p == nil {
			continue
		}
		rooms := make([]room, 0, len(v.states))
		for node, state := range v.states {
			switch n := &p.nodes[node]; {
			case state == NotGoverned:
			case !math.IsNaN(n.value):
				// Rounding may differ from that of the comparison with the threshold.
				rooms = append(rooms, room{node, (c.threshold-n.value)*n.capacity - 1e-9*n.capacity})
			case v.holds(i, node): // another condition may be the one that is projected
				rooms = append(rooms, room{node, math.Inf(-1)})
			}
		}
		slices.SortFunc(rooms, func(a, b room) int { return cmp.Compare(a.amount, b.amount) })
		v.rooms = append(v.rooms, conditionRooms{p.usage, rooms})
	}
}
