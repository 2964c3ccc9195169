// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// reading is one of a node's memory, two seconds before the decision.
func reading(value float64) []explain.Reading {
	return []explain.Reading{{Metric: "memory", Value: &value, Projected: ptr.To(value + 0.25), AgeSeconds: 2, Above: ptr.To(0.5), Clear: ptr.To(0.25)}}
}

func on(node string, readings []explain.Reading) []explain.NodeReadings {
	return []explain.NodeReadings{{Node: node, Readings: readings}}
}

// What a scheduler has decided, as it is written.
func TestPlacement(t *testing.T) {
	const (
		head   = `{"apiVersion":"loadline.dev/v1alpha1","kind":"Decision","time":"2026-11-22T08:00:00Z","component":"program","instance":"here",`
		pod    = `"pod":{"namespace":"shop","name":"web-1","uid":"u"},`
		memory = `"metric":"memory","value":0.75,"projected":1,"threshold":0.5,"clear":0.25,"measuredAt":"2026-11-22T07:59:55Z","ageSeconds":2`
	)
	cases := map[string]struct {
		decision explain.Decision
		want     string
	}{
		"refused by two rules, and a third that only observes": {
			decision: explain.Decision{
				Outcome: explain.Refused, Nodes: 5, WaitedSeconds: 30,
				Workload: &projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"},
				Refusals: []explain.Refusal{
					{RuleSet: "s", Rule: "few", Nodes: 2, Examples: on("b", reading(0.75))},
					{RuleSet: "s", Rule: "seen", Nodes: 4, Observed: true, Examples: on("c", []explain.Reading{{Metric: "power", Below: ptr.To(3.0)}})},
					{RuleSet: "s", Rule: "most", Nodes: 3, Examples: on("a", reading(0.75))},
				},
			},
			want: head + `"decision":"Refused",` + pod + `"workload":{"namespace":"shop","kind":"ReplicaSet","name":"web"},` +
				`"rule":{"set":"s","rule":"most"},"node":"a","refused":3,` + memory + `,"others":[` +
				`{"rule":{"set":"s","rule":"few"},"node":"b","refused":2,` + memory + `},` +
				`{"rule":{"set":"s","rule":"seen"},"waived":"Observed","node":"c","metric":"power","threshold":3,"clear":3}],` +
				`"reason":"no node takes it; of 5 nodes, load lines refused: s/few 2, s/most 3","waitedSeconds":30}`,
		},
		"placed below two lines": {
			decision: explain.Decision{
				Outcome: explain.Placed, Node: "a",
				Refusals: []explain.Refusal{{RuleSet: "s", Rule: "hot", Nodes: 1, Examples: on("b", reading(0.75))}},
				Passed: []explain.Passed{
					{RuleSet: "s", Rule: "hot", Readings: reading(0.75)},
					{RuleSet: "s", Rule: "loud", Readings: []explain.Reading{{Metric: "noise", Above: ptr.To(9.0)}}},
				},
			},
			want: head + `"decision":"Placed",` + pod + `"rule":{"set":"s","rule":"hot"},"node":"a",` + memory +
				`,"others":[{"rule":{"set":"s","rule":"loud"},"node":"a","metric":"noise","threshold":9,"clear":9}]}`,
		},
		"placed over a line that has given up": {
			decision: explain.Decision{
				Outcome: explain.Placed, Node: "a", WaitedSeconds: 300,
				Refusals: []explain.Refusal{
					{RuleSet: "s", Rule: "seen", Nodes: 2, Observed: true, Examples: on("a", reading(0.75))},
					{RuleSet: "s", Rule: "hot", Nodes: 2, GivenUp: true, Examples: on("a", reading(0.75))},
				},
			},
			want: head + `"decision":"GaveUp",` + pod + `"rule":{"set":"s","rule":"hot"},"waived":"GivenUp","node":"a",` + memory +
				`,"others":[{"rule":{"set":"s","rule":"seen"},"waived":"Observed","node":"a",` + memory + `}],"waitedSeconds":300}`,
		},
		"placed elsewhere than on the nodes of a line that has given up": {
			decision: explain.Decision{
				Outcome: explain.Placed, Node: "a",
				Refusals: []explain.Refusal{{RuleSet: "s", Rule: "hot", Nodes: 1, GivenUp: true, Examples: on("b", reading(0.75))}},
			},
			want: head + `"decision":"Placed",` + pod + `"node":"a"}`,
		},
		"placed without any rule": {
			decision: explain.Decision{Outcome: explain.Placed, Node: "a", Note: "no rule set selects the pod"},
			want:     head + `"decision":"Placed",` + pod + `"node":"a","reason":"no rule set selects the pod"}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.decision.Namespace, tc.decision.Pod, tc.decision.UID = "shop", "web-1", "u"
			tc.decision.Time = now.Add(-3 * time.Second)
			to := &sink{room: -1}
			l := newLog(t, to)
			stop := l.Start()
			l.AddPlacement(func() *explain.Decision { return &tc.decision })
			stop()
			if diff := cmp.Diff(tc.want, strings.TrimSpace(to.String())); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}
