// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package protect

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

func severalBudgets(pod *corev1.Pod, _ *cluster.Workload, c Context) reason.Reason {
	budgets := c.Cluster.BudgetsOf(pod)
	if len(budgets) < 2 {
		return reason.Reason{}
	}
	names := make([]string, len(budgets))
	for i, budget := range budgets {
		names[i] = budget.Name
	}
	return reason.New(SeveralBudgets, "it is under %d PodDisruptionBudgets (%s), and the API server evicts no pod that is under more than one",
		len(budgets), strings.Join(names, ", "))
}

// noDisruptionsAllowed says beforehand what the API server would say, which is
// still asked: budgets hold there, whatever is known here.
func noDisruptionsAllowed(pod *corev1.Pod, _ *cluster.Workload, c Context) reason.Reason {
	for _, budget := range c.Cluster.BudgetsOf(pod) {
		status := &budget.Status
		switch {
		case !cluster.Ready(pod) && sparesUnready(budget):
		case status.ObservedGeneration < budget.Generation:
			return reason.New(NoDisruptionsAllowed, "the latest change of the PodDisruptionBudget %s has not been acted upon", budget.Name)
		case status.DisruptionsAllowed <= 0:
			return reason.New(NoDisruptionsAllowed, "the PodDisruptionBudget %s allows no disruption: %d pods are healthy, and %d have to be",
				budget.Name, status.CurrentHealthy, status.DesiredHealthy)
		}
	}
	return reason.Reason{}
}

// sparesUnready tells that a budget lets pods go that are not ready: always, or since
// enough others are.
func sparesUnready(budget *policyv1.PodDisruptionBudget) bool {
	if policy := budget.Spec.UnhealthyPodEvictionPolicy; policy != nil && *policy == policyv1.AlwaysAllow {
		return true
	}
	return budget.Status.DesiredHealthy > 0 && budget.Status.CurrentHealthy >= budget.Status.DesiredHealthy
}
