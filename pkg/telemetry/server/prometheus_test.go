// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/prometheustest"
)

const (
	// patience is how long a condition is awaited before the test fails.
	patience = time.Minute
	pause    = 100 * time.Millisecond
)

// TestPrometheus runs against a real server, of the version that the operating
// system packages.
//
// Nodes a and b are in the cluster prod-7. A node of the same name in prod-8
// shows that the matchers keep it out: without them there are two samples for
// a. The metrics of b carry their own timestamp, so that Prometheus does not
// mark their end: a query answers with them for five minutes more.
func TestPrometheus(t *testing.T) {
	measured := time.Now().Add(-10 * time.Second).Truncate(time.Millisecond)
	a := export(t, `heat{node="a"} 71`)
	b := export(t, fmt.Sprintf(`heat{node="b"} 52 %d`, measured.UnixMilli()))
	elsewhere := export(t, `heat{node="a"} 10`)
	url := startPrometheus(t, map[string][]*httptest.Server{"prod-7": {a, b}, "prod-8": {elsewhere}})

	client := connect(t, url, "", map[string]string{"cluster": "prod-7"})
	nodes := telemetry.NewNodes(telemetrytest.Nodes("a", "b"))
	measurer, heat := telemetry.NewMeasurer(client.Query, 10*time.Second), telemetry.Query{Expression: `heat`, MaxAge: time.Hour}
	measure := func() verdict.Samples {
		samples, failures := measurer.Measure(t.Context(), []telemetry.Query{heat}, nodes, time.Now())
		if err := failures[heat]; err != nil {
			t.Log(err)
		}
		return samples[heat]
	}

	await(t, "the values of both nodes", func() bool { return len(measure()) == 2 })
	await(t, "the second cluster", func() bool {
		samples, _ := connect(t, url, "", nil).Query(t.Context(), `heat{cluster="prod-8"}`, time.Now())
		return len(samples) == 1
	})
	samples := measure()
	if got := samples["a"].Value; got != 71 {
		t.Errorf("node a: got %v, want the 71 of its own cluster", got)
	}
	if got := samples["b"]; got.Value != 52 || !got.Time.Equal(measured) {
		t.Errorf("node b: got %v, want 52, measured at %v", got, measured)
	}

	a.Close()
	b.Close()
	stopped := time.Now()
	await(t, "the end of a's series", func() bool {
		vector, err := client.Query(t.Context(), `heat{node="a"}`, time.Now())
		return err == nil && len(vector) == 0
	})
	await(t, "another failed scrape of b", func() bool {
		vector, err := client.Query(t.Context(), `timestamp(up{instance="`+b.Listener.Addr().String()+`"} == 0)`, time.Now())
		return err == nil && len(vector) == 1
	})
	first, second := measure(), measure()
	if got := first["a"]; got.Value != 71 || got.Time.After(stopped) || !second["a"].Time.Equal(got.Time) {
		t.Errorf("node a without its exporter: got %v and then %v, want the last sample of before %v, which grows older", got, second["a"], stopped)
	}
	if got := first["b"]; got.Value != 52 || !got.Time.Equal(measured) {
		t.Errorf("node b without its exporter: got %v, want the sample measured at %v", got, measured)
	}
	if vector, err := client.Query(t.Context(), `heat{node="b"}`, time.Now()); err != nil || len(vector) != 1 || !time.UnixMilli(vector[0].T).After(stopped) {
		t.Errorf("got %v, %v, want the server to answer as if b were alive: else this test shows nothing", vector, err)
	}
}

// TestPrometheusRemembers shows that what a real server says of a past is as it
// said it then.
func TestPrometheusRemembers(t *testing.T) {
	exporter := export(t, `heat{node="a"} 71`)
	client := connect(t, startPrometheus(t, map[string][]*httptest.Server{"prod-7": {exporter}}), "", map[string]string{"cluster": "prod-7"})
	const expression, step, instants = `max by (node) (timestamp(heat))`, time.Second, 5
	var first time.Time
	await(t, "a few samples", func() bool {
		first = time.Now().Truncate(step).Add(-(instants - 1) * step)
		vector, err := client.Query(t.Context(), expression, first)
		return err == nil && len(vector) == 1
	})
	history := telemetry.NewHistory(client.Query, client.QueryRange, step, first.Add((instants-1)*step))
	for i := range instants {
		at := first.Add(time.Duration(i) * step)
		want, err := client.Query(t.Context(), expression, at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := history.Query(t.Context(), expression, at)
		if err != nil || len(got) != 1 || got[0].F != want[0].F {
			t.Errorf("at %v: got %v, %v, want %v", at, got, err, want)
		}
	}
}

// TestPrometheusRefuses shows what a real server's refusal looks like.
func TestPrometheusRefuses(t *testing.T) {
	exporter := export(t, "m{node=\"a\",x=\"1\"} 1\nm{node=\"a\",x=\"2\"} 1")
	client := connect(t, startPrometheus(t, map[string][]*httptest.Server{"c": {exporter}}), "", nil)
	await(t, "the series", func() bool {
		vector, err := client.Query(t.Context(), `m`, time.Now())
		return err == nil && len(vector) == 2
	})
	_, err := client.Query(t.Context(), `m * on (node) m`, time.Now())
	if err == nil || !strings.Contains(err.Error(), "many-to-many matching not allowed") {
		t.Errorf("got error %v, want the server's reason", err)
	}
}

// export serves metrics until the test is over or the server is closed.
func export(t *testing.T, metrics string) *httptest.Server {
	t.Helper()
	return listen(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = io.WriteString(w, metrics+"\n")
	})
}

func await(t *testing.T, what string, met func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), pause, patience, true, func(context.Context) (bool, error) { return met(), nil })
	if err != nil {
		t.Fatalf("waiting for %s: %v", what, err)
	}
}

// startPrometheus starts a server that scrapes exporters each second, and gives
// their series the label "cluster". It returns the server's URL.
func startPrometheus(t *testing.T, exporters map[string][]*httptest.Server) string {
	t.Helper()
	return prometheustest.Start(t, scrapeConfig(exporters))
}

func scrapeConfig(exporters map[string][]*httptest.Server) []byte {
	var text strings.Builder
	text.WriteString("global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n- job_name: exporters\n  static_configs:\n")
	for cluster, servers := range exporters {
		for _, server := range servers {
			fmt.Fprintf(&text, "  - {targets: [%q], labels: {cluster: %q}}\n", server.Listener.Addr(), cluster)
		}
	}
	return []byte(text.String())
}
