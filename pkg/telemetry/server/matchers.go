// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// matchersOf are matchers for equality, in the order of their labels.
func matchersOf(values map[string]string) []*labels.Matcher {
	matchers := make([]*labels.Matcher, 0, len(values))
	for _, label := range slices.Sorted(maps.Keys(values)) {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, label, values[label]))
	}
	return matchers
}

// restrict adds matchers to every selector in an expression. What a selector
// says of the same label stays, so that the expression cannot get around them.
func restrict(expression string, matchers []*labels.Matcher) (string, error) {
	if len(matchers) == 0 {
		return expression, nil
	}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return "", err
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			selector.LabelMatchers = append(selector.LabelMatchers, matchers...)
		}
		return nil
	})
	return parsed.String(), nil
}
