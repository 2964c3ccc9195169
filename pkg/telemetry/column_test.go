// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
)

// What a range query tells of nodes is what they would have been measured at, instant
// by instant.
func TestColumns(t *testing.T) {
	database := telemetrytest.Load(t,
		`heat{node="a"} 1 2 3 4 5 6 7 8 9`,
		`heat{instance="10.0.0.2:9100"} 10 20 stale _ 50 60 70 80 90`,
		`heat{node="elsewhere"} 5 5 5 5 5 5 5 5 5`,
		`heat{node="c"} _ _ _ _ _ 1 NaN Inf 4`,
		`heat{host="c"} 1 1 1 1 1 1 1 1 1`,
		`moved{node="a",instance="old"} 1 1 1 stale`,
		`moved{node="a",instance="new"} _ _ _ 2 2 2 2 2 2`,
	)
	list := telemetrytest.Nodes("c", "b", "a")
	list[1].Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.0.0.2"}}
	nodes := telemetry.NewNodes(list)
	cases := map[string]telemetry.Query{
		"by name and address":     {Expression: "heat"},
		"by another label":        {Expression: `heat{host!=""}`, NodeLabel: "host"},
		"aggregated":              {Expression: "max by (node, instance) (max_over_time(heat[1m]))"},
		"another series later":    {Expression: "moved"},
		"of the end of the query": {Expression: "heat * on (node) group_left () (heat{node=\"a\"} @ end())"},
		"nothing":                 {Expression: "nothing"},
	}
	const steps = 9
	for name, query := range cases {
		t.Run(name, func(t *testing.T) {
			query.MaxAge = time.Hour
			got, err := nodes.Columns(t.Context(), database.QueryRange, query, telemetrytest.After(0), telemetrytest.Interval, steps)
			if err != nil {
				t.Fatal(err)
			}
			var want [][]float64
			for i := range steps {
				samples, failures := telemetry.NewMeasurer(database.Query, time.Minute).Measure(t.Context(), []telemetry.Query{query}, nodes, telemetrytest.After(i))
				if len(failures) > 0 {
					t.Fatal(failures)
				}
				column := make([]float64, len(list))
				for node, of := range nodes.Names() {
					column[node] = math.NaN()
					if sample, ok := samples[query][of]; ok {
						column[node] = sample.Value
					}
				}
				want = append(want, column)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestColumnsFail(t *testing.T) {
	database := telemetrytest.Load(t, `heat{node="a",disk="1"} 1 1 1`, `heat{node="a",disk="2"} _ 1 1`)
	nodes := telemetry.NewNodes(telemetrytest.Nodes("a"))
	for expression, want := range map[string]string{
		"heat":  `two samples for node "a": `,
		"heat{": "running the query: ",
	} {
		_, err := nodes.Columns(t.Context(), database.QueryRange, telemetry.Query{Expression: expression}, telemetrytest.After(0), telemetrytest.Interval, 3)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", expression, err, want)
		}
	}
}
