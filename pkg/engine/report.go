// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// maxLoggedChanges keeps the log readable when a whole cluster crosses a line.
const maxLoggedChanges = 20

// logChanges tells which nodes have come over a load line or back below it.
func logChanges(logger klog.Logger, changes []verdict.Change, tick time.Time) {
	for i, change := range changes {
		if i == maxLoggedChanges {
			logger.Info("More nodes crossed load lines in the same tick", "count", len(changes)-i, "tick", timestamp(tick))
			return
		}
		values := []any{"node", klog.KRef("", change.Node), "ruleSet", change.Rule.Set, "rule", change.Rule.Rule, "tick", timestamp(tick)}
		if change.Reading.Known {
			values = append(values, "value", change.Reading.Value, "measuredAt", timestamp(change.Reading.Time))
		}
		logger.Info(message(change), values...)
	}
}

// message says what has become of a node.
func message(change verdict.Change) string {
	switch {
	case change.Observed && change.Over:
		return "Node is over a load line that is only observed"
	case change.Observed:
		return "Node is back below a load line that is only observed"
	case change.Over && change.State == verdict.Unknown:
		return "Node is not measured and refuses new pods"
	case change.Over:
		return "Node is over a load line and refuses new pods"
	case change.State == verdict.Unknown:
		return "Node was over a load line and is not measured any more: it refuses no pods"
	default:
		return "Node is back below a load line"
	}
}

// timestamp is a time as text. The JSON log format would write the time of the
// log line in place of any time.Time.
func timestamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// reportRules logs the rule sets that have come into force with the snapshot
// that was just published, and those that have ceased to be.
func (e *Engine) reportRules(ctx context.Context, active []*v1alpha1.RuleSet) {
	logger := klog.FromContext(ctx)
	now := make(map[string]*v1alpha1.RuleSet, len(active))
	for _, rules := range active {
		now[rules.Name] = rules
		if e.inForce[rules.Name] != rules {
			logger.Info("Rule set is in force", "ruleSet", rules.Name)
		}
	}
	for name := range e.inForce {
		if now[name] == nil {
			logger.Info("Rule set is no longer in force", "ruleSet", name)
		}
	}
	e.inForce = now
}

// reportFailures logs the queries that have begun to fail, fail differently or
// have recovered: those that fail alike in one line, since a server that is down
// fails them all. What was said of a query since it began to fail is not said again,
// since a server that is overloaded fails in one way after the other.
func (e *Engine) reportFailures(ctx context.Context, failures map[telemetry.Query]error) {
	logger := klog.FromContext(ctx)
	now := make(map[string][]string, len(failures))
	alike, errs := map[string][]string{}, map[string]error{}
	for query, err := range failures {
		expression, text := query.Expression, err.Error()
		said := now[expression]
		if said == nil {
			said = e.failing[expression]
		}
		if !slices.Contains(said, text) && len(said) < maxSaid {
			alike[text] = append(alike[text], abridge(expression))
			errs[text] = err
			said = append(slices.Clone(said), text)
		}
		now[expression] = said
	}
	for text, expressions := range alike {
		slices.Sort(expressions)
		logger.Error(errs[text], "Unable to measure; the last samples count until they are stale", "queries", expressions)
	}
	var recovered []string
	for _, expression := range slices.Sorted(maps.Keys(e.failing)) {
		if _, still := now[expression]; !still {
			recovered = append(recovered, abridge(expression))
		}
	}
	if len(recovered) > 0 {
		logger.Info("Queries work again", "queries", recovered)
	}
	e.failing = now
}

// abridge keeps the log readable where a query has thousands of characters.
func abridge(expression string) string {
	const shown = 500
	if len(expression) <= shown {
		return expression
	}
	return strings.ToValidUTF8(expression[:shown], "") + "..."
}

// maxSaid is the number of reasons that are logged of one query that goes on failing.
const maxSaid = 5

// fit is how the answers to a query have fitted the nodes.
type fit struct {
	kind  fitKind
	since time.Time
	// said is what was last logged.
	said fitKind
}

type fitKind int

const (
	// fitting answers tell nodes, or there has been none.
	fitting fitKind = iota
	// foreign answers have series, of which none tells a node.
	foreign
	// empty answers have no series.
	empty
)

func kindOf(match telemetry.Match) fitKind {
	switch {
	case match.Foreign():
		return foreign
	case match.Empty():
		return empty
	default:
		return fitting
	}
}

// reportFits logs the queries that have begun or ceased to tell nothing about any
// node. That an answer is empty is not worth a line before its samples would be
// stale: a rate has nothing to say of the first scrape.
func (e *Engine) reportFits(ctx context.Context, queries map[verdict.MetricKey]telemetry.Query, nodes int, now time.Time) {
	if nodes == 0 {
		return
	}
	logger := klog.FromContext(ctx)
	fits := make(map[telemetry.Query]fit, len(queries))
	for _, query := range queries {
		if _, seen := fits[query]; seen {
			continue
		}
		match, next := e.measurer.Match(query), e.fits[query]
		if kind := kindOf(match); kind != next.kind {
			next.kind, next.since = kind, now
		}
		switch {
		case next.kind == next.said:
		case next.kind == fitting:
			next.said = fitting
			logger.Info("Query names nodes now", "query", query.Expression, "series", match.Series)
		case next.kind == foreign:
			next.said = foreign
			logger.Info("Query names no node: none of its series has a label with a node's name or address. Aggregate by such a label, or set nodeLabel",
				"query", query.Expression, "nodeLabel", query.NodeLabel, "series", match.Series, "example", match.Example)
		case now.Sub(next.since) >= query.MaxAge:
			next.said = empty
			logger.Info("Query returns nothing", "query", query.Expression, "since", timestamp(next.since))
		}
		fits[query] = next
	}
	e.fits = fits
}
