// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// MaxWeight is the greatest weight of a preference.
const MaxWeight = 100

// Bounds of the telemetry interval.
const (
	MinInterval = time.Second
	MaxInterval = 5 * time.Minute
)

// ValidateRuleSet checks a rule set whose defaults are filled in.
func ValidateRuleSet(rules *RuleSet) field.ErrorList {
	errs := validateName(rules.Name, validation.IsDNS1123Subdomain, field.NewPath("metadata", "name"))
	spec := field.NewPath("spec")
	if rules.Spec.PodSelector != nil {
		errs = append(errs, metav1validation.ValidateLabelSelector(rules.Spec.PodSelector,
			metav1validation.LabelSelectorValidationOptions{}, spec.Child("podSelector"))...)
	}
	if len(rules.Spec.Rules) == 0 && len(rules.Spec.Preferences) == 0 {
		errs = append(errs, field.Required(spec, "give rules or preferences: a rule set with neither has no effect"))
	}
	metrics := sets.New[string]()
	for i := range rules.Spec.Metrics {
		errs = append(errs, validateMetric(&rules.Spec.Metrics[i], metrics, spec.Child("metrics").Index(i))...)
	}
	names := sets.New[string]()
	for i := range rules.Spec.Rules {
		errs = append(errs, validateRule(&rules.Spec.Rules[i], names, metrics, spec.Child("rules").Index(i))...)
	}
	for i := range rules.Spec.Preferences {
		errs = append(errs, validatePreference(&rules.Spec.Preferences[i], metrics, spec.Child("preferences").Index(i))...)
	}
	return errs
}

// ValidateLoadlineArgs checks arguments whose defaults are filled in.
func ValidateLoadlineArgs(args *LoadlineArgs) field.ErrorList {
	errs := validateName(args.RulesNamespace, validation.IsDNS1123Label, field.NewPath("rulesNamespace"))
	telemetry := field.NewPath("telemetry")
	errs = append(errs, validateInterval(args.Telemetry.Interval, telemetry.Child("interval"))...)
	kubelets, path := args.Telemetry.Embedded.Kubelets, telemetry.Child("embedded", "kubelets")
	errs = append(errs, validateName(kubelets.ServiceAccount, validation.IsDNS1123Subdomain, path.Child("serviceAccount"))...)
	if kubelets.InsecureSkipVerify && kubelets.CAFile != "" {
		errs = append(errs, field.Forbidden(path.Child("caFile"), "may not be given together with insecureSkipVerify"))
	}
	return errs
}

func validateInterval(interval *Duration, path *field.Path) field.ErrorList {
	if errs := validateDuration(interval, path); len(errs) > 0 {
		return errs
	}
	if value := interval.Value(); value < MinInterval || value > MaxInterval || value%time.Second != 0 {
		return field.ErrorList{field.Invalid(path, interval.String(),
			fmt.Sprintf("must be whole seconds between %s and %s", MinInterval, MaxInterval))}
	}
	return nil
}

func validateMetric(metric *Metric, names sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateUniqueName(metric.Name, names, path.Child("name"))
	errs = append(errs, validateSource(metric, path)...)
	errs = append(errs, validateDuration(metric.Window, path.Child("window"))...)
	if metric.Window != nil && metric.Builtin != BuiltinCPU {
		errs = append(errs, field.Forbidden(path.Child("window"), `only the built-in "cpu" is averaged over a window; a query has its own`))
	}
	if metric.NodeLabel != "" && metric.Builtin != "" {
		errs = append(errs, field.Forbidden(path.Child("nodeLabel"), "is only for a query"))
	}
	return append(errs, validateDuration(metric.StaleAfter, path.Child("staleAfter"))...)
}

func validateSource(metric *Metric, path *field.Path) field.ErrorList {
	switch {
	case metric.Builtin != "" && metric.Query != "":
		return field.ErrorList{field.Forbidden(path.Child("query"), "may not be given together with builtin")}
	case metric.Builtin != "":
		if known := []Builtin{BuiltinCPU, BuiltinMemory}; !slices.Contains(known, metric.Builtin) {
			return field.ErrorList{field.NotSupported(path.Child("builtin"), metric.Builtin, known)}
		}
		return nil
	case metric.Query != "":
		return validateQuery(metric.Query, path.Child("query"))
	default:
		return field.ErrorList{field.Required(path, "give builtin or query")}
	}
}

func validateQuery(query string, path *field.Path) field.ErrorList {
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return field.ErrorList{field.Invalid(path, query, "does not parse as PromQL: "+err.Error())}
	}
	if kind := expression.Type(); kind != parser.ValueTypeVector {
		return field.ErrorList{field.Invalid(path, query,
			fmt.Sprintf("must yield an instant vector with one sample per node, but yields a %s", parser.DocumentedType(kind)))}
	}
	for _, selector := range parser.ExtractSelectors(expression) {
		if !namesMetric(selector) {
			return field.ErrorList{field.Invalid(path, query,
				"must name each metric that it selects: the age of the data cannot be asked for by a pattern of names")}
		}
	}
	return nil
}

// namesMetric tells whether a selector is for the series of one name.
func namesMetric(selector []*labels.Matcher) bool {
	return slices.ContainsFunc(selector, func(matcher *labels.Matcher) bool {
		return matcher.Name == model.MetricNameLabel && matcher.Type == labels.MatchEqual
	})
}

func validateRule(rule *Rule, names, metrics sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateUniqueName(rule.Name, names, path.Child("name"))
	if len(rule.When) == 0 {
		errs = append(errs, field.Required(path.Child("when"), "give at least one condition"))
	}
	for i := range rule.When {
		errs = append(errs, validateCondition(&rule.When[i], metrics, path.Child("when").Index(i))...)
	}
	if rule.Reject == nil {
		errs = append(errs, field.Required(path, "give the rule an effect: reject"))
	}
	return errs
}

func validateCondition(condition *Condition, metrics sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateMetricReference(condition.Metric, metrics, path.Child("metric"))
	operators := 0
	for _, operator := range []struct {
		name      string
		threshold *Threshold
	}{{"above", condition.Above}, {"below", condition.Below}, {"equals", condition.Equals}} {
		if operator.threshold != nil {
			operators++
			errs = append(errs, validateThreshold(operator.threshold, path.Child(operator.name))...)
		}
	}
	switch operators {
	case 0:
		return append(errs, field.Required(path, "give one of above, below and equals"))
	case 1:
		return append(errs, validateClear(condition, path.Child("clear"))...)
	default:
		return append(errs, field.Forbidden(path, "give only one of above, below and equals"))
	}
}

func validateClear(condition *Condition, path *field.Path) field.ErrorList {
	limit := condition.Clear
	if limit == nil {
		return nil
	}
	if errs := validateThreshold(limit, path); len(errs) > 0 {
		return errs
	}
	switch {
	case condition.Equals != nil:
		return field.ErrorList{field.Forbidden(path, "may not be given together with equals")}
	case condition.Above != nil && limit.Value() > condition.Above.Value():
		return field.ErrorList{field.Invalid(path, limit.String(), fmt.Sprintf("must not be greater than above (%s)", condition.Above))}
	case condition.Below != nil && limit.Value() < condition.Below.Value():
		return field.ErrorList{field.Invalid(path, limit.String(), fmt.Sprintf("must not be less than below (%s)", condition.Below))}
	}
	return nil
}

func validatePreference(preference *Preference, metrics sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateMetricReference(preference.Metric, metrics, path.Child("metric"))
	switch directions := []Direction{Lower, Higher}; {
	case preference.Prefer == "":
		errs = append(errs, field.Required(path.Child("prefer"), "give Lower or Higher"))
	case !slices.Contains(directions, preference.Prefer):
		errs = append(errs, field.NotSupported(path.Child("prefer"), preference.Prefer, directions))
	}
	if weight := *preference.Weight; weight < 1 || weight > MaxWeight {
		errs = append(errs, field.Invalid(path.Child("weight"), weight, validation.InclusiveRangeError(1, MaxWeight)))
	}
	return errs
}

func validateThreshold(threshold *Threshold, path *field.Path) field.ErrorList {
	if threshold.err != nil {
		return field.ErrorList{field.Invalid(path, threshold.text, threshold.err.Error())}
	}
	return nil
}

// validateDuration accepts nil, which stands for the default.
func validateDuration(duration *Duration, path *field.Path) field.ErrorList {
	switch {
	case duration == nil:
		return nil
	case duration.err != nil:
		return field.ErrorList{field.Invalid(path, duration.text, duration.err.Error())}
	case duration.value <= 0:
		return field.ErrorList{field.Invalid(path, duration.text, "must be greater than zero")}
	}
	return nil
}

func validateMetricReference(name string, metrics sets.Set[string], path *field.Path) field.ErrorList {
	switch {
	case name == "":
		return field.ErrorList{field.Required(path, "")}
	case !metrics.Has(name):
		defined := "none is"
		if metrics.Len() > 0 {
			defined = fmt.Sprintf("defined are %q", sets.List(metrics))
		}
		return field.ErrorList{field.Invalid(path, name, "is not defined under spec.metrics ("+defined+")")}
	}
	return nil
}

func validateUniqueName(name string, taken sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateName(name, validation.IsDNS1123Label, path)
	if name != "" && taken.Has(name) {
		errs = append(errs, field.Duplicate(path, name))
	}
	taken.Insert(name)
	return errs
}

func validateName(name string, check func(string) []string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	for _, message := range check(name) {
		return field.ErrorList{field.Invalid(path, name, message)}
	}
	return nil
}
