// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// Set is a rule set made ready for evaluation. It is immutable.
type Set struct {
	name                    string
	observe                 bool
	pods, namespaces, nodes labels.Selector
	priorityClasses         []string
	metrics                 []metric
	rules                   []rule
	preferences             []preference
}

// metric is one metric of a set.
type metric struct {
	name       string
	staleAfter time.Duration
	// fraction tells that the metric runs from 0 to 1 by nature, so that scores
	// need no look at the other nodes.
	fraction bool
	// pressure tells that the metric is one of waiting, not of use.
	pressure bool
}

// rule is a rule with its effects.
type rule struct {
	name       string
	conditions []condition
	duration   time.Duration // "for"

	rejects       bool
	rejectMissing bool
	rejectLimit   float64 // share of the nodes
	giveUpAfter   time.Duration
	evicts        bool
	evictAfter    time.Duration
	eviction      *v1alpha1.Evict
	taint         *corev1.Taint
	taintLimit    float64 // share of the nodes
	labels        map[string]string
}

// noLimit is a share of the nodes that cannot be exceeded.
const noLimit = 1.0

// NewSet makes a valid rule set, with its defaults filled in, ready for
// evaluation. staleAfter is for the metrics that do not give their own.
func NewSet(rules *v1alpha1.RuleSet, staleAfter time.Duration) (*Set, error) {
	spec := &rules.Spec
	set := &Set{name: rules.Name, observe: spec.Mode == v1alpha1.Observe, priorityClasses: spec.PriorityClassNames}
	for _, selector := range []struct {
		from *metav1.LabelSelector
		to   *labels.Selector
	}{{spec.PodSelector, &set.pods}, {spec.NamespaceSelector, &set.namespaces}, {spec.NodeSelector, &set.nodes}} {
		var err error
		if *selector.to, err = newSelector(selector.from); err != nil {
			return nil, fmt.Errorf("reading a selector of rule set %q: %w", rules.Name, err)
		}
	}
	index := make(map[string]int, len(spec.Metrics))
	for i, m := range spec.Metrics {
		index[m.Name] = i
		set.metrics = append(set.metrics, newMetric(m, staleAfter))
	}
	for _, r := range spec.Rules {
		set.rules = append(set.rules, newRule(r, index))
	}
	for _, p := range spec.Preferences {
		set.preferences = append(set.preferences, newPreference(p, index[p.Metric]))
	}
	return set, nil
}

// newSelector selects everything where nothing is given.
func newSelector(selector *metav1.LabelSelector) (labels.Selector, error) {
	if selector == nil {
		return labels.Everything(), nil
	}
	return metav1.LabelSelectorAsSelector(selector)
}

func newMetric(m v1alpha1.Metric, staleAfter time.Duration) metric {
	if m.StaleAfter != nil {
		staleAfter = m.StaleAfter.Value()
	}
	return metric{
		name: m.Name, staleAfter: staleAfter,
		fraction: m.Builtin != "" || m.Resource != "", pressure: m.Builtin.Pressure(),
	}
}

func newRule(r v1alpha1.Rule, metrics map[string]int) rule {
	compiled := rule{
		name: r.Name, duration: r.For.Value(), rejectMissing: r.OnMissing == v1alpha1.RejectMissing,
		rejectLimit: noLimit, taintLimit: noLimit, labels: r.Labels,
	}
	for _, c := range r.When {
		compiled.conditions = append(compiled.conditions, newCondition(c, metrics[c.Metric]))
	}
	if r.Reject != nil {
		compiled.rejects, compiled.giveUpAfter = true, r.Reject.GiveUpAfter.Value()
		compiled.rejectLimit = limit(r.Reject.MaxNodes)
	}
	if r.Evict != nil {
		compiled.evicts, compiled.evictAfter = true, max(r.Evict.For.Value(), r.For.Value())
		compiled.eviction = r.Evict.DeepCopy()
	}
	if r.Taint != nil {
		compiled.taint = &corev1.Taint{Key: r.Taint.Key, Value: r.Taint.Value, Effect: r.Taint.Effect}
		compiled.taintLimit = limit(r.Taint.MaxNodes)
	}
	return compiled
}

func limit(share *v1alpha1.Threshold) float64 {
	if share == nil {
		return noLimit
	}
	return share.Value()
}

// Pod is what decides which rule sets are for a pod.
type Pod struct {
	Labels, NamespaceLabels labels.Set
	PriorityClassName       string
}

// NewPod is a pod as rule sets select it, by the labels of its namespace.
func NewPod(pod *corev1.Pod, namespaceLabels labels.Set) Pod {
	return Pod{Labels: pod.Labels, NamespaceLabels: namespaceLabels, PriorityClassName: pod.Spec.PriorityClassName}
}

func (s *Set) selects(pod Pod) bool {
	return s.pods.Matches(pod.Labels) && s.namespaces.Matches(pod.NamespaceLabels) &&
		(len(s.priorityClasses) == 0 || slices.Contains(s.priorityClasses, pod.PriorityClassName))
}

// samePods tells whether two sets are for the same pods.
func (s *Set) samePods(other *Set) bool {
	return s.pods.String() == other.pods.String() && s.namespaces.String() == other.namespaces.String() &&
		slices.Equal(s.priorityClasses, other.priorityClasses)
}
