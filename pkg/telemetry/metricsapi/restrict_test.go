// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package metricsapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"

	"github.com/loadline-dev/loadline/pkg/telemetry/metricsapi"
)

func TestRestrict(t *testing.T) {
	cases := map[string]struct {
		expression string
		// want is the metric that is missing; empty: the query is answered.
		want string
	}{
		"cpu":                          {expression: `metrics_k8s_io_node_cpu_cores`},
		"memory, over time":            {expression: `max by (node) (max_over_time(metrics_k8s_io_node_memory_bytes[5m]))`},
		"window":                       {expression: `timestamp(metrics_k8s_io_node_window_seconds)`},
		"name as a label":              {expression: `{__name__="metrics_k8s_io_node_cpu_cores",node="a"}`},
		"what the API server knows":    {expression: `kube_node_status_allocatable{resource="cpu"} - on (node) metrics_k8s_io_node_cpu_cores`},
		"no selector":                  {expression: `vector(1)`},
		"names by a pattern":           {expression: `{__name__=~"metrics_.+"}`},
		"kubelet":                      {expression: `node_memory_working_set_bytes`, want: "node_memory_working_set_bytes"},
		"exporter":                     {expression: `max by (node) (rate(node_cpu_seconds_total{mode!="idle"}[2m]))`, want: "node_cpu_seconds_total"},
		"one of two":                   {expression: `metrics_k8s_io_node_cpu_cores / on (node) machine_cpu_cores`, want: "machine_cpu_cores"},
		"within a subquery":            {expression: `max_over_time((up == 0)[5m:1m])`, want: "up"},
		"name as a label, not known":   {expression: `{__name__="node_load1"}`, want: "node_load1"},
		"absence of what is not known": {expression: `absent(node_load1)`, want: "node_load1"},
		"pods":                         {expression: `sum by (node) (kube_pod_info)`, want: "kube_pod_info"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			asked := ""
			query := metricsapi.Restrict(func(_ context.Context, expression string, _ time.Time) (promql.Vector, error) {
				asked = expression
				return nil, nil
			})
			_, err := query(t.Context(), tc.expression, start)
			switch {
			case tc.want == "" && (err != nil || asked != tc.expression):
				t.Errorf("asked %q with error %v, want the expression itself", asked, err)
			case tc.want != "" && asked != "":
				t.Errorf("asked %q, want an error", asked)
			case tc.want != "":
				for _, part := range []string{tc.want, "only cpu and memory", "telemetry.embedded", "telemetry.prometheus"} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("got error %q, want %q in it", err, part)
					}
				}
			}
		})
	}
}
