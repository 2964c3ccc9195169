// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/test/worked"
)

// How much has to go, as docs/how-it-decides.md has it.
func TestWorkedNeed(t *testing.T) {
	for _, row := range worked.Table(t, "need") {
		measured, leaving := 100*row.Number("measured"), 100*row.Number("leaving")
		w := world{
			specs:  cpuLine("90%", row.Text("clear"), "OverRequest"),
			nodes:  []node{{name: "a", cpu: measured}, {name: "b", cpu: 5}},
			pods:   []pod{{name: "leaving", node: "a", cpu: leaving, terminating: true}, {name: "large", node: "a", cpu: 40}},
			likely: map[string]float64{"a": 100*row.Number("likely") - measured},
		}
		got := w.make(t).Nodes[0]
		row.Want("value", got.Value)
		row.Want("need", got.Value-got.Goal)
		if isEnough := got.Held.Code == plan.GoalReached; isEnough != (row.Number("need") == 0) {
			t.Errorf("%v: held %q", row, got.Held.Code)
		}
	}
}

// Who goes, as docs/how-it-decides.md has it.
func TestWorkedChoice(t *testing.T) {
	for _, row := range worked.Table(t, "chosen") {
		for _, order := range []v1alpha1.EvictionOrder{v1alpha1.OverRequest, v1alpha1.Fewest} {
			w := world{
				specs: cpuLine("51%", "50%", string(order)),
				nodes: []node{{name: "n", cpu: 50 + 100*row.Number("need")}, {name: "empty"}},
				pods: []pod{
					{name: "a", node: "n", cpu: 6, request: 1}, {name: "b", node: "n", cpu: 5, request: 5},
					{name: "c", node: "n", cpu: 3, request: 1}, {name: "d", node: "n", cpu: 1.8, request: 2},
				},
			}
			got := evicted(w.make(t))
			slices.Sort(got)
			row.WantText(string(order), strings.Join(got, ", "))
		}
	}
}

// Where to, as docs/how-it-decides.md has it.
func TestWorkedDestination(t *testing.T) {
	for _, row := range worked.Table(t, "destination") {
		other := 100 * row.Number("the other node")
		w := world{
			specs: cpuLine("90%", "85%", "OverRequest"),
			nodes: []node{{name: "a", cpu: 95}, {name: "b", cpu: other}},
			pods:  []pod{{name: "pod", node: "a", cpu: 10}},
		}
		made, it := w.make(t), ""
		if len(made.Evictions) == 1 {
			it = "yes"
			row.Want("with the pod", made.Evictions[0].Record.Predicted.DestinationAfter)
		} else {
			it = fmt.Sprintf("no, %s", codes(made.Nodes[0])["pod"])
			row.Want("with the pod", (other+10)/100)
		}
		row.WantText("it goes", it)
	}
}
