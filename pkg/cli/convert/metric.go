// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"k8s.io/apimachinery/pkg/util/sets"
)

// nodePrefix is what the configuration of prometheus-adapter that TAS documents
// takes off the names of series.
const nodePrefix = "node_"

// source is how a metric of TAS is measured.
type source struct {
	query string
	// nodeLabel is the label of the result that tells the node. Empty for "node"
	// and "instance", which need not be named.
	nodeLabel string
	// comment tells where the query comes from. It is empty where that has to be
	// checked.
	comment string
	// guessed tells that the result may have "instance" beside "node".
	guessed bool
}

// joined is PromQL for the metric as it can be joined with others. What else is
// measured on the node may have another instance.
func (s source) joined() string {
	if !s.guessed {
		return s.query
	}
	return fmt.Sprintf(`label_replace(%s, "instance", "", "node", ".+")`, s.query)
}

// metric is a metric of a rule set.
type metric struct {
	source

	name string
	// derived tells that it is 0 or 1, and made of others.
	derived bool
}

// source finds how a metric of the custom metrics API is measured.
func (s *ruleSet) source(name string) source {
	if found, ok := s.adapter.source(name); ok {
		return found
	}
	series := selector(name)
	if !strings.HasPrefix(name, nodePrefix) {
		series = selector(nodePrefix+name) + " or " + series
	}
	guess := source{query: fmt.Sprintf("max by (node, instance) (%s)", series), guessed: true}
	if s.adapter != nil {
		guess.comment = "DECIDE: no rule in the adapter's configuration gives nodes the metric " + name + "."
	}
	return guess
}

// selector is PromQL that selects the series of a name, which may be no
// identifier, or one that means something else to PromQL.
func selector(name string) string {
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(name)
	if selected, ok := expression.(*parser.VectorSelector); err == nil && ok && selected.Name == name {
		return name
	}
	return "{" + strconv.Quote(name) + "}"
}

// metric is the rule set's metric for one of the custom metrics API.
func (s *ruleSet) metric(name string) *metric {
	return s.add(metric{source: s.source(name)}, name)
}

// derived is a metric that is 0 or 1, and made of others.
func (s *ruleSet) derived(name, query, comment string, of ...source) *metric {
	for _, other := range of {
		if other.nodeLabel != of[0].nodeLabel {
			comment += fmt.Sprintf(" DECIDE: the metrics tell the node by different labels (%s and %s), so this finds none: have them agree.",
				of[0].labelName(), other.labelName())
			break
		}
	}
	return s.add(metric{source: source{query: query, nodeLabel: of[0].nodeLabel, comment: comment}, derived: true}, name)
}

func (s source) labelName() string {
	if s.nodeLabel == "" {
		return "node or instance"
	}
	return s.nodeLabel
}

// add returns the metric with the same query if there is one.
func (s *ruleSet) add(added metric, name string) *metric {
	taken := sets.New[string]()
	for _, m := range s.metrics {
		if m.source == added.source {
			return m
		}
		taken.Insert(m.name)
	}
	added.name = unique(name, taken)
	s.metrics = append(s.metrics, &added)
	return &added
}

// broken is PromQL for the metric on those nodes where a rule is broken.
func (s source) broken(r rule) string {
	return fmt.Sprintf("%s %s %d", s.joined(), r.sign(), r.Target.value)
}

// any is a metric that is 1 on nodes where any of several rules is broken, and 0
// on others where any of their metrics is measured.
func (s *ruleSet) any(rules []rule, name string) *metric {
	var broken, measured, texts []string
	var sources []source
	for _, r := range rules {
		from := s.source(r.MetricName)
		sources = append(sources, from)
		broken = append(broken, from.broken(r))
		texts = append(texts, r.String())
		if !slices.Contains(measured, from.joined()) {
			measured = append(measured, from.joined())
		}
	}
	query := fmt.Sprintf("(%s) ^ 0 or (%s) * 0", strings.Join(broken, " or "), strings.Join(measured, " or "))
	return s.derived(name, query, fmt.Sprintf("1 where %s. Else 0.", strings.Join(texts, ", or ")), sources...)
}
