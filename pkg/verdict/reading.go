// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

// Governs tells whether the rule set is about the node at an index.
func (v *SetVerdict) Governs(node int) bool { return node != NoNode && v.governed[node] }

// Reading is what a metric of the rule set is on the node at an index. It is not
// known of a metric that the rule set does not have.
func (v *SetVerdict) Reading(metric string, node int) Reading {
	for i := range v.set.metrics {
		if v.set.metrics[i].name == metric && node != NoNode {
			return v.readings[i][node]
		}
	}
	return Reading{}
}
