// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"testing"
	"time"
)

// heatRule is a rule on a metric of which pods have no shares, beside one that has a
// window.
const heatRule = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: heat}
spec:
  metrics:
  - {name: temperature, query: max by (node) (node_hwmon_temp_celsius)}
  - {name: cpu, builtin: cpu, window: 2m}
  rules:
  - {name: too-hot, when: [{metric: temperature, above: "80", clear: "77"}], reject: {}, evict: {for: 1m, step: 1, orderBy: requests.cpu}}
  preferences: [{metric: cpu, prefer: Lower}]
`

// A node at 92 degrees, of which each pod is worth four: one pod goes at a time, the
// one with the largest request first, until the node is at 76.
func TestOnePodPerWindowWithoutShares(t *testing.T) {
	t.Parallel()
	s := newScenario(t, Settings{Rules: []string{heatRule}})
	s.node("hot", 10)
	s.nodes(4, "cool", 10)
	var pods []*Pod
	for i := range 8 {
		pods = append(pods, s.pod("hot", float64(1+i)))
	}
	heat := func() {
		for _, node := range s.Nodes {
			node.Values = map[string]float64{"temperature": 40}
		}
		s.Node("hot").Values["temperature"] = 60 + 4*float64(len(s.PodsOn("hot")))
	}
	heat()
	s.OnStep = heat
	s.run(3 * time.Hour)
	s.evicted(4)
	for i, e := range s.Evictions {
		if want := pods[len(pods)-1-i]; e.Pod != want {
			t.Errorf("got %s evicted as number %d, want %s", e.Pod.Name, i+1, want.Name)
		}
		if i > 0 && e.Time.Sub(s.Evictions[i-1].Time) < window {
			t.Errorf("two pods were evicted within %s of each other", e.Time.Sub(s.Evictions[i-1].Time))
		}
	}
}
