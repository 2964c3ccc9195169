// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
)

// RequestsPrefix comes before the name of a resource where Evict.OrderBy is not
// the name of a metric.
const RequestsPrefix = "requests."

// Defaults of evictions in steps.
const (
	DefaultStep    = int32(1)
	DefaultOrderBy = RequestsPrefix + string(corev1.ResourceCPU)
)

// PodResource is the resource of which the metric is the use by pods, so that it
// is known what share of the metric each pod has. Empty where pods have no shares.
func (m *Metric) PodResource() corev1.ResourceName {
	switch m.Builtin {
	case "":
		return corev1.ResourceName(m.Resource)
	case BuiltinCPU, BuiltinPodCPU:
		return corev1.ResourceCPU
	case BuiltinMemory, BuiltinPodMemory:
		return corev1.ResourceMemory
	case BuiltinPods:
		return corev1.ResourcePods
	default:
		return ""
	}
}

// sharedMetrics are the names of the metrics of which pods have shares.
func sharedMetrics(metrics []Metric) sets.Set[string] {
	shared := sets.New[string]()
	for i := range metrics {
		if metrics[i].PodResource() != "" {
			shared.Insert(metrics[i].Name)
		}
	}
	return shared
}

// bringsDown is the first metric of the rule of which it is known how far moving a
// pod brings it down towards the line. Empty if there is none.
func (r *Rule) bringsDown(shared sets.Set[string]) string {
	for _, condition := range r.When {
		if condition.Above != nil && shared.Has(condition.Metric) {
			return condition.Metric
		}
	}
	return ""
}

func (e *Evict) setDefaults(bringsDown bool) {
	switch {
	case e.All:
	case bringsDown:
		setDefault(&e.Order, OverRequest)
	default:
		if e.Step == nil {
			e.Step = ptr.To(DefaultStep)
		}
		setDefault(&e.OrderBy, DefaultOrderBy)
	}
}

// validateEvict checks what a rule says of running pods. shared are those of the
// metrics of which pods have shares.
func validateEvict(rule *Rule, metrics, shared sets.Set[string], path *field.Path) field.ErrorList {
	evict := rule.Evict
	if evict == nil {
		return nil
	}
	errs := validateDuration(evict.For, path.Child("for"))
	if evict.Order != "" {
		errs = append(errs, validateChoice(evict.Order, []EvictionOrder{OverRequest, Fewest}, path.Child("order"))...)
	}
	if evict.Step != nil {
		errs = append(errs, validatePositive(int64(*evict.Step), path.Child("step"))...)
	}
	if evict.OrderBy != "" {
		errs = append(errs, validateOrderBy(evict.OrderBy, metrics, shared, path.Child("orderBy"))...)
	}
	errs = append(errs, validateFractions(rule, shared, path)...)
	return append(errs, validateManner(rule, metrics, shared, path)...)
}

// maxFraction is the largest threshold that can be meant as a fraction of a
// resource. A percentage without its sign is less than that, and never holds, of
// which check warns.
const maxFraction = 1000

// validateFractions refuses amounts as the lines of metrics that are taken for
// fractions: against 60Gi no pod would seem to bring anything, so that all would be
// moved.
func validateFractions(rule *Rule, shared sets.Set[string], path *field.Path) field.ErrorList {
	if rule.Evict.All {
		return nil
	}
	for _, condition := range rule.When {
		if above := condition.Above; above != nil && above.err == nil && above.Value() > maxFraction && shared.Has(condition.Metric) {
			return field.ErrorList{field.Forbidden(path, fmt.Sprintf("the metric %q has a resource, so it has to be a fraction of that (0 to 1), which above: %s is not: "+
				"divide by the capacity in its query, and write a percentage; or leave its resource out", condition.Metric, above))}
		}
	}
	return nil
}

// validateManner refuses what does not go together: pods are moved until the
// metric is low enough, or step by step, or all of them.
func validateManner(rule *Rule, metrics, shared sets.Set[string], path *field.Path) field.ErrorList {
	isUndefined := func(c Condition) bool { return !metrics.Has(c.Metric) }
	metric := rule.bringsDown(shared)
	switch {
	case rule.Evict.All:
		return forbidGiven(rule.Evict, "may not be given together with all", path, "order", "step", "orderBy")
	case slices.ContainsFunc(rule.When, isUndefined): // which is an error of its own
		return nil
	case metric != "":
		return forbidGiven(rule.Evict, fmt.Sprintf("is only for rules without an above condition on a metric with a resource: "+
			"of %q it is known how far each pod that goes brings it down, so as many are moved as it takes: leave it out, or give order instead", metric), path, "step", "orderBy")
	default:
		return forbidGiven(rule.Evict, "is only for rules with an above condition on a metric with a resource, "+
			"of which it is known how far each pod that goes brings it down: give step and orderBy instead, or all", path, "order")
	}
}

// forbidGiven refuses those of some fields that are given.
func forbidGiven(evict *Evict, message string, path *field.Path, names ...string) field.ErrorList {
	given := map[string]bool{"order": evict.Order != "", "step": evict.Step != nil, "orderBy": evict.OrderBy != ""}
	var errs field.ErrorList
	for _, name := range names {
		if given[name] {
			errs = append(errs, field.Forbidden(path.Child(name), message))
		}
	}
	return errs
}

func validateOrderBy(orderBy string, metrics, shared sets.Set[string], path *field.Path) field.ErrorList {
	if resource, ok := strings.CutPrefix(orderBy, RequestsPrefix); ok {
		if isRequestable(resource) {
			return nil
		}
		return field.ErrorList{field.Invalid(path, orderBy, "names no resource that pods request, such as requests.cpu, requests.memory or requests.nvidia.com/gpu")}
	}
	switch {
	case shared.Has(orderBy):
		return nil
	case metrics.Has(orderBy):
		return field.ErrorList{field.Invalid(path, orderBy, "is a metric without a resource, of which pods have no shares: name a metric that has one, or write requests.cpu")}
	default:
		choices := "there is none"
		if shared.Len() > 0 {
			choices = fmt.Sprintf("%q", sets.List(shared))
		}
		return field.ErrorList{field.Invalid(path, orderBy, "must be a metric with a resource ("+choices+"), or \"requests.\" and the name of a resource, such as requests.cpu")}
	}
}

// isRequestable tells whether containers can request a resource of that name: one
// of Kubernetes' own, or an extended one, which has a domain.
func isRequestable(resource string) bool {
	switch corev1.ResourceName(resource) {
	case corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
		return true
	}
	if len(validation.IsQualifiedName(resource)) > 0 {
		return false
	}
	return strings.Contains(resource, "/") || strings.HasPrefix(resource, corev1.ResourceHugePagesPrefix)
}
