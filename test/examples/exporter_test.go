// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

const (
	// patience is how long a condition is awaited before the test fails.
	patience = time.Minute
	pause    = 100 * time.Millisecond
)

// exporter answers with what is in files, by path. Anything else that it is asked
// for fails the test.
type exporter struct {
	t       *testing.T
	address string
	bodies  map[string]string

	mu    sync.Mutex
	asked map[string]int // by path
}

// startExporter starts one that answers with files of testdata, by path. Without
// any it must not be asked.
func startExporter(t *testing.T, during period, files map[string]string) *exporter {
	t.Helper()
	e := &exporter{t: t, bodies: map[string]string{}, asked: map[string]int{}}
	for path, file := range files {
		e.bodies[path] = readExposition(t, file).during(during)
	}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	e.address = server.Listener.Addr().String()
	return e
}

// ServeHTTP answers like an exporter.
func (e *exporter) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, ok := e.bodies[request.URL.Path]
	if !ok {
		e.t.Errorf("%s was asked for %s", e.address, request.URL.Path)
		http.NotFound(w, request)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	fmt.Fprint(w, body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked[request.URL.Path]++
}

// stored tells whether everything that the exporter says has been stored: it has,
// once it is asked for it a second time.
func (e *exporter) stored() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for path := range e.bodies {
		if e.asked[path] < 2 {
			return false
		}
	}
	return true
}

func (e *exporter) wasAsked() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked) > 0
}

// awaitStored waits until everything that exporters say has been stored.
func awaitStored(t *testing.T, exporters map[string]*exporter) {
	t.Helper()
	all := func(context.Context) (bool, error) {
		for _, e := range exporters {
			if !e.stored() {
				return false, nil
			}
		}
		return true, nil
	}
	if err := wait.PollUntilContextTimeout(t.Context(), pause, patience, true, all); err != nil {
		t.Fatalf("waiting for the exporters to be asked: %v", err)
	}
}
