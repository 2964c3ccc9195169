// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// Set is a rule set made ready for evaluation. It is immutable.
type Set struct {
	name        string
	podSelector labels.Selector
	metrics     []metric
	rules       []rule
	preferences []preference
}

// metric is one metric of a set.
type metric struct {
	name       string
	staleAfter time.Duration
	// fraction tells that the metric runs from 0 to 1 by nature, so that scores
	// need no look at the other nodes.
	fraction bool
}

type rule struct {
	name       string
	conditions []condition
}

type preference struct {
	metric    int // index into Set.metrics
	direction v1alpha1.Direction
	weight    float64
}

// NewSet makes a valid rule set, with its defaults filled in, ready for
// evaluation. staleAfter is for the metrics that do not give their own.
func NewSet(rules *v1alpha1.RuleSet, staleAfter time.Duration) (*Set, error) {
	set := &Set{name: rules.Name, podSelector: labels.Everything()}
	if selector := rules.Spec.PodSelector; selector != nil {
		var err error
		if set.podSelector, err = metav1.LabelSelectorAsSelector(selector); err != nil {
			return nil, fmt.Errorf("reading the pod selector of rule set %q: %w", rules.Name, err)
		}
	}
	index := make(map[string]int, len(rules.Spec.Metrics))
	for i, m := range rules.Spec.Metrics {
		index[m.Name] = i
		set.metrics = append(set.metrics, newMetric(m, staleAfter))
	}
	for _, r := range rules.Spec.Rules {
		compiled := rule{name: r.Name}
		for _, c := range r.When {
			compiled.conditions = append(compiled.conditions, newCondition(c, index[c.Metric]))
		}
		set.rules = append(set.rules, compiled)
	}
	for _, p := range rules.Spec.Preferences {
		set.preferences = append(set.preferences, preference{metric: index[p.Metric], direction: p.Prefer, weight: float64(*p.Weight)})
	}
	return set, nil
}

func newMetric(m v1alpha1.Metric, staleAfter time.Duration) metric {
	if m.StaleAfter != nil {
		staleAfter = m.StaleAfter.Value()
	}
	return metric{name: m.Name, staleAfter: staleAfter, fraction: m.Builtin != ""}
}
