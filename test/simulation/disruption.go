// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"math"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Budget is a disruption budget for the pods of a workload. What is exported may
// be changed at any time.
type Budget struct {
	Name     string
	Workload *Workload
	// MaxUnavailable is how many of its pods may be missing or not ready.
	MaxUnavailable int
	// Shown is how many disruptions are allowed by what informers have heard of it,
	// if they have not heard of the latest. Zero for the truth.
	Shown int
}

// AddBudget adds a disruption budget.
func (c *Cluster) AddBudget(budget *Budget) *Budget {
	c.budgets = append(c.budgets, budget)
	return budget
}

// disruptionBudget is a budget as the API server has it, at any time up to date.
func (c *Cluster) disruptionBudget(budget *Budget) *policyv1.PodDisruptionBudget {
	_, ready := budget.Workload.count()
	desired := max(0, budget.Workload.Replicas-budget.MaxUnavailable)
	limit := intstr.FromInt32(int32(budget.MaxUnavailable))
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: budget.Workload.Namespace, Name: budget.Name, UID: types.UID(budget.Name), Generation: 1},
		Spec:       policyv1.PodDisruptionBudgetSpec{MaxUnavailable: &limit, Selector: budget.Workload.selector()},
		Status: policyv1.PodDisruptionBudgetStatus{
			ObservedGeneration: 1, ExpectedPods: int32(budget.Workload.Replicas),
			CurrentHealthy: int32(ready), DesiredHealthy: int32(desired), DisruptionsAllowed: int32(math.Max(0, float64(ready-desired))),
		},
	}
}

// Evict asks the API server to evict a pod.
func (c *Cluster) Evict(pod *corev1.Pod) error {
	return c.evict(&policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}})
}

// evict does what the API server does with an eviction.
func (c *Cluster) evict(eviction *policyv1.Eviction) error {
	c.Calls++
	pods := schema.GroupResource{Resource: "pods"}
	pod := c.Find(eviction.Namespace, eviction.Name)
	if pod == nil {
		return apierrors.NewNotFound(pods, eviction.Name)
	}
	if options := eviction.DeleteOptions; options != nil && options.Preconditions != nil && options.Preconditions.UID != nil && *options.Preconditions.UID != pod.UID {
		return apierrors.NewConflict(pods, eviction.Name, nil)
	}
	if pod.Terminating() {
		return nil
	}
	if err := c.disrupt(pod); err != nil {
		return err
	}
	if options := eviction.DeleteOptions; options != nil && len(options.DryRun) > 0 {
		return nil
	}
	c.Evictions = append(c.Evictions, Eviction{Time: c.Now(), Pod: pod, Node: pod.Spec.NodeName})
	pod.terminate(c.Now())
	c.watch(pod, false)
	return nil
}

// disrupt asks the budgets of a pod.
func (c *Cluster) disrupt(pod *Pod) error {
	var found []*policyv1.PodDisruptionBudget
	for _, budget := range c.budgets {
		object := c.disruptionBudget(budget)
		selector, err := metav1.LabelSelectorAsSelector(object.Spec.Selector)
		if err == nil && object.Namespace == pod.Namespace && selector.Matches(labels.Set(pod.Labels)) {
			found = append(found, object)
		}
	}
	switch {
	case len(found) > 1:
		return &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError,
			Message: "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
		}}
	case len(found) == 1 && found[0].Status.DisruptionsAllowed == 0:
		blocked := apierrors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0)
		blocked.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: policyv1.DisruptionBudgetCause, Message: "The disruption budget " + found[0].Name + " needs more healthy pods."}}
		return blocked
	}
	return nil
}
