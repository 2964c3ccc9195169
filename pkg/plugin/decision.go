// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	// maxExamples is the number of nodes that are shown for each rule.
	maxExamples = 10
	// maxScores is the number of nodes whose scores are shown.
	maxScores = 5
)

// recordRefused takes down a cycle that found no node. It is news where other lines
// have refused the pod than before.
func (p *Plugin) recordRefused(pod *corev1.Pod, v *view, isNews bool) {
	if v.refusedAny() {
		p.journal.Count(explain.Refused)
	}
	take := p.journal.Add
	if isNews {
		take = p.journal.Announce
	}
	take(pod.UID, func() *explain.Decision {
		decision := v.decision(pod, explain.Refused)
		decision.Refusals = v.refusals(verdict.NoNode)
		return decision
	})
}

// recordPlaced takes down a cycle that ended on a node. v is nil where no rule
// set is for the pod.
func (p *Plugin) recordPlaced(pod *corev1.Pod, node string, v *view, scores *ranked) {
	p.journal.Count(explain.Placed)
	p.journal.Announce(pod.UID, func() *explain.Decision {
		if v == nil {
			return unruled(pod, node, p.engine.Snapshot())
		}
		decision := v.decision(pod, explain.Placed)
		decision.Node, decision.Refusals = node, v.refusals(v.snapshot.Index(node))
		decision.Passed = v.passed(v.snapshot.Index(node))
		decision.Scores = v.scored(scores, node)
		return decision
	})
}

// refusedAny tells whether any line has refused the pod a node in this cycle.
func (v *view) refusedAny() bool {
	return slices.ContainsFunc(v.lines, func(line *line) bool { return line.refused.words.Load() != nil })
}

// unruled is the decision on a pod that no rule set is for.
func unruled(pod *corev1.Pod, node string, now *verdict.Snapshot) *explain.Decision {
	note := "no rule set selects the pod"
	if verdict.ExemptPod(pod) {
		note = "the pod is exempt: it belongs to a DaemonSet, or has a system-critical priority"
	}
	return &explain.Decision{
		Namespace: pod.Namespace, Pod: pod.Name, UID: pod.UID, Workload: workloadOf(pod),
		Outcome: explain.Placed, Node: node, Time: now.Time, Note: note,
	}
}

// workloadOf is nil for a pod without a controller.
func workloadOf(pod *corev1.Pod) *projection.Workload {
	workload, ok := projection.WorkloadOf(pod)
	if !ok {
		return nil
	}
	return &workload
}

func (v *view) decision(pod *corev1.Pod, outcome explain.Outcome) *explain.Decision {
	decision := &explain.Decision{
		Namespace: pod.Namespace, Pod: pod.Name, UID: pod.UID, Workload: workloadOf(pod), Outcome: outcome,
		Time: v.snapshot.Time, Generation: v.snapshot.Generation, WaitedSeconds: v.waited.Seconds(), Nodes: len(v.snapshot.Nodes()),
	}
	for _, set := range v.sets {
		decision.RuleSets = append(decision.RuleSets, set.Name)
	}
	for i, resource := range v.snapshot.Pending.Resources() {
		decision.Estimates = append(decision.Estimates, explain.Estimate{Resource: resource, Amount: v.arrival.Amounts[i]})
	}
	return decision
}

// refusals are what the rules had against nodes, and what those would have had
// that refused none: because they only observe, because too many nodes were over
// their lines, or because the pod had waited for long enough.
func (v *view) refusals(chosen int) []explain.Refusal {
	var refusals []explain.Refusal
	for _, line := range v.lines {
		nodes := slices.Collect(line.refused.each)
		if line.givenUp {
			nodes = v.over(line.RuleVerdict)
		}
		if len(nodes) > 0 {
			refusal := v.refusal(line.RuleVerdict, nodes, chosen)
			refusal.GivenUp = line.givenUp
			refusals = append(refusals, refusal)
		}
	}
	for _, set := range v.sets {
		for _, rule := range set.Rules {
			if !rule.Observed && !rule.Suspended {
				continue
			}
			if nodes := v.over(rule); len(nodes) > 0 {
				refusals = append(refusals, v.refusal(rule, nodes, chosen))
			}
		}
	}
	return refusals
}

// passed are the rules that could refuse a node and have nothing against it.
func (v *view) passed(node int) []explain.Passed {
	var passed []explain.Passed
	for _, set := range v.sets {
		if !set.Governs(node) {
			continue
		}
		for _, rule := range set.Rules {
			if !rule.Rejects() || rule.Over(node) || rule.Judge(node, &v.arrival) != verdict.Accepted {
				continue
			}
			passed = append(passed, explain.Passed{
				RuleSet: rule.Key.Set, Rule: rule.Key.Rule, Readings: explain.Readings(rule.Compare(node, &v.arrival), v.snapshot.Time),
			})
		}
	}
	return passed
}

// over are the nodes that a rule has something against, whether it refuses them
// or not.
func (v *view) over(rule *verdict.RuleVerdict) []int {
	var over []int
	for node := range v.snapshot.Nodes() {
		if rule.Over(node) || rule.Judge(node, &v.arrival) != verdict.Accepted {
			over = append(over, node)
		}
	}
	return over
}

func (v *view) refusal(rule *verdict.RuleVerdict, nodes []int, chosen int) explain.Refusal {
	refusal := explain.Refusal{
		RuleSet: rule.Key.Set, Rule: rule.Key.Rule, Nodes: len(nodes), Observed: rule.Observed, Suspended: rule.Suspended,
	}
	for _, node := range v.examples(rule, nodes, chosen) {
		refusal.Examples = append(refusal.Examples, explain.NodeReadings{
			Node: v.snapshot.Nodes()[node], Readings: explain.Readings(rule.Compare(node, &v.arrival), v.snapshot.Time),
		})
	}
	return refusal
}

// examples are the nodes that are the closest to taking the pod, after the one
// that took it, if it is among them.
func (v *view) examples(rule *verdict.RuleVerdict, nodes []int, chosen int) []int {
	excess := make(map[int]float64, len(nodes))
	for _, node := range nodes {
		excess[node] = rule.Excess(node, &v.arrival)
		if node == chosen {
			excess[node] = -1
		}
	}
	names := v.snapshot.Nodes()
	slices.SortFunc(nodes, func(a, b int) int {
		return cmp.Or(cmp.Compare(excess[a], excess[b]), cmp.Compare(names[a], names[b]))
	})
	return nodes[:min(len(nodes), maxExamples)]
}

// scored are the nodes that were ranked best, and the one that was chosen, which
// other plugins may have liked better.
func (v *view) scored(best *ranked, chosen string) []explain.Score {
	if best == nil {
		return nil
	}
	order := make([]int, len(best.nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(best.scores[b], best.scores[a]) })
	var scores []explain.Score
	for position, i := range order {
		node := best.nodes[i]
		if node == verdict.NoNode || position >= maxScores && v.snapshot.Nodes()[node] != chosen {
			continue
		}
		score := explain.Score{Node: v.snapshot.Nodes()[node], Score: best.scores[i]}
		for _, set := range v.ranking() {
			score.Readings = append(score.Readings, explain.Readings(set.Compare(node, &v.arrival), v.snapshot.Time)...)
		}
		scores = append(scores, score)
	}
	return scores
}
