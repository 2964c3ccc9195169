// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package telemetry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry"
)

func labelsOf(t *testing.T, series string) labels.Labels {
	t.Helper()
	found, err := parser.NewParser(parser.Options{}).ParseMetric(series)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func node(name string, addresses ...string) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, address := range addresses {
		node.Status.Addresses = append(node.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: address})
	}
	return node
}

func TestSeriesTellsItsNode(t *testing.T) {
	nodes := telemetry.NewNodes([]*corev1.Node{
		node("a", "10.0.0.1", "fd00::1", "192.168.0.1"),
		node("b", "192.168.0.1", "10.0.0.2"),
		node("10.0.0.9", "10.0.0.3"),
		node("c", "10.0.0.9"),
		node("nameless", ""),
	})
	cases := map[string]struct {
		series    string
		nodeLabel string
		// want is the node, empty for none.
		want string
	}{
		"label named by nodeLabel":               {series: `m{node="a",host="b"}`, nodeLabel: "host", want: "b"},
		"address in the label named":             {series: `m{node="a",host="10.0.0.2"}`, nodeLabel: "host", want: "b"},
		"label named is missing":                 {series: `m{node="a"}`, nodeLabel: "host"},
		"label named has a port":                 {series: `m{host="10.0.0.2:9100"}`, nodeLabel: "host"},
		"node":                                   {series: `m{node="a",instance="10.0.0.2:9100"}`, want: "a"},
		"address in node":                        {series: `m{node="10.0.0.2"}`, want: "b"},
		"unknown node, whatever the instance":    {series: `m{node="gone",instance="10.0.0.2:9100"}`},
		"instance with a port":                   {series: `m{instance="10.0.0.1:9100"}`, want: "a"},
		"instance without a port":                {series: `m{instance="10.0.0.1"}`, want: "a"},
		"name in instance":                       {series: `m{instance="b:9100"}`, want: "b"},
		"IPv6 instance with a port":              {series: `m{instance="[fd00::1]:9100"}`, want: "a"},
		"IPv6 instance without a port":           {series: `m{instance="fd00::1"}`, want: "a"},
		"address of two nodes":                   {series: `m{instance="192.168.0.1:9100"}`},
		"name of one node and address of others": {series: `m{instance="10.0.0.9:9100"}`, want: "10.0.0.9"},
		"unknown instance":                       {series: `m{instance="10.0.0.7:9100"}`},
		"no label at all":                        {series: `m{device="0"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			measurer := telemetry.NewMeasurer(load(t, tc.series+" 1").Query, timeout)
			query := telemetry.Query{Expression: `m`, NodeLabel: tc.nodeLabel, MaxAge: time.Hour}
			want := map[string]float64{}
			if tc.want != "" {
				want[tc.want] = 1
			}
			if diff := cmp.Diff(want, values(measure(t, measurer, query, nodes, start))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTwoSamplesForOneNodeAreAnError(t *testing.T) {
	cases := map[string]struct {
		series    []string
		nodeLabel string
		// want are parts of the error.
		want []string
	}{
		"by node": {
			series: []string{`m{node="a",device="0"}`, `m{node="a",device="1"}`},
			want:   []string{`"a"`, `device="0"`, `device="1"`, `max by (node) (...)`},
		},
		"by instance": {
			series: []string{`m{instance="a:1"}`, `m{instance="a:2"}`},
			want:   []string{`max by (instance) (...)`},
		},
		"by another label": {
			series:    []string{`m{host="a",node="x"}`, `m{host="a",node="y"}`},
			nodeLabel: "host",
			want:      []string{`max by (host) (...)`},
		},
		"one of them is not a number": {
			series: []string{`m{node="a",device="0"}`, `m{node="a",device="NaN"}`},
			want:   []string{`two samples for node "a"`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var series []string
			for _, s := range tc.series {
				v := " 1"
				if strings.Contains(s, "NaN") {
					v = " NaN"
				}
				series = append(series, s+v)
			}
			measurer := telemetry.NewMeasurer(load(t, series...).Query, timeout)
			query := telemetry.Query{Expression: `m`, NodeLabel: tc.nodeLabel, MaxAge: time.Hour}
			samples, failures := measurer.Measure(t.Context(), []telemetry.Query{query}, nodesNamed("a"), start)
			if failures[query] == nil {
				t.Fatalf("got %v, want an error", samples[query])
			}
			for _, want := range tc.want {
				if got := failures[query].Error(); !strings.Contains(got, want) {
					t.Errorf("got error %q, want %q in it", got, want)
				}
			}
		})
	}
}
