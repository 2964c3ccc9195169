// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import "github.com/prometheus/prometheus/model/labels"

// Match is how the series of a query's answer fit the nodes of the cluster.
type Match struct {
	// Answered tells that there has been an answer.
	Answered bool
	// Series counts the series of the answer, Unmatched those that tell no node.
	Series, Unmatched int
	// Example is one that tells no node.
	Example string
}

// Empty tells that an answer has no series.
func (m Match) Empty() bool { return m.Answered && m.Series == 0 }

// Foreign tells that an answer has series, none of which tells a node.
func (m Match) Foreign() bool { return m.Series > 0 && m.Unmatched == m.Series }

func (m *Match) addUnmatched(series labels.Labels) {
	if m.Unmatched == 0 {
		m.Example = series.String()
	}
	m.Unmatched++
}
