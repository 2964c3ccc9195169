// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
)

// Adapter is a configuration of prometheus-adapter, which gives the custom
// metrics API its metrics. It is what tells which PromQL a name there stands for.
type Adapter struct {
	rules []adapterRule
}

// adapterRule is one of its rules: some series, by which name the API has them,
// which of their labels is the node, and how they are asked for.
type adapterRule struct {
	SeriesQuery   string `json:"seriesQuery"`
	SeriesFilters []struct {
		Is    string `json:"is"`
		IsNot string `json:"isNot"`
	} `json:"seriesFilters"`
	Resources struct {
		Template  string `json:"template"`
		Overrides map[string]struct {
			Group    string `json:"group"`
			Resource string `json:"resource"`
		} `json:"overrides"`
	} `json:"resources"`
	Name struct {
		Matches string `json:"matches"`
		As      string `json:"as"`
	} `json:"name"`
	MetricsQuery string `json:"metricsQuery"`
}

// ReadAdapter reads the configuration from a file, as it is or in a ConfigMap.
func ReadAdapter(file string, data []byte) (*Adapter, error) {
	adapter := &Adapter{}
	for _, document := range rulefile.Documents(file, data) {
		object, err := document.Object()
		if err != nil {
			return nil, errors.New(document.Problems(err)[0].String())
		}
		texts := map[string]string{"": string(document.Data)}
		if object.Kind == "ConfigMap" {
			var configMap struct {
				Data map[string]string `json:"data"`
			}
			if err := sigsyaml.Unmarshal(document.Data, &configMap); err != nil {
				return nil, errors.New(document.Problems(err)[0].String())
			}
			texts = configMap.Data
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			var config struct {
				Rules []adapterRule `json:"rules"`
			}
			if err := sigsyaml.Unmarshal([]byte(texts[key]), &config); err != nil && object.Kind != "ConfigMap" {
				return nil, errors.New(document.Problems(err)[0].String())
			}
			adapter.rules = append(adapter.rules, config.Rules...)
		}
	}
	if len(adapter.rules) == 0 {
		return nil, fmt.Errorf("%s: holds no rules of prometheus-adapter: give its config.yaml, or the ConfigMap that holds it", file)
	}
	return adapter, nil
}

// source finds how a metric of the custom metrics API is measured. Rules are
// meant to exclude each other. If several fit, those that say more come first, and
// of these the last, as for the adapter.
func (a *Adapter) source(name string) (source, bool) {
	if a == nil {
		return source{}, false
	}
	var best adapterSource
	var fitting []string
	for i := range a.rules {
		found, ok := a.rules[i].source(name)
		if !ok || found.explicit < best.explicit {
			continue
		}
		if found.explicit > best.explicit {
			fitting = nil
		}
		best = found
		fitting = append(fitting, fmt.Sprintf("rules[%d]", i))
	}
	if len(fitting) == 0 {
		return source{}, false
	}
	last := len(fitting) - 1
	best.comment = fmt.Sprintf("%s: by %s of the adapter's configuration.", name, fitting[last])
	if last > 0 {
		best.comment += fmt.Sprintf(" DECIDE: by %s it may come from other series.", strings.Join(fitting[:last], " and "))
	}
	return best.source, true
}

// adapterSource is how a rule asks for a metric.
type adapterSource struct {
	source

	// explicit is how much the rule says: which label is the node, and which are
	// the series. Other rules fit whatever there is.
	explicit int
}

func (r *adapterRule) source(name string) (found adapterSource, ok bool) {
	label, named := r.nodeLabel()
	series, exact, ok := r.series(name)
	if label == "" || !ok {
		return adapterSource{}, false
	}
	if named {
		found.explicit++
	}
	if exact {
		found.explicit++
	}
	var err error
	if found.query, err = r.query(series, label); err != nil {
		return adapterSource{}, false
	}
	if label != "node" && label != "instance" {
		found.nodeLabel = label
	}
	return found, true
}

// nodeLabel is the label by which the series tell the node. Empty if they do not.
// named tells that the rule is about such series alone.
func (r *adapterRule) nodeLabel() (label string, named bool) {
	for _, label := range slices.Sorted(maps.Keys(r.Resources.Overrides)) {
		resource := r.Resources.Overrides[label]
		if resource.Group == "" && (resource.Resource == "node" || resource.Resource == "nodes") && model.LegacyValidation.IsValidLabelName(label) {
			return label, true
		}
	}
	label, err := expand(r.Resources.Template, map[string]any{"Group": "", "Resource": "node"})
	if err != nil || !model.LegacyValidation.IsValidLabelName(label) {
		return "", false
	}
	return label, false
}

// series is the series that the rule gives a name. exact tells that the rule is
// about that series alone.
func (r *adapterRule) series(name string) (series string, exact, ok bool) {
	selected, err := parser.NewParser(parser.Options{}).ParseMetricSelector(r.SeriesQuery)
	if err != nil {
		return "", false, false
	}
	naming, err := newNaming(r.Name.Matches, r.Name.As)
	if err != nil {
		return "", false, false
	}
	series = naming.invert(name)
	for _, matcher := range selected {
		if matcher.Name == model.MetricNameLabel && matcher.Type == labels.MatchEqual {
			series, exact = matcher.Value, true
		}
	}
	ok = model.LegacyValidation.IsValidMetricName(series) && naming.apply(series) == name && r.selects(selected, series)
	return series, exact, ok
}

// selects tells whether the series of a name are among those of the rule.
func (r *adapterRule) selects(selected []*labels.Matcher, series string) bool {
	for _, matcher := range selected {
		if matcher.Name == model.MetricNameLabel && !matcher.Matches(series) {
			return false
		}
	}
	for _, filter := range r.SeriesFilters {
		if is, err := regexp.Compile(filter.Is); err != nil || filter.Is != "" && !is.MatchString(series) {
			return false
		}
		if isNot, err := regexp.Compile(filter.IsNot); err != nil || filter.IsNot != "" && isNot.MatchString(series) {
			return false
		}
	}
	return true
}

// query is the rule's query about all nodes, with one sample for each.
func (r *adapterRule) query(series, label string) (string, error) {
	text, err := expand(r.MetricsQuery, map[string]any{
		"Series":            series,
		"LabelMatchers":     label + `!=""`,
		"LabelValuesByName": map[string]string{label: ".+"}, // compared by =~
		"GroupBy":           label,
		"GroupBySlice":      []string{label},
	})
	if err != nil {
		return "", err
	}
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return "", err
	}
	if expression.Type() != parser.ValueTypeVector {
		return "", errors.New("yields no vector")
	}
	text = expression.String()
	if aggregate, ok := expression.(*parser.AggregateExpr); ok && !aggregate.Without && slices.Equal(aggregate.Grouping, []string{label}) {
		return text, nil
	}
	return fmt.Sprintf("max by (%s) (%s)", label, text), nil
}

func expand(text string, values map[string]any) (string, error) {
	parsed, err := template.New("").Option("missingkey=error").Delims("<<", ">>").Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = parsed.Execute(&out, values)
	return out.String(), err
}
