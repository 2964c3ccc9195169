// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// never is the time of what has not happened.
const never = time.Duration(1<<63 - 1)

// fate is what became of a pod. Times are the scenario's, since its start.
type fate struct {
	// refused is when the scheduler first said that no node would take it, and bound
	// when it had a node.
	refused, bound time.Duration
	// started is when its kubelet had it start, to the second.
	started time.Duration
	node    string
}

// event is what happened to a pod.
type event struct {
	at    time.Duration
	pod   int
	bound bool
}

// replay finds what came of a run: it has the pods start in the scenario where
// and when they started in the cluster. fates are in the order of its pods.
func replay(s *scenario.Scenario, fates []fate, end time.Duration) scenario.Outcome {
	c := scenario.NewCluster(s, 0)
	observer, nodes := scenario.NewObserver(c), positions(s)
	refused := map[int]bool{} // that wait
	events := eventsOf(fates)
	for c.Now < end {
		for i := range s.Pods {
			if refused[i] {
				observer.Refused(s.Pods[i])
			}
		}
		for ; len(events) > 0 && events[0].at < c.Now+scenario.Step; events = events[1:] {
			pod, fate := s.Pods[events[0].pod], fates[events[0].pod]
			if !events[0].bound {
				refused[events[0].pod] = true
				observer.Refused(pod)
				continue
			}
			delete(refused, events[0].pod)
			observer.Waited(max(0, fate.bound-pod.Arrival))
			c.Bind(pod, nodes[fate.node]).At = min(c.Now, fate.started.Truncate(scenario.Step))
		}
		c.Advance()
		observer.Look()
	}
	var waiting []*scenario.Pod
	for i, fate := range fates {
		if fate.bound >= end {
			waiting = append(waiting, s.Pods[i])
		}
	}
	return observer.Outcome(waiting)
}

func positions(s *scenario.Scenario) map[string]int {
	nodes := map[string]int{}
	for i, node := range s.Nodes {
		nodes[node.Name] = i
	}
	return nodes
}

// eventsOf are in the order in which they happened.
func eventsOf(fates []fate) []event {
	var events []event
	for i, fate := range fates {
		if fate.refused != never {
			events = append(events, event{at: fate.refused, pod: i})
		}
		if fate.bound != never {
			events = append(events, event{at: fate.bound, pod: i, bound: true})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return int(a.at - b.at) })
	return events
}
