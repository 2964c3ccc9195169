// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// metric tells how a metric could be measured.
func (p *preview) metric(ctx context.Context, metric *v1alpha1.Metric, set *verdict.SetVerdict) (Metric, error) {
	key := verdict.MetricKey{Set: set.Name, Metric: metric.Name}
	query := p.queries[key]
	summary := Metric{Name: metric.Name, Query: query.Expression, Fraction: metric.Builtin != "" || metric.Resource != ""}
	for _, coverage := range p.snapshot.Coverage() {
		if coverage.Metric == key {
			summary.Known, summary.Missing = coverage.Known, coverage.Missing
		}
	}
	if summary.Known > 0 || summary.Missing == 0 {
		return summary, nil
	}
	var err error
	summary.Problem, err = p.problem(ctx, metric, set, &summary, query)
	return summary, err
}

// problem says why a metric is not known of any node.
func (p *preview) problem(ctx context.Context, metric *v1alpha1.Metric, set *verdict.SetVerdict, summary *Metric, query telemetry.Query) (string, error) {
	if p.source.name == MetricsAPI && metric.Builtin != "" && p.source.builtins[metric.Builtin] == "" {
		return fmt.Sprintf("the metrics API has only cpu and memory: measure with --source %s or --prometheus-url", Kubelets), nil
	}
	if err := p.failures[query]; err != nil {
		return err.Error(), nil
	}
	if p.unreadOf(set) == summary.Missing {
		return "none of its nodes could be read", nil
	}
	if p.source.read != nil {
		absent, err := p.absent(ctx, query)
		if err != nil {
			return "", err
		}
		if absent != "" {
			return p.whyAbsent(absent), nil
		}
	}
	switch match := p.measurer.Match(query); {
	case match.Foreign():
		return fmt.Sprintf("its series name no node of this cluster: for example %s (aggregate by the label that names the node, or give nodeLabel)", match.Example), nil
	case match.Empty():
		return "the query finds nothing", nil
	default:
		return "its results are no numbers, or too old to count", nil
	}
}

// absent is the first metric that a query selects and of which nothing was read.
// Empty where there is none.
func (p *preview) absent(ctx context.Context, query telemetry.Query) (string, error) {
	names := telemetry.MetricNames(map[string]telemetry.Query{"": query})
	for _, name := range slices.Sorted(maps.Keys(names)) {
		found, err := p.database.Query(ctx, fmt.Sprintf("{__name__=%q}", name), p.snapshot.Time)
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			return name, nil
		}
	}
	return "", nil
}

func (p *preview) whyAbsent(name string) string {
	switch {
	case p.source.name == Kubelets && slices.Contains(kubelet.Names(), name):
		return fmt.Sprintf("no kubelet tells %s", name)
	case p.source.name == MetricsAPI:
		return fmt.Sprintf("the metrics API does not have %s: this query needs a Prometheus server that has it (--prometheus-url)", name)
	default:
		return fmt.Sprintf("%s is not among what kubelets tell: this query needs a Prometheus server that has it (--prometheus-url)", name)
	}
}

// unreadOf counts the nodes of a rule set that could not be read.
func (p *preview) unreadOf(set *verdict.SetVerdict) int {
	number := 0
	for _, unread := range p.unread {
		for _, node := range unread.Nodes {
			if set.Governs(p.snapshot.Index(node)) {
				number++
			}
		}
	}
	return number
}
