// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	// maxQuery bounds a PromQL expression, in bytes.
	maxQuery = 16 << 10
	// maxDepth bounds its nesting, with each term of a sum one deeper than the one
	// before it: to go through an expression takes memory by the square of that.
	maxDepth = 200
	// maxSteps bounds the steps of a subquery, for each of which memory is set aside of
	// each series before it is known how much there is. Prometheus' API gives as many
	// points of a series.
	maxSteps = 11_000
)

// maxNamed is the number of metrics that an error about another one names.
const maxNamed = 20

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
	errs = append(errs, validateChoice(rules.Spec.Mode, []Mode{Enforce, Observe}, spec.Child("mode"))...)
	errs = append(errs, validateSelectors(&rules.Spec, spec)...)
	if len(rules.Spec.Rules) == 0 && len(rules.Spec.Preferences) == 0 {
		errs = append(errs, field.Required(spec, "give rules or preferences: a rule set with neither has no effect"))
	}
	metrics := sets.New[string]()
	for i := range rules.Spec.Metrics {
		errs = append(errs, validateMetric(&rules.Spec.Metrics[i], metrics, spec.Child("metrics").Index(i))...)
	}
	names, marks, shared := sets.New[string](), sets.New[string](), sharedMetrics(rules.Spec.Metrics)
	for i := range rules.Spec.Rules {
		path := spec.Child("rules").Index(i)
		errs = append(errs, validateRule(&rules.Spec.Rules[i], names, metrics, path)...)
		errs = append(errs, validateEvict(&rules.Spec.Rules[i], metrics, shared, path.Child("evict"))...)
		errs = append(errs, validateMarks(&rules.Spec.Rules[i], marks, path)...)
	}
	for i := range rules.Spec.Preferences {
		errs = append(errs, validatePreference(&rules.Spec.Preferences[i], metrics, spec.Child("preferences").Index(i))...)
	}
	return errs
}

func validateSelectors(spec *RuleSetSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, selector := range []struct {
		name  string
		value *metav1.LabelSelector
	}{{"podSelector", spec.PodSelector}, {"namespaceSelector", spec.NamespaceSelector}, {"nodeSelector", spec.NodeSelector}} {
		if selector.value != nil {
			errs = append(errs, metav1validation.ValidateLabelSelector(selector.value,
				metav1validation.LabelSelectorValidationOptions{}, path.Child(selector.name))...)
		}
	}
	for i, name := range spec.PriorityClassNames {
		errs = append(errs, validateName(name, validation.IsDNS1123Subdomain, path.Child("priorityClassNames").Index(i))...)
	}
	return errs
}

// ValidateInterval checks the time between two measurements. Nil stands for the
// default.
func ValidateInterval(interval *Duration, path *field.Path) field.ErrorList {
	if errs := validateDuration(interval, path); len(errs) > 0 {
		return errs
	}
	if interval == nil {
		return nil
	}
	if value := interval.Value(); value < MinInterval || value > MaxInterval || value%time.Second != 0 {
		return field.ErrorList{field.Invalid(path, interval.String(),
			fmt.Sprintf("must be whole seconds between %s and %s", MinInterval, MaxInterval))}
	}
	return nil
}

func validateMetric(metric *Metric, names sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateUniqueName(metric.Name, validation.IsDNS1123Label, names, path.Child("name"))
	errs = append(errs, validateSource(metric, path)...)
	errs = append(errs, validateDuration(metric.Window, path.Child("window"))...)
	if metric.Builtin != "" {
		errs = append(errs, validateBuiltin(metric, path)...)
	}
	if metric.Resource != "" {
		errs = append(errs, validateName(metric.Resource, validation.IsQualifiedName, path.Child("resource"))...)
	}
	if metric.PerPod != nil {
		errs = append(errs, validatePerPod(metric.PerPod, path.Child("perPod"))...)
	}
	return append(errs, validateDuration(metric.StaleAfter, path.Child("staleAfter"))...)
}

// validateBuiltin refuses what only a query can be given.
func validateBuiltin(metric *Metric, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if metric.Window != nil && !metric.Builtin.Windowed() {
		errs = append(errs, field.Forbidden(path.Child("window"), fmt.Sprintf("the built-in %q is not averaged over a window", metric.Builtin)))
	}
	for _, given := range []struct {
		name string
		is   bool
	}{{"nodeLabel", metric.NodeLabel != ""}, {"resource", metric.Resource != ""}, {"perPod", metric.PerPod != nil}} {
		if given.is {
			errs = append(errs, field.Forbidden(path.Child(given.name), "is only for a query: a built-in metric has its own"))
		}
	}
	return errs
}

func validatePerPod(perPod *PerPod, path *field.Path) field.ErrorList {
	errs := validateQuery(perPod.Query, path.Child("query"))
	for _, label := range []struct{ name, value string }{{"podLabel", perPod.PodLabel}, {"namespaceLabel", perPod.NamespaceLabel}} {
		if !model.UTF8Validation.IsValidLabelName(label.value) {
			errs = append(errs, field.Invalid(path.Child(label.name), label.value, "is not the name of a Prometheus label"))
		}
	}
	return errs
}

func validateSource(metric *Metric, path *field.Path) field.ErrorList {
	switch {
	case metric.Builtin != "" && metric.Query != "":
		return field.ErrorList{field.Forbidden(path.Child("query"), "may not be given together with builtin")}
	case metric.Builtin != "":
		return validateChoice(metric.Builtin, Builtins(), path.Child("builtin"))
	case metric.Query != "":
		return validateQuery(metric.Query, path.Child("query"))
	default:
		return field.ErrorList{field.Required(path, "give builtin or query")}
	}
}

func validateQuery(query string, path *field.Path) field.ErrorList {
	if len(query) > maxQuery {
		return field.ErrorList{field.TooLong(path, "", maxQuery)}
	}
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return field.ErrorList{field.Invalid(path, query, "does not parse as PromQL: "+err.Error())}
	}
	if depth(expression) > maxDepth {
		return field.ErrorList{field.Invalid(path, field.OmitValueType{}, fmt.Sprintf("is nested more than %d levels deep", maxDepth))}
	}
	if steps := steps(expression); steps > maxSteps {
		return field.ErrorList{field.Invalid(path, query, fmt.Sprintf("has a subquery of %d steps, and may have %d at most: shorten its range or lengthen its step", steps, maxSteps))}
	}
	if kind := expression.Type(); kind != parser.ValueTypeVector {
		return field.ErrorList{field.Invalid(path, query,
			fmt.Sprintf("must yield an instant vector with one sample per node, but yields a %s", parser.DocumentedType(kind)))}
	}
	for _, selector := range parser.ExtractSelectors(expression) {
		if !namesMetric(selector) {
			return field.ErrorList{field.Invalid(path, query,
				"must name each metric that it selects, not match names by a pattern: the age of the data is looked up by name")}
		}
	}
	return nil
}

// steps is the number of steps of the longest subquery. One that does not say how long
// they are has them a minute long.
func steps(expression parser.Expr) int64 {
	var most int64
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if subquery, ok := node.(*parser.SubqueryExpr); ok {
			most = max(most, int64(subquery.Range/cmp.Or(subquery.Step, time.Minute)))
		}
		return nil
	})
	return most
}

func depth(node parser.Node) int {
	deepest := 0
	for child := range parser.ChildrenIter(node) {
		deepest = max(deepest, depth(child))
	}
	return deepest + 1
}

// namesMetric tells whether a selector is for the series of one name.
func namesMetric(selector []*labels.Matcher) bool {
	return slices.ContainsFunc(selector, func(matcher *labels.Matcher) bool {
		return matcher.Name == model.MetricNameLabel && matcher.Type == labels.MatchEqual
	})
}

func validateRule(rule *Rule, names, metrics sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateUniqueName(rule.Name, validation.IsDNS1123Label, names, path.Child("name"))
	if len(rule.When) == 0 {
		errs = append(errs, field.Required(path.Child("when"), "give at least one condition"))
	}
	for i := range rule.When {
		errs = append(errs, validateCondition(&rule.When[i], metrics, path.Child("when").Index(i))...)
	}
	errs = append(errs, validateDuration(rule.For, path.Child("for"))...)
	errs = append(errs, validateChoice(rule.OnMissing, []MissingPolicy{Allow, RejectMissing}, path.Child("onMissing"))...)
	if rule.Reject == nil && rule.Evict == nil && rule.Taint == nil && len(rule.Labels) == 0 {
		errs = append(errs, field.Required(path, "give the rule an effect: reject, evict, taint or labels"))
	}
	if rule.Reject != nil {
		errs = append(errs, validateShare(rule.Reject.MaxNodes, path.Child("reject", "maxNodes"))...)
		errs = append(errs, validateDuration(rule.Reject.GiveUpAfter, path.Child("reject", "giveUpAfter"))...)
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
	switch {
	case preference.Prefer == "" && preference.Near == nil:
		errs = append(errs, field.Required(path.Child("prefer"), "give Lower or Higher, or give near"))
	case preference.Prefer != "" && preference.Near != nil:
		errs = append(errs, field.Forbidden(path.Child("near"), "may not be given together with prefer"))
	case preference.Near != nil:
		errs = append(errs, validateThreshold(preference.Near, path.Child("near"))...)
	default:
		errs = append(errs, validateChoice(preference.Prefer, []Direction{Lower, Higher}, path.Child("prefer"))...)
	}
	errs = append(errs, validateRange(preference.Range, path.Child("range"))...)
	if weight := *preference.Weight; weight < 1 || weight > MaxWeight {
		errs = append(errs, field.Invalid(path.Child("weight"), weight, validation.InclusiveRangeError(1, MaxWeight)))
	}
	return errs
}

func validateRange(bounds []Threshold, path *field.Path) field.ErrorList {
	if bounds == nil {
		return nil
	}
	if len(bounds) != 2 {
		return field.ErrorList{field.Invalid(path, len(bounds), "must be two numbers, the lowest and the highest value")}
	}
	var errs field.ErrorList
	for i := range bounds {
		errs = append(errs, validateThreshold(&bounds[i], path.Index(i))...)
	}
	if len(errs) == 0 && bounds[0].Value() >= bounds[1].Value() {
		errs = append(errs, field.Invalid(path, fmt.Sprintf("[%s, %s]", bounds[0], bounds[1]), "is empty: the first number must be less than the second"))
	}
	return errs
}

// validateShare accepts nil, which stands for no limit.
func validateShare(share *Threshold, path *field.Path) field.ErrorList {
	if share == nil {
		return nil
	}
	if errs := validateThreshold(share, path); len(errs) > 0 {
		return errs
	}
	if value := share.Value(); value < 0 || value > 1 {
		return field.ErrorList{field.Invalid(path, share.String(), "must be a share of the nodes, between 0% and 100%")}
	}
	return nil
}

// validateChoice checks a value that must be one of a few.
func validateChoice[T ~string](value T, choices []T, path *field.Path) field.ErrorList {
	if slices.Contains(choices, value) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, value, choices)}
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
		return field.ErrorList{field.Invalid(path, name, "is not defined under spec.metrics ("+named(metrics)+")")}
	}
	return nil
}

// named says which metrics are defined, where these are not too many to tell.
func named(metrics sets.Set[string]) string {
	switch count := metrics.Len(); {
	case count == 0:
		return "none is"
	case count > maxNamed:
		return fmt.Sprintf("%d others are", count)
	default:
		return fmt.Sprintf("defined are %q", sets.List(metrics))
	}
}

func validateUniqueName(name string, check func(string) []string, taken sets.Set[string], path *field.Path) field.ErrorList {
	errs := validateName(name, check, path)
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
