// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// result tells what came of the last round.
func (p *preview) result(ctx context.Context, client kubernetes.Interface) (*Result, error) {
	result := &Result{At: p.snapshot.Time, Source: p.source.name, SourceText: p.source.words, Why: p.why, Unread: p.unread}
	pods, err := p.countPods(ctx, client)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		result.PodsNotCounted = err.Error()
	}
	verdicts := map[string]*verdict.SetVerdict{}
	for _, set := range p.snapshot.Sets {
		verdicts[set.Name] = set
	}
	for _, rules := range p.Rules {
		set, err := p.ruleSet(ctx, rules, verdicts[rules.Name], pods)
		if err != nil {
			return nil, err
		}
		result.RuleSets = append(result.RuleSets, set)
	}
	for _, node := range p.nodes {
		result.Nodes = append(result.Nodes, p.node(node, verdicts))
	}
	result.Scored = p.score(result.Nodes)
	sortNodes(result.Nodes)
	return result, nil
}

func (p *preview) ruleSet(ctx context.Context, rules *v1alpha1.RuleSet, set *verdict.SetVerdict, pods *podCounts) (RuleSet, error) {
	summary := RuleSet{Name: rules.Name, Mode: rules.Spec.Mode, Rules: []Rule{}, Metrics: []Metric{}, Pods: pods.of(set)}
	for _, node := range p.nodes {
		if set.Governs(p.snapshot.Index(node.Name)) {
			summary.Nodes++
		}
	}
	for i := range rules.Spec.Metrics {
		metric, err := p.metric(ctx, &rules.Spec.Metrics[i], set)
		if err != nil {
			return summary, err
		}
		summary.Metrics = append(summary.Metrics, metric)
	}
	for i := range rules.Spec.Rules {
		summary.Rules = append(summary.Rules, p.rule(&rules.Spec.Rules[i], set, set.Rules[i], pods))
	}
	return summary, nil
}

// rule counts the nodes on which a rule is in a state, or does something.
func (p *preview) rule(rule *v1alpha1.Rule, set *verdict.SetVerdict, found *verdict.RuleVerdict, pods *podCounts) Rule {
	summary := Rule{Name: rule.Name, Line: line(rule), Suspended: found.Suspended}
	refused, evicting, tainted, labelled := 0, 0, 0, 0
	for _, node := range p.nodes {
		index := p.snapshot.Index(node.Name)
		switch found.State(index) {
		case verdict.InForce:
			summary.InForce++
		case verdict.Pending:
			summary.Pending++
		case verdict.Undecided:
			summary.Undecided++
		case verdict.Unknown:
			summary.Unknown++
		}
		if found.Refuses(index) {
			refused++
		}
		if found.EvictionDue(index) {
			evicting++
			here := pods.on(set, node.Name)
			summary.EvictionPods += here
			if most, known := atOnce(rule.Evict, here); known {
				summary.EvictionsAtOnce = ptr.To(ptr.Deref(summary.EvictionsAtOnce, 0) + most)
			}
		}
		labels, taint := found.Marks(index)
		if taint != nil {
			tainted++
		}
		if len(labels) > 0 {
			labelled++
		}
	}
	if rule.Reject != nil {
		summary.Refused = &refused
	}
	if rule.Evict != nil {
		summary.EvictionDue = &evicting
	}
	if rule.Taint != nil {
		summary.Tainted = &tainted
	}
	if len(rule.Labels) > 0 {
		summary.Labelled = &labelled
	}
	return summary
}

// line says when a rule is broken, as it is written.
func line(rule *v1alpha1.Rule) string {
	var conditions []string
	for _, c := range rule.When {
		text := c.Metric
		switch {
		case c.Above != nil:
			text += " above " + c.Above.String()
		case c.Below != nil:
			text += " below " + c.Below.String()
		default:
			text += " equals " + c.Equals.String()
		}
		if c.Clear != nil {
			text += ", clear " + c.Clear.String()
		}
		conditions = append(conditions, text)
	}
	text := strings.Join(conditions, " and ")
	if rule.For != nil {
		text += ", for " + rule.For.String()
	}
	return text + evictionText(rule.Evict)
}

// evictionText says how long a rule waits before it has pods evicted, and which go,
// where that is not those that it takes.
func evictionText(evict *v1alpha1.Evict) string {
	if evict == nil {
		return ""
	}
	wait, which := "", ""
	if evict.For != nil {
		wait = " for " + evict.For.String()
	}
	switch {
	case evict.All:
		which = " (all)"
	case evict.Step != nil:
		which = fmt.Sprintf(" (%d at a time by %s)", *evict.Step, evict.OrderBy)
	case evict.Order == v1alpha1.Fewest:
		which = " (the fewest)"
	}
	if wait+which == "" {
		return ""
	}
	return ", evict" + wait + which
}

// atOnce is how many of the pods on a node go at once at most. False where as many
// go as it takes.
func atOnce(evict *v1alpha1.Evict, pods int) (most int, known bool) {
	switch {
	case evict == nil:
		return 0, false
	case evict.All:
		return pods, true
	case evict.Step != nil:
		return min(pods, int(*evict.Step)), true
	default:
		return 0, false
	}
}

func (p *preview) node(node *corev1.Node, verdicts map[string]*verdict.SetVerdict) Node {
	index := p.snapshot.Index(node.Name)
	summary := Node{Name: node.Name, Exempt: verdict.Exempt(node), Broken: []Broken{}, Values: []Value{}}
	for _, rules := range p.Rules {
		set := verdicts[rules.Name]
		for _, metric := range rules.Spec.Metrics {
			value := Value{RuleSet: rules.Name, Metric: metric.Name}
			if reading := set.Reading(metric.Name, index); reading.Known {
				value.Value, value.MeasuredAt = &reading.Value, &reading.Time
				summary.Exempt = false // it can be measured all the same
			}
			summary.Values = append(summary.Values, value)
		}
		for i := range rules.Spec.Rules {
			found := set.Rules[i]
			if broken, ok := brokenOn(found, index); ok {
				summary.Broken = append(summary.Broken, broken)
			}
			if found.State(index) != verdict.NotGoverned {
				summary.Headroom = least(summary.Headroom, headroom(&rules.Spec.Rules[i], set, index))
			}
		}
	}
	return summary
}

// brokenOn is what a rule does on a node, unless it is OK there.
func brokenOn(rule *verdict.RuleVerdict, index int) (Broken, bool) {
	state := rule.State(index)
	if state == verdict.OK || state == verdict.NotGoverned {
		return Broken{}, false
	}
	broken := Broken{
		RuleSet: rule.Key.Set, Rule: rule.Key.Rule, State: state.String(),
		Refused: rule.Refuses(index), EvictionDue: rule.EvictionDue(index),
	}
	var taint *corev1.Taint
	if broken.Labels, taint = rule.Marks(index); taint != nil {
		broken.Taint = taint.ToString()
	}
	return broken, true
}

// score ranks the nodes that are not refused, for a pod that all rule sets are
// for, and tells whether any of these ranks nodes.
func (p *preview) score(nodes []Node) bool {
	var ranking []*verdict.SetVerdict
	for _, set := range p.snapshot.Sets {
		if set.Ranks() {
			ranking = append(ranking, set)
		}
	}
	if len(ranking) == 0 {
		return false
	}
	var left, candidates []int
	for i := range nodes {
		if !nodes[i].refused() {
			left, candidates = append(left, i), append(candidates, p.snapshot.Index(nodes[i].Name))
		}
	}
	for i, score := range verdict.Scores(ranking, candidates, &verdict.Arrival{}) {
		nodes[left[i]].Score = &score
	}
	return true
}
