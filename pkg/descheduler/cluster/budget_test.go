// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
)

func TestBudgetsOf(t *testing.T) {
	selecting := func(name string, selector *metav1.LabelSelector) *policyv1.PodDisruptionBudget {
		return &policyv1.PodDisruptionBudget{ObjectMeta: meta(name), Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector}}
	}
	elsewhere := selecting("elsewhere", &metav1.LabelSelector{})
	elsewhere.Namespace = "other"
	c := cluster.New(cluster.Objects{Budgets: []*policyv1.PodDisruptionBudget{
		selecting("web", &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}),
		selecting("tiers", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"front", "back"}},
		}}),
		selecting("all", &metav1.LabelSelector{}),
		selecting("none", nil),
		selecting("invalid", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: "Like"}}}),
		elsewhere,
	}})
	tests := map[string]struct {
		pod  *corev1.Pod
		want []string
	}{
		"without labels":             {pod("a"), []string{"all"}},
		"by a label":                 {pod("a", labelled("app", "web")), []string{"web", "all"}},
		"by an expression":           {pod("a", labelled("tier", "back")), []string{"tiers", "all"}},
		"by several":                 {pod("a", labelled("app", "web"), labelled("tier", "front")), []string{"web", "tiers", "all"}},
		"in another namespace":       {pod("a", labelled("app", "web"), in("other")), []string{"elsewhere"}},
		"in a namespace without any": {pod("a", in("third")), nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, budget := range c.BudgetsOf(tc.pod) {
				got = append(got, budget.Name)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("BudgetsOf() (-want +got):\n%s", diff)
			}
		})
	}
}
