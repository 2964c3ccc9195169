// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// budget is a PodDisruptionBudget with its selector, which costs more to read than
// to ask.
type budget struct {
	object   *policyv1.PodDisruptionBudget
	selector labels.Selector
}

// newBudgets sorts budgets by their namespace. As the API server does, it takes a
// budget without a selector, or with one that is no selector, for one that selects
// nothing; an empty selector selects all pods of the namespace.
func newBudgets(objects []*policyv1.PodDisruptionBudget) map[string][]budget {
	budgets := map[string][]budget{}
	for _, object := range objects {
		selector, err := metav1.LabelSelectorAsSelector(object.Spec.Selector)
		if err != nil {
			continue
		}
		budgets[object.Namespace] = append(budgets[object.Namespace], budget{object, selector})
	}
	return budgets
}

// BudgetsOf are the disruption budgets that a pod is under.
func (c *Cluster) BudgetsOf(pod *corev1.Pod) []*policyv1.PodDisruptionBudget {
	var found []*policyv1.PodDisruptionBudget
	for _, budget := range c.budgets()[pod.Namespace] {
		if budget.selector.Matches(labels.Set(pod.Labels)) {
			found = append(found, budget.object)
		}
	}
	return found
}
