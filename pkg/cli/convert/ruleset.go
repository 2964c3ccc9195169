// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
)

// ruleSet is a rule set as it is written.
type ruleSet struct {
	adapter *Adapter
	metrics []*metric
	lines   []*line
	// preference is nil where nodes are not ranked.
	preference *preference
	// unranked is a rule of scheduleonmetric that gives no order, and leftOut are
	// those that TAS does not look at.
	unranked *rule
	leftOut  []rule
	// inexact tells that a target is not a floating point number.
	inexact bool
}

// line is a rule of a rule set. It has at least one effect.
type line struct {
	name       string
	conditions []condition
	// origins say what in the policy it comes from.
	origins       []string
	reject, evict bool
	labels        map[string]string
}

type condition struct {
	metric   *metric
	operator string // above, below or equals
	value    int64
}

type preference struct {
	metric *metric
	prefer string // Lower or Higher
}

// Operators by those of TAS.
var (
	operators = map[string]string{equals: "equals", lessThan: "below", greaterThan: "above"}
	signs     = map[string]string{equals: "==", lessThan: "<", greaterThan: ">"}
)

func (r rule) sign() string { return signs[r.Operator] }

// conditions are those under which rules are broken.
func (s *ruleSet) conditions(rules []rule) []condition {
	var conditions []condition
	for _, r := range rules {
		c := condition{s.metric(r.MetricName), operators[r.Operator], r.Target.value}
		if !slices.Contains(conditions, c) {
			conditions = append(conditions, c)
		}
		s.inexact = s.inexact || !r.Target.exact()
	}
	return conditions
}

// line is the rule with exactly these conditions.
func (s *ruleSet) line(conditions []condition, origin string) *line {
	index := slices.IndexFunc(s.lines, func(l *line) bool { return slices.Equal(l.conditions, conditions) })
	if index < 0 {
		index = len(s.lines)
		s.lines = append(s.lines, &line{name: s.lineName(conditions), conditions: conditions, labels: map[string]string{}})
	}
	l := s.lines[index]
	if !slices.Contains(l.origins, origin) {
		l.origins = append(l.origins, origin)
	}
	return l
}

func (l *line) label(key, value string) { l.labels[key] = value }

func (s *ruleSet) lineName(conditions []condition) string {
	taken := sets.New[string]()
	for _, l := range s.lines {
		taken.Insert(l.name)
	}
	var names []string
	for _, c := range conditions {
		if !c.metric.derived { // these would make it long
			names = append(names, conditionName(c.metric.name, c.operator, c.value))
		}
	}
	if len(names) == 0 {
		names = append(names, conditions[0].metric.name)
	}
	return unique(strings.Join(names, "-and-"), taken)
}

func (r rule) name(metric string) string {
	return conditionName(metric, operators[r.Operator], r.Target.value)
}

func conditionName(metric, operator string, value int64) string {
	number := strconv.FormatInt(value, 10)
	return metric + "-" + operator + "-" + strings.Replace(number, "-", "minus-", 1)
}

// unique makes a DNS label of a text, and another one of each that is taken.
func unique(text string, taken sets.Set[string]) string {
	label := dnsLabel(text, validation.DNS1123LabelMaxLength)
	for i := 2; taken.Has(label); i++ {
		suffix := fmt.Sprintf("-%d", i)
		label = dnsLabel(text, validation.DNS1123LabelMaxLength-len(suffix)) + suffix
	}
	return label
}

// noLabel is what a DNS label cannot have.
var noLabel = regexp.MustCompile(`[^a-z0-9-]`)

// dnsLabel makes a DNS label of a text.
func dnsLabel(text string, length int) string {
	text = strings.Trim(noLabel.ReplaceAllString(strings.ToLower(text), "-"), "-")
	text = strings.TrimRight(text[:min(length, len(text))], "-")
	if text == "" {
		return "metric"
	}
	return text
}
