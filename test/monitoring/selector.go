// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// targetLabels are those that Prometheus itself adds to the series of whom it asks,
// but for job, which tells the programs from each other.
var targetLabels = []string{"cluster", "namespace", "instance", "pod"}

// anything stands for what whoever looks chooses, or an alert fills in.
const anything = "__anything__"

// choices are what expressions have in place of a value.
var choices = strings.NewReplacer("$__rate_interval", "5m", "$cluster", anything, "$program", anything, "$rule_set", anything, "$metric", anything, "%s", anything)

// Selector is a metric that an expression asks for.
type Selector struct {
	Metric string
	// Matchers are about the metric's own labels, and about the job.
	Matchers []*labels.Matcher
	// Grouping are further labels that the metric has to have, since the expression
	// groups or joins by them, or somebody chooses their value.
	Grouping []string
	// Where says who asks.
	Where string
}

// Selectors are those of everything that is shipped.
func Selectors() ([]Selector, error) {
	alerts, err := Alerts()
	if err != nil {
		return nil, err
	}
	dashboard, err := ReadDashboard()
	if err != nil {
		return nil, err
	}
	var all []Selector
	add := func(where, expression string) {
		found, wrong := SelectorsIn(expression)
		if wrong != nil && err == nil {
			err = fmt.Errorf("%s: %w", where, wrong)
		}
		for _, selector := range found {
			selector.Where = where
			all = append(all, selector)
		}
	}
	for _, alert := range alerts {
		add("alert "+alert.Name, alert.Expression)
		for _, text := range alert.Annotations {
			for _, expression := range templateQueries(text) {
				add("an annotation of alert "+alert.Name, expression)
			}
		}
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			add(fmt.Sprintf("panel %q", panel.Title), target.Expression)
		}
	}
	for _, variable := range dashboard.Templating.List {
		for _, match := range labelValues.FindAllStringSubmatch(variable.Definition, -1) {
			all = append(all, Selector{Metric: match[1], Grouping: ownLabels([]string{match[2]}), Where: "variable " + variable.Name})
		}
	}
	return all, err
}

var (
	labelValues = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)
	quoted      = regexp.MustCompile(`"([^"]*loadline_[^"]*)"`)
)

// templateQueries are the expressions that the text of an alert asks for.
func templateQueries(text string) []string {
	var expressions []string
	for _, match := range quoted.FindAllStringSubmatch(text, -1) {
		expressions = append(expressions, match[1])
	}
	return expressions
}

// SelectorsIn are those of one expression.
func SelectorsIn(expression string) ([]Selector, error) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(choices.Replace(expression))
	if err != nil {
		return nil, fmt.Errorf("parsing %q: %w", expression, err)
	}
	var selectors []Selector
	parser.Inspect(parsed, func(node parser.Node, path []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			matchers, chosen := ownMatchers(selector.LabelMatchers)
			has := append(chosen, grouping(selector, path)...)
			slices.Sort(has)
			selectors = append(selectors, Selector{Metric: selector.Name, Matchers: matchers, Grouping: slices.Compact(has)})
		}
		return nil
	})
	return selectors, nil
}

// ownMatchers are those about the metric's own labels. chosen are the labels whose value
// is anything.
func ownMatchers(matchers []*labels.Matcher) (own []*labels.Matcher, chosen []string) {
	for _, matcher := range matchers {
		switch {
		case matcher.Name == model.MetricNameLabel, slices.Contains(targetLabels, matcher.Name):
		case matcher.Value == anything:
			chosen = append(chosen, matcher.Name)
		default:
			own = append(own, matcher)
		}
	}
	return own, chosen
}

// grouping are the labels by which the nodes above a selector group and join it. The
// far side of a join is let be: what it lacks may come from the other.
func grouping(selector parser.Node, path []parser.Node) []string {
	found := map[string]bool{}
	below := selector
	for _, node := range slices.Backward(path) {
		switch node := node.(type) {
		case *parser.AggregateExpr:
			if !node.Without {
				insert(found, node.Grouping)
			}
			return slices.Sorted(maps.Keys(found)) // there are no other labels above
		case *parser.BinaryExpr:
			if node.VectorMatching != nil && node.VectorMatching.On {
				insert(found, node.VectorMatching.MatchingLabels)
			}
			if isFarSide(node, below) {
				return slices.Sorted(maps.Keys(found))
			}
		case *parser.Call:
			if node.Func.Name == "absent" {
				return nil
			}
		}
		below = node
	}
	return slices.Sorted(maps.Keys(found))
}

// isFarSide tells whether the labels of one side of an operator do not reach what is
// above it.
func isFarSide(operator *parser.BinaryExpr, side parser.Node) bool {
	matching := operator.VectorMatching
	if matching == nil {
		return false
	}
	switch {
	case operator.Op.IsSetOperator():
		return operator.Op != parser.LOR && side == operator.RHS
	case matching.Card == parser.CardManyToOne:
		return side == operator.RHS
	case matching.Card == parser.CardOneToMany:
		return side == operator.LHS
	}
	return false
}

func insert(set map[string]bool, names []string) {
	for _, name := range ownLabels(names) {
		set[name] = true
	}
}

// ownLabels leaves out those that Prometheus adds.
func ownLabels(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(targetLabels, name) })
}
