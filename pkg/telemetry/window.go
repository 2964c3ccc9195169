// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// WindowFor tells how a change in the cluster comes to show in a metric that is
// asked for by an expression at every interval.
//
// A window that is given, which a recording rule hides, is taken for one of a
// mean, as by far the most are.
func WindowFor(metric v1alpha1.Metric, expression string, interval time.Duration) projection.Window {
	derived := windowOf(expression)
	derived.Lag = interval
	switch {
	case metric.Window == nil:
		return derived
	case metric.Builtin != "", derived.Shape == projection.Instant:
		return projection.Window{Shape: projection.Mean, Length: metric.Window.Value(), Lag: interval}
	default:
		derived.Length = metric.Window.Value()
		return derived
	}
}

// windowOf derives the window from how far back the selectors of an expression
// look. Ranges within ranges add up, and so do offsets.
func windowOf(expression string) projection.Window {
	window := projection.Window{Shape: projection.Instant}
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return window // validation has refused it
	}
	parser.Inspect(parsed, func(node parser.Node, ancestors []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			window = wider(window, windowOfSelector(selector, ancestors))
		}
		return nil
	})
	return window
}

func wider(a, b projection.Window) projection.Window {
	wide := projection.Window{Shape: a.Shape, Length: max(a.Length, b.Length)}
	if a.Length == 0 && a.Shape == projection.Instant {
		wide.Shape = b.Shape
	} else if b.Length > 0 && (a.Shape != b.Shape || a.Length != b.Length) {
		wide.Shape = projection.Opaque // two means of different length are none of either
	}
	return wide
}

func windowOfSelector(selector *parser.VectorSelector, ancestors []parser.Node) projection.Window {
	window := projection.Window{Shape: projection.Instant}
	extend := func(by time.Duration, shape projection.Shape) {
		if by <= 0 {
			return
		}
		if window.Length > 0 {
			shape = projection.Opaque // a mean of means weighs its parts differently
		}
		window.Length, window.Shape = window.Length+by, shape
	}
	for i, ancestor := range ancestors {
		switch expression := ancestor.(type) {
		case *parser.MatrixSelector:
			extend(lookBack(expression.Range, ancestors[:i]))
		case *parser.SubqueryExpr:
			extend(lookBack(expression.Range, ancestors[:i]))
			extend(expression.OriginalOffset, projection.Opaque)
		}
	}
	extend(selector.OriginalOffset, projection.Opaque)
	return window
}

// lookBack is how far back the function that is applied to a range looks, and
// what it makes of it.
func lookBack(reach time.Duration, ancestors []parser.Node) (time.Duration, projection.Shape) {
	for i := len(ancestors) - 1; i >= 0; i-- {
		call, ok := ancestors[i].(*parser.Call)
		if !ok {
			continue
		}
		switch call.Func.Name {
		case "irate", "idelta", "last_over_time":
			return 0, projection.Instant // of the latest samples
		case "rate", "avg_over_time":
			return reach, projection.Mean
		default:
			return reach, projection.Opaque
		}
	}
	return reach, projection.Opaque
}
