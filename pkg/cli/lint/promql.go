// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package lint

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// tellsNode tells whether the result of a query can have a label that tells the
// node. It is wrong only on the safe side: which labels series have is not known
// here.
func tellsNode(query, nodeLabel string) bool {
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return true // not a matter of labels
	}
	if nodeLabel != "" {
		return carries(expression, nodeLabel)
	}
	return carries(expression, "node") || carries(expression, "instance")
}

// carries tells whether the result of an expression can have a label.
func carries(expression parser.Expr, label string) bool {
	switch e := expression.(type) {
	case *parser.AggregateExpr:
		return aggregateCarries(e, label)
	case *parser.BinaryExpr:
		return binaryCarries(e, label)
	case *parser.Call:
		return callCarries(e, label)
	case *parser.ParenExpr:
		return carries(e.Expr, label)
	case *parser.UnaryExpr:
		return carries(e.Expr, label)
	case *parser.StepInvariantExpr:
		return carries(e.Expr, label)
	case *parser.SubqueryExpr:
		return carries(e.Expr, label)
	case *parser.NumberLiteral, *parser.StringLiteral:
		return false
	default: // a selector
		return true
	}
}

func aggregateCarries(e *parser.AggregateExpr, label string) bool {
	switch e.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return carries(e.Expr, label) // they choose among series
	case parser.COUNT_VALUES:
		if is(e.Param, label) {
			return true
		}
	}
	return slices.Contains(e.Grouping, label) != e.Without && carries(e.Expr, label)
}

func binaryCarries(e *parser.BinaryExpr, label string) bool {
	left, right := carries(e.LHS, label), carries(e.RHS, label)
	matching := e.VectorMatching
	switch {
	case matching == nil: // one side is a scalar
		return left || right
	case e.Op == parser.LOR:
		return left || right
	case e.Op == parser.LAND, e.Op == parser.LUNLESS:
		return left
	case matching.Card == parser.CardManyToOne:
		return left || right && slices.Contains(matching.Include, label)
	case matching.Card == parser.CardOneToMany:
		return right || left && slices.Contains(matching.Include, label)
	default: // what is matched on is left
		return left && slices.Contains(matching.MatchingLabels, label) == matching.On
	}
}

func callCarries(e *parser.Call, label string) bool {
	switch e.Func.Name {
	case "label_replace", "label_join":
		if is(e.Args[1], label) {
			return true
		}
		return carries(e.Args[0], label)
	case "vector", "scalar", "time":
		return false
	default: // absent() has the labels that its selector compares
		return slices.ContainsFunc(e.Args, func(arg parser.Expr) bool { return carries(arg, label) })
	}
}

// is tells whether an expression is the name of a label.
func is(expression parser.Expr, label string) bool {
	literal, ok := expression.(*parser.StringLiteral)
	return ok && literal.Val == label
}
