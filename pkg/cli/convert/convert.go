// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package convert turns the policies of Telemetry Aware Scheduling (TAS) into
// rule sets that behave as TAS documents. Comments in the result say where the
// meaning differs, and what the operator has to decide.
//
// A load line is a condition and what follows from it. A policy has several
// strategies, which may be violated by the same condition, so rules that agree
// become one line with the effects of all:
//
//	dontschedule      reject
//	deschedule        evict, and the label by which TAS marks the node
//	labeling          labels
//	scheduleonmetric  a preference
package convert

import (
	"fmt"
	"strings"

	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// Options are what is the same for all policies.
type Options struct {
	// Namespace is where the ConfigMaps go.
	Namespace string
	// Observe makes rule sets that change nothing yet.
	Observe bool
	// Adapter tells how metrics are named. Nil if it is not known.
	Adapter *Adapter
}

// Convert writes the ConfigMap of a policy, in YAML. It is empty where a policy
// asks for nothing that can be done.
func (o Options) Convert(policy *Policy) (string, error) {
	c := &conversion{Options: o, policy: &policy.content, namespace: policy.namespace()}
	c.dontschedule()
	c.deschedule()
	c.labeling()
	c.scheduleonmetric()
	if len(c.sets) == 0 {
		return "", nil
	}
	text := c.configMap()
	if _, problems := rulefile.Read(policy.Name(), []byte(text)); len(problems) > 0 {
		return "", fmt.Errorf("its rules are not valid for Loadline: %s", problems[0].Message)
	}
	return text, nil
}

// conversion is a policy on its way into rule sets.
type conversion struct {
	Options
	policy    *content
	namespace string
	// sets are one, and more only where rules of the policy write one label: a
	// rule set writes each label once.
	sets []*ruleSet
}

// set is the rule set at an index, of which there is at most one that is new.
func (c *conversion) set(index int) *ruleSet {
	for len(c.sets) <= index {
		c.sets = append(c.sets, &ruleSet{adapter: c.Adapter})
	}
	return c.sets[index]
}

// names are what a policy's rule set at an index is called: the rule set, and
// where it is in its ConfigMap. The namespace is a part of the first, since rule
// sets have none.
func (c *conversion) names(index int) (ruleSet, key string) {
	name := c.policy.Name
	if index > 0 {
		name = fmt.Sprintf("%s-%d", name, index+1)
	}
	return c.namespace + "." + name, name + ".yaml"
}

// alternative is what violates a strategy: rules of it that are all broken.
type alternative struct {
	rules  []rule
	origin string
}

func (s strategy) alternatives(name string) []alternative {
	if len(s.Rules) == 0 {
		return nil
	}
	if s.LogicalOperator == allOf {
		var texts []string
		for _, r := range s.Rules {
			texts = append(texts, r.String())
		}
		return []alternative{{s.Rules, fmt.Sprintf("%s, %s: %s", name, allOf, strings.Join(texts, ", "))}}
	}
	var all []alternative
	for _, r := range s.Rules {
		all = append(all, alternative{[]rule{r}, name + ": " + r.String()})
	}
	return all
}

// String is the rule as TAS writes it.
func (r rule) String() string {
	return fmt.Sprintf("%s %s %d", r.MetricName, r.Operator, r.Target.value)
}

func (c *conversion) dontschedule() {
	for _, alternative := range c.policy.Spec.Strategies[dontschedule].alternatives(dontschedule) {
		set := c.set(0)
		set.line(set.conditions(alternative.rules), alternative.origin).reject = true
	}
}

// deschedule evicts all pods, and keeps the label that TAS puts on the node: the
// pods' node affinity keeps new pods off by it.
func (c *conversion) deschedule() {
	strategy := c.policy.Spec.Strategies[deschedule]
	label, value := c.policy.Name, "violating"
	lines := map[*line]bool{}
	for _, alternative := range strategy.alternatives(deschedule) {
		set := c.set(0)
		line := set.line(set.conditions(alternative.rules), alternative.origin)
		line.evict = true
		lines[line] = true
	}
	switch len(lines) {
	case 0:
	case 1:
		for line := range lines {
			line.label(label, value)
		}
	default:
		c.labelAny(strategy.Rules, deschedule+"-any", label, value, deschedule+": any of its rules")
	}
}

// labelAny puts a label on nodes where any of several rules is broken, by a metric
// of that name.
func (c *conversion) labelAny(rules []rule, name, key, value, origin string) {
	set := c.set(0)
	set.line([]condition{{set.any(rules, name), "equals", 1}}, origin).label(key, value)
}

// scheduleonmetric takes the first rule alone, as there is to be only one.
func (c *conversion) scheduleonmetric() {
	rules := c.policy.Spec.Strategies[scheduleonmetric].Rules
	if len(rules) == 0 {
		return
	}
	prefer := map[string]string{lessThan: "Lower", greaterThan: "Higher"}[rules[0].Operator]
	if prefer == "" {
		if len(c.sets) > 0 { // or there is nothing to write it into
			c.set(0).unranked = &rules[0]
		}
		return
	}
	set := c.set(0)
	set.preference = &preference{metric: set.metric(rules[0].MetricName), prefer: prefer}
	set.leftOut = rules[1:]
}
