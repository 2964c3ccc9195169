// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"math"
	"slices"
)

// dataTime is of data that a selector found, in milliseconds of Unix time.
type dataTime struct {
	measured int64
	// found is when an instant selector would have last found the data.
	found int64
}

// noData is measured before all data.
var noData = dataTime{measured: math.MinInt64, found: math.MinInt64}

func later(a, b dataTime) dataTime {
	if b.measured > a.measured {
		return b
	}
	return a
}

// selectorTimes are the times of the latest data that a selector found.
type selectorTimes struct {
	nodes  *Nodes
	byNode []dataTime // by position
	// elsewhere is of the series that do not tell the node.
	elsewhere dataTime
}

func newSelectorTimes(nodes *Nodes) *selectorTimes {
	return &selectorTimes{nodes: nodes, byNode: slices.Repeat([]dataTime{noData}, len(nodes.names)), elsewhere: noData}
}

func (s *selectorTimes) on(node int) dataTime {
	if s.byNode[node] != noData {
		return s.byNode[node]
	}
	return s.elsewhere
}

// addFound takes over what was found earlier and is later than what is known, if
// it was found not before a limit.
func (s *selectorTimes) addFound(earlier *selectorTimes, limit int64) {
	if !slices.Equal(s.nodes.names, earlier.nodes.names) {
		earlier = earlier.at(s.nodes)
	}
	for node, data := range earlier.byNode {
		if data.found >= limit {
			s.byNode[node] = later(s.byNode[node], data)
		}
	}
	if earlier.elsewhere.found >= limit {
		s.elsewhere = later(s.elsewhere, earlier.elsewhere)
	}
}

// at are the same times at the positions of other nodes.
func (s *selectorTimes) at(nodes *Nodes) *selectorTimes {
	times := newSelectorTimes(nodes)
	times.elsewhere = s.elsewhere
	for position, name := range s.nodes.names {
		if now, ok := nodes.positions[name]; ok {
			times.byNode[now] = s.byNode[position]
		}
	}
	return times
}
