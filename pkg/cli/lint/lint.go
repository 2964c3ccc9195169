// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package lint finds what is legal in a rule set and probably not meant.
package lint

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// suspicious is the value above which a fraction looks like a percentage whose
// sign was forgotten. It leaves room for fractions of what can be overcommitted.
const suspicious = 1.5

// Warning is what is suspicious about a field.
type Warning struct {
	Path    *field.Path
	Message string
}

// Check looks at a valid rule set whose defaults are filled in.
func Check(rules *v1alpha1.RuleSet) []Warning {
	c := checker{metrics: map[string]*v1alpha1.Metric{}, fractions: sets.New[string](), used: sets.New[string]()}
	spec := field.NewPath("spec")
	for i := range rules.Spec.Metrics {
		metric := &rules.Spec.Metrics[i]
		c.metrics[metric.Name] = metric
		if metric.Builtin != "" || metric.Resource != "" {
			c.fractions.Insert(metric.Name)
		}
	}
	for i := range rules.Spec.Rules {
		c.checkRule(&rules.Spec.Rules[i], spec.Child("rules").Index(i))
	}
	for i := range rules.Spec.Preferences {
		c.checkPreference(&rules.Spec.Preferences[i], spec.Child("preferences").Index(i))
	}
	for i := range rules.Spec.Metrics {
		c.checkMetric(&rules.Spec.Metrics[i], spec.Child("metrics").Index(i))
	}
	return c.warnings
}

type checker struct {
	// metrics are those of the rule set, by name.
	metrics map[string]*v1alpha1.Metric
	// fractions are the metrics that run from 0 to 1.
	fractions sets.Set[string]
	// used are the metrics that a rule or a preference refers to.
	used     sets.Set[string]
	warnings []Warning
}

func (c *checker) warn(path *field.Path, format string, values ...any) {
	c.warnings = append(c.warnings, Warning{path, fmt.Sprintf(format, values...)})
}

func (c *checker) checkRule(rule *v1alpha1.Rule, path *field.Path) {
	for i := range rule.When {
		c.checkCondition(&rule.When[i], path.Child("when").Index(i))
	}
	if reject := rule.Reject; reject != nil {
		if reject.MaxNodes == nil {
			c.warn(path.Child("reject"), "has no maxNodes: when the whole cluster is over the line, no pod is placed any more (50%% is a good start)")
		}
		if reject.GiveUpAfter == nil {
			c.warn(path.Child("reject"), "has no giveUpAfter: a pod may wait for ever (5m is a good start)")
		}
	}
	if taint := rule.Taint; taint != nil && taint.Effect == corev1.TaintEffectNoSchedule && taint.MaxNodes == nil {
		c.warn(path.Child("taint"), "has no maxNodes: when the whole cluster is over the line, no scheduler places a pod any more, and giveUpAfter does not help (20%% is a good start)")
	}
	if rule.Evict != nil {
		c.checkEvict(rule, path)
	}
}

func (c *checker) checkCondition(condition *v1alpha1.Condition, path *field.Path) {
	c.used.Insert(condition.Metric)
	if !c.fractions.Has(condition.Metric) {
		return
	}
	c.checkFraction(condition.Above, path.Child("above"))
	c.checkFraction(condition.Below, path.Child("below"))
	c.checkFraction(condition.Equals, path.Child("equals"))
	c.checkReach(condition, path)
}

// checkReach finds conditions on a fraction that can never begin to hold, or
// never cease to.
func (c *checker) checkReach(condition *v1alpha1.Condition, path *field.Path) {
	limit := condition.Clear
	switch above, below, equals := condition.Above, condition.Below, condition.Equals; {
	case above != nil && within(above, 1, suspicious):
		c.warn(path.Child("above"), "can never hold: a fraction is not above 100%%")
	case above != nil && above.Value() < 0:
		c.warn(path.Child("above"), "always holds: a fraction is never negative")
	case above != nil && limit != nil && limit.Value() <= 0 && limit.Value() < above.Value():
		c.warn(path.Child("clear"), "can never clear: a fraction is not below %s", limit)
	case below != nil && below.Value() <= 0:
		c.warn(path.Child("below"), "can never hold: a fraction is never negative")
	case below != nil && below.Value() > 1 && below.Value() <= suspicious:
		c.warn(path.Child("below"), "always holds: a fraction is not above 100%%")
	case below != nil && limit != nil && limit.Value() >= 1 && limit.Value() > below.Value():
		c.warn(path.Child("clear"), "can never clear: a fraction is not above %s", limit)
	case equals != nil && (equals.Value() < 0 || equals.Value() > 1 && equals.Value() <= suspicious):
		c.warn(path.Child("equals"), "can never hold: a fraction is between 0 and 1")
	}
}

func within(threshold *v1alpha1.Threshold, low, high float64) bool {
	return low <= threshold.Value() && threshold.Value() <= high
}

// checkFraction finds percentages without their sign.
func (c *checker) checkFraction(threshold *v1alpha1.Threshold, path *field.Path) {
	if threshold == nil || threshold.Value() <= suspicious {
		return
	}
	hint := ""
	if text := threshold.String(); threshold.Value() <= 100 && !strings.HasSuffix(strings.TrimSpace(text), "%") {
		hint = fmt.Sprintf(": did you mean %s%%?", text)
	}
	c.warn(path, "a fraction compared with %s%s", threshold, hint)
}

func (c *checker) checkPreference(preference *v1alpha1.Preference, path *field.Path) {
	c.used.Insert(preference.Metric)
	if !c.fractions.Has(preference.Metric) {
		return
	}
	c.checkFraction(preference.Near, path.Child("near"))
	for i := range preference.Range {
		c.checkFraction(&preference.Range[i], path.Child("range").Index(i))
	}
}

func (c *checker) checkMetric(metric *v1alpha1.Metric, path *field.Path) {
	if !c.used.Has(metric.Name) {
		c.warn(path, "%q is measured, and no rule or preference uses it", metric.Name)
	}
	if metric.PerPod != nil && metric.Resource == "" {
		c.warn(path.Child("perPod"), "has no effect without a resource, which the pods' shares would be of")
	}
	if metric.Query == "" || tellsNode(metric.Query, metric.NodeLabel) {
		return
	}
	if metric.NodeLabel != "" {
		c.warn(path.Child("query"), "its result has no label %q, which nodeLabel names, to tell the node", metric.NodeLabel)
		return
	}
	c.warn(path.Child("query"), `its result has no label "node" or "instance" to tell the node: aggregate by (node), or give nodeLabel`)
}
