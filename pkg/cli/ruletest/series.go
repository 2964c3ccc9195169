// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package ruletest

import (
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// loadedSeries is a series with a value for each tick.
type loadedSeries struct {
	labels labels.Labels
	values []parser.SequenceValue
}

func loadAll(given []series, path *field.Path) ([]loadedSeries, field.ErrorList) {
	if len(given) == 0 {
		return nil, field.ErrorList{field.Required(path, "give at least one series")}
	}
	var loaded []loadedSeries
	var errs field.ErrorList
	seen := sets.New[string]()
	for i := range given {
		one, wrong := load(&given[i], path.Index(i))
		errs = append(errs, wrong...)
		if len(wrong) == 0 && seen.Has(one.labels.String()) {
			errs = append(errs, field.Duplicate(path.Index(i).Child("series"), given[i].Series))
		}
		seen.Insert(one.labels.String())
		loaded = append(loaded, one)
	}
	return loaded, errs
}

// load reads a series and its values, one by one, so that the faulty one is
// named.
func load(given *series, path *field.Path) (loadedSeries, field.ErrorList) {
	promql := parser.NewParser(parser.Options{})
	found, _, err := promql.ParseSeriesDesc(given.Series)
	if err != nil {
		return loadedSeries{}, field.ErrorList{field.Invalid(path.Child("series"), given.Series, "does not parse: "+err.Error())}
	}
	if found.Get(model.MetricNameLabel) == "" {
		return loadedSeries{}, field.ErrorList{field.Invalid(path.Child("series"), given.Series, "has no name")}
	}
	_, values, err := promql.ParseSeriesDesc("m " + string(given.Values))
	switch {
	case err != nil:
		return loadedSeries{}, field.ErrorList{field.Invalid(path.Child("values"), string(given.Values), "does not parse: "+err.Error())}
	case len(values) == 0:
		return loadedSeries{}, field.ErrorList{field.Required(path.Child("values"), "")}
	}
	for _, v := range values {
		if v.Histogram != nil {
			return loadedSeries{}, field.ErrorList{field.Invalid(path.Child("values"), string(given.Values), "native histograms are not measured")}
		}
	}
	return loadedSeries{labels: found, values: values}, nil
}

// scrape is what is stored of the series at a tick, which may be the marker of its
// end. There is none where a value is omitted and after the last one, as when a
// source cannot be reached.
func (s *loadedSeries) scrape(tick int, at time.Time) (embedded.Scrape, bool) {
	if tick >= len(s.values) || s.values[tick].Omitted {
		return embedded.Scrape{}, false
	}
	samples := []embedded.Sample{{Series: s.labels, Value: s.values[tick].Value}}
	return embedded.Scrape{Source: s.labels.String(), Time: at, Samples: samples}, true
}
