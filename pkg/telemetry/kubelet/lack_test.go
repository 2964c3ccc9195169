// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

const staleAfter = 6 * interval

func TestLack(t *testing.T) {
	const (
		cpu    = "node_cpu_usage_seconds_total 1\n"
		memory = "node_memory_working_set_bytes 1\n"
	)
	cases := map[string]struct {
		body   string
		wanted Wanted
		// want are parts of the error. None: nothing is lacking.
		want []string
	}{
		"what kubelets say":      {body: example},
		"without times":          {body: cpu + memory},
		"nothing":                {want: []string{"the kubelet answers, but", "node_cpu_usage_seconds_total is not in the answer", "node_memory_working_set_bytes is not in the answer"}},
		"swap alone":             {body: "node_swap_usage_bytes 0\n", want: []string{"node_cpu_usage_seconds_total is not", "node_memory_working_set_bytes is not"}},
		"that there is an error": {body: "resource_scrape_error 1\n", wanted: Wanted{Everywhere: names("resource_scrape_error")}, want: []string{"node_cpu_usage_seconds_total is not"}},
		"of pods alone": {
			body:   `pod_cpu_usage_seconds_total{namespace="default",pod="busy"} 4` + "\n",
			wanted: Wanted{PodsOn: names("a")}, want: []string{"node_cpu_usage_seconds_total is not"},
		},
		"no number":               {body: "node_cpu_usage_seconds_total NaN\n" + memory, want: []string{"but node_cpu_usage_seconds_total is NaN"}},
		"none for memory":         {body: cpu + "node_memory_working_set_bytes NaN\n", want: []string{"but node_memory_working_set_bytes is NaN"}},
		"without an end":          {body: cpu + "node_memory_working_set_bytes +Inf\n", want: []string{"but node_memory_working_set_bytes is +Inf"}},
		"as old as may be":        {body: cpu + "node_memory_working_set_bytes 1 1772366310000\n"},
		"too old":                 {body: cpu + "node_memory_working_set_bytes 1 1772366309000\n", want: []string{"but node_memory_working_set_bytes is 1m31s old"}},
		"old at the beginning":    {body: cpu + "node_memory_working_set_bytes 1 0\n", want: []string{"is 492324h0m0s old"}},
		"of a clock that is fast": {body: cpu + "node_memory_working_set_bytes 1 1772369900000\n"},
		"one of two":              {body: cpu + "node_memory_working_set_bytes{numa=\"0\"} NaN\nnode_memory_working_set_bytes{numa=\"1\"} 1\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			node := &corev1.Node{}
			node.Name = "a"
			samples, _, err := Parse(strings.NewReader(tc.body), node, tc.wanted, DefaultMaxSeries)
			if err != nil {
				t.Fatal(err)
			}
			err = lackError(samples, start, staleAfter)
			if (err != nil) != (tc.want != nil) {
				t.Fatalf("got error %v, want one: %v", err, tc.want != nil)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
		})
	}
}

// The log says once which kubelets answer with nothing, and once that none does any
// more.
func TestKubeletsThatSayNothing(t *testing.T) {
	const began, ended = "Some kubelets answer without", "All kubelets that answer say"
	body := map[string]*atomic.Value{}
	var nodes []*corev1.Node
	for _, name := range []string{"a", "b", "virtual"} {
		said := &atomic.Value{}
		body[name] = said
		server := startKubelet(t, func(w http.ResponseWriter, _ *http.Request) {
			if text := said.Load().(string); text != "fail" {
				_, _ = io.WriteString(w, text)
				return
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
		nodes = append(nodes, nodeAt(t, name, server.Listener.Addr()))
	}
	nodes[2].Labels = map[string]string{"type": "virtual-kubelet"}
	well := untimed(example)
	s := newSwept(t, Settings{StaleAfter: staleAfter})
	steps := []struct {
		when, a, b   string
		began, ended int // how often the log has said so by then
	}{
		{when: "all are well", a: well, b: well},
		{when: "one says nothing", a: "", b: well, began: 1},
		{when: "it still says nothing", a: "", b: well, began: 1},
		{when: "it says no number", a: "node_cpu_usage_seconds_total NaN\n", b: well, began: 1},
		{when: "the other one is old", a: "", b: example, began: 2},
		{when: "the other one alone", a: well, b: example, began: 3},
		{when: "that one fails", a: well, b: "fail", began: 3, ended: 1},
		{when: "it answers again", a: well, b: "", began: 4, ended: 1},
		{when: "all are well again", a: well, b: well, began: 4, ended: 2},
	}
	s.clock.SetTime(start.Add(time.Hour)) // so that what has a time is old
	for _, step := range steps {
		body["a"].Store(step.a)
		body["b"].Store(step.b)
		body["virtual"].Store("")
		s.sweep(nodes...)
		if got := s.logged(began); got != step.began {
			t.Errorf("%s: the log has told %d times that some say nothing, want %d", step.when, got, step.began)
		}
		if got := s.logged(ended); got != step.ended {
			t.Errorf("%s: the log has told %d times that none does, want %d", step.when, got, step.ended)
		}
	}
	for _, want := range []string{`names="a"`, `names="a,b"`, `names="b"`, "failed=2 nodes=3", "node_cpu_usage_seconds_total is 1h1m"} {
		if s.logged(want) == 0 {
			t.Errorf("the log has no %q", want)
		}
	}
	if got := failed(s.Fetcher); len(got) != 0 {
		t.Errorf("got failed nodes %v, want none: all of them answer", got)
	}
}
