// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetrytest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// series is one series of an answer in the format of Prometheus' HTTP API.
type series struct {
	Metric map[string]string `json:"metric"`
	Value  *point            `json:"value,omitempty"`
	Values []point           `json:"values,omitempty"`
}

// point is a time in seconds and a value as text.
type point [2]any

func newPoint(milliseconds int64, value float64) point {
	return point{float64(milliseconds) / 1000, strconv.FormatFloat(value, 'f', -1, 64)}
}

func newSeries(metric labels.Labels) series { return series{Metric: metric.Map()} }

// Serve answers the queries of Prometheus' HTTP API out of a database.
func Serve(database *embedded.Database) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/query", func(w http.ResponseWriter, r *http.Request) {
		vector, err := database.Query(r.Context(), r.FormValue("query"), timeOf(r, "time"))
		answer(w, "vector", seriesOfVector(vector), err)
	})
	mux.HandleFunc("/api/v1/query_range", func(w http.ResponseWriter, r *http.Request) {
		step, _ := strconv.ParseFloat(r.FormValue("step"), 64)
		matrix, err := database.QueryRange(r.Context(), r.FormValue("query"), timeOf(r, "start"), timeOf(r, "end"), time.Duration(step*float64(time.Second)))
		answer(w, "matrix", seriesOfMatrix(matrix), err)
	})
	return mux
}

func timeOf(r *http.Request, parameter string) time.Time {
	seconds, _ := strconv.ParseFloat(r.FormValue(parameter), 64)
	return time.UnixMilli(int64(seconds * 1000))
}

func seriesOfVector(vector promql.Vector) []series {
	all := make([]series, 0, len(vector))
	for _, sample := range vector {
		one, at := newSeries(sample.Metric), newPoint(sample.T, sample.F)
		one.Value = &at
		all = append(all, one)
	}
	return all
}

func seriesOfMatrix(matrix promql.Matrix) []series {
	all := make([]series, 0, len(matrix))
	for _, found := range matrix {
		one := newSeries(found.Metric)
		for _, sample := range found.Floats {
			one.Values = append(one.Values, newPoint(sample.T, sample.F))
		}
		all = append(all, one)
	}
	return all
}

func answer(w http.ResponseWriter, kind string, result []series, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": "execution", "error": err.Error()})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}})
}
