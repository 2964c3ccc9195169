// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
)

const (
	// patience is how long a condition is awaited before the test fails.
	patience = time.Minute
	pause    = 10 * time.Millisecond
	// interval is the time between two scrapes of one target.
	interval = 200 * time.Millisecond
)

func await(t *testing.T, what string, met func() (missing string)) {
	t.Helper()
	missing := ""
	err := wait.PollUntilContextTimeout(t.Context(), pause, patience, true, func(context.Context) (bool, error) {
		missing = met()
		return missing == "", nil
	})
	if err != nil {
		t.Fatalf("waiting for %s: %v\n%s", what, err, missing)
	}
}

// exporter serves a text that the test can change.
type exporter struct {
	address string

	mu     sync.Mutex
	status int
	body   string
	last   *http.Request
}

func export(t *testing.T, body string) *exporter {
	t.Helper()
	e := &exporter{status: http.StatusOK, body: body}
	server := httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(server.Close)
	e.address = server.Listener.Addr().String()
	return e
}

func (e *exporter) serve(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = r
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.body)
}

func (e *exporter) answer(status int, body string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status, e.body = status, body
}

func (e *exporter) lastRequest() *http.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

// running is a scraper at work, and what it stores.
type running struct {
	*testing.T
	file     string
	database *embedded.Database
	registry metrics.KubeRegistry
	log      func() string
}

// run starts a scraper of a file with this text, and ends it with the test.
func run(t *testing.T, text string) *running {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scrape.yaml")
	write(t, file, text)
	return runFile(t, file)
}

func runFile(t *testing.T, file string) *running {
	t.Helper()
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true), ktesting.Verbosity(0)))
	r := &running{T: t, file: file, registry: metrics.NewKubeRegistry(), log: logger.GetSink().(ktesting.Underlier).GetBuffer().String}
	ctx, cancel := context.WithCancel(klog.NewContext(t.Context(), logger))
	r.database = open(t, ctx)
	settings := scrape.Settings{File: file, Interval: interval}
	scraper, err := scrape.New(ctx, settings, r.database.Appendable(), r.registry.Register)
	if err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	ended.Go(func() { scraper.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		ended.Wait()
		nothingGoesOn(t)
	})
	return r
}

func open(t *testing.T, ctx context.Context) *embedded.Database {
	t.Helper()
	database, err := embedded.Open(ctx, t.TempDir(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	return database
}

// nothingGoesOn looks for goroutines of Prometheus' scraping and discovery. Some
// that were told to end may need a moment.
func nothingGoesOn(t *testing.T) {
	t.Helper()
	var left []string
	err := wait.PollUntilContextTimeout(context.Background(), pause, patience, true, func(context.Context) (bool, error) {
		left = nil
		stacks := make([]byte, 4<<20)
		for _, stack := range bytes.Split(stacks[:runtime.Stack(stacks, true)], []byte("\n\n")) {
			for _, of := range []string{"prometheus/scrape.", "prometheus/discovery", "client-go/tools/cache."} {
				if strings.Contains(string(stack), of) {
					left = append(left, string(stack))
				}
			}
		}
		return len(left) == 0, nil
	})
	if err != nil {
		t.Errorf("goroutines go on after the end:\n%s", strings.Join(left, "\n\n"))
	}
}

// query returns the values of an instant query now, by series.
func (r *running) query(expression string) map[string]float64 {
	r.Helper()
	vector, err := r.database.Query(r.Context(), expression, time.Now())
	if err != nil {
		r.Fatal(err)
	}
	got := map[string]float64{}
	for _, sample := range vector {
		got[sample.Metric.String()] = sample.F
	}
	return got
}

// awaitQuery waits until an instant query has this answer.
func (r *running) awaitQuery(expression string, want map[string]float64) {
	r.Helper()
	await(r.T, fmt.Sprintf("%s to be %v", expression, want), func() string {
		if got := r.query(expression); fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Sprintf("it is %v; log:\n%s", got, r.log())
		}
		return ""
	})
}

// awaitLog waits until the log has a line with all the parts.
func (r *running) awaitLog(parts ...string) {
	r.Helper()
	await(r.T, fmt.Sprintf("a log line with %q", parts), func() string {
		if r.logLines(parts...) == 0 {
			return r.log()
		}
		return ""
	})
}

func (r *running) logLines(parts ...string) int {
	found := 0
lines:
	for _, line := range strings.Split(r.log(), "\n") {
		for _, part := range parts {
			if !strings.Contains(line, part) {
				continue lines
			}
		}
		found++
	}
	return found
}
