// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// autoscalerTaints is the one prefix of Kubernetes' own under which a taint may
// be put: only by such a taint does the cluster autoscaler see that a node is
// closed, and add another.
const autoscalerTaints = "status-taint.cluster-autoscaler.kubernetes.io/"

// validateMarks checks the labels and the taint of a rule. written are the keys
// that the rules before it write, brought up to date: two rules that write one
// key would take it from each other for ever.
func validateMarks(rule *Rule, written sets.Set[string], path *field.Path) field.ErrorList {
	errs := metav1validation.ValidateLabels(rule.Labels, path.Child("labels"))
	for _, key := range sets.List(sets.KeySet(rule.Labels)) {
		errs = append(errs, validateMarkKey("label "+key, key, written, path.Child("labels").Key(key))...)
	}
	if rule.Taint != nil {
		errs = append(errs, validateTaint(rule.Taint, written, path.Child("taint"))...)
	}
	return errs
}

func validateTaint(taint *Taint, written sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateName(taint.Key, validation.IsQualifiedName, path.Child("key"))
	errs = append(errs, validateMarkKey("taint "+taint.Key, taint.Key, written, path.Child("key"))...)
	for _, message := range validation.IsValidLabelValue(taint.Value) {
		errs = append(errs, field.Invalid(path.Child("value"), taint.Value, message))
	}
	switch taint.Effect {
	case corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoSchedule:
	case corev1.TaintEffectNoExecute:
		errs = append(errs, field.Forbidden(path.Child("effect"),
			"NoExecute would delete pods without heeding their PodDisruptionBudgets or saying why: use evict"))
	default:
		errs = append(errs, field.NotSupported(path.Child("effect"), taint.Effect,
			[]corev1.TaintEffect{corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoSchedule}))
	}
	return append(errs, validateShare(taint.MaxNodes, path.Child("maxNodes"))...)
}

// validateMarkKey refuses keys that belong to Kubernetes or to another rule of
// the set. what tells a label from a taint, which may have the same key.
func validateMarkKey(what, key string, written sets.Set[string], path *field.Path) field.ErrorList {
	if written.Has(what) {
		return field.ErrorList{field.Duplicate(path, key)}
	}
	written.Insert(what)
	if what != "label "+key && strings.HasPrefix(key, autoscalerTaints) {
		return nil
	}
	domain, _, prefixed := strings.Cut(key, "/")
	for _, reserved := range []string{"kubernetes.io", "k8s.io"} {
		if prefixed && (domain == reserved || strings.HasSuffix(domain, "."+reserved)) {
			return field.ErrorList{field.Forbidden(path, "keys under "+reserved+" belong to Kubernetes")}
		}
	}
	return nil
}
