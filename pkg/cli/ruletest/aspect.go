// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// aspect is one kind of what rules do.
type aspect int

const (
	rejected aspect = iota
	scores
	evict
	marks
	taints
)

// String is the name of the field in an expectation.
func (a aspect) String() string {
	return [...]string{"rejected", "scores", "evict", "labels", "taints"}[a]
}

// byNode are the texts that an aspect comes to on each node, sorted. A node
// without any is left out.
type byNode map[string][]string

func (b byNode) add(node, text string) { b[node] = append(b[node], text) }

func newByNode(given map[string][]string) byNode {
	values := byNode{}
	for node, texts := range given {
		if len(texts) > 0 {
			values[node] = slices.Compact(slices.Sorted(slices.Values(texts)))
		}
	}
	return values
}

func scoresByNode(given map[string]scalar) byNode {
	values := byNode{}
	for node, score := range given {
		values.add(node, string(score))
	}
	return values
}

func labelsByNode(given map[string]map[string]string) byNode {
	values := map[string][]string{}
	for node, labels := range given {
		for key, value := range labels {
			values[node] = append(values[node], key+"="+value)
		}
	}
	return newByNode(values)
}

// ruleNames are how rules are named: by their own name, and by "set/rule" where
// two rule sets have a rule of that name.
type ruleNames map[verdict.RuleKey]string

func newRuleNames(all []*v1alpha1.RuleSet) ruleNames {
	count := map[string]int{}
	for _, set := range all {
		for _, rule := range set.Spec.Rules {
			count[rule.Name]++
		}
	}
	names := ruleNames{}
	for _, set := range all {
		for _, rule := range set.Spec.Rules {
			name := rule.Name
			if count[name] > 1 {
				name = set.Name + "/" + name
			}
			names[verdict.RuleKey{Set: set.Name, Rule: rule.Name}] = name
		}
	}
	return names
}

// check says what is wrong with a name.
func (n ruleNames) check(name string) string {
	known := sets.New(slices.Collect(maps.Values(n))...)
	if known.Has(name) {
		return ""
	}
	return fmt.Sprintf("is not a rule of the rule sets, which are %q", sets.List(known))
}

// observe tells what the rules do to a pod and to the nodes, in all aspects.
func (n ruleNames) observe(snapshot *verdict.Snapshot, nodes []*corev1.Node, pod verdict.Pod) map[aspect]byNode {
	seen := map[aspect]byNode{rejected: {}, scores: {}, evict: {}, marks: {}, taints: {}}
	var selected []*verdict.SetVerdict
	for _, set := range snapshot.Sets {
		selects := set.Selects(pod)
		if selects {
			selected = append(selected, set)
		}
		for _, rule := range set.Rules {
			for _, node := range nodes {
				n.observeRule(seen, rule, selects, node.Name, snapshot.Index(node.Name))
			}
		}
	}
	for a, values := range seen {
		seen[a] = newByNode(values)
	}
	seen[scores] = observeScores(snapshot, selected, nodes, seen[rejected])
	return seen
}

// observeRule adds what a rule does on the node at an index.
func (n ruleNames) observeRule(seen map[aspect]byNode, rule *verdict.RuleVerdict, selects bool, node string, index int) {
	if selects && rule.Refuses(index) {
		seen[rejected].add(node, n[rule.Key])
	}
	if rule.EvictionDue(index) {
		seen[evict].add(node, n[rule.Key])
	}
	labels, taint := rule.Marks(index)
	for key, value := range labels {
		seen[marks].add(node, key+"="+value)
	}
	if taint != nil {
		seen[taints].add(node, taint.ToString())
	}
}

// observeScores are the scores of the nodes that are not refused, if any rule set
// that is for the pod ranks nodes.
func observeScores(snapshot *verdict.Snapshot, selected []*verdict.SetVerdict, nodes []*corev1.Node, refused byNode) byNode {
	ranking := slices.DeleteFunc(slices.Clone(selected), func(set *verdict.SetVerdict) bool { return !set.Ranks() })
	values := byNode{}
	if len(ranking) == 0 {
		return values
	}
	var names []string
	var candidates []int
	for _, node := range nodes {
		if len(refused[node.Name]) == 0 {
			names, candidates = append(names, node.Name), append(candidates, snapshot.Index(node.Name))
		}
	}
	for i, score := range verdict.Scores(ranking, candidates, &verdict.Arrival{}) {
		values.add(names[i], strconv.FormatInt(score, 10))
	}
	return values
}
