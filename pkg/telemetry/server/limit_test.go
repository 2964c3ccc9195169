// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/config"
)

// While one large answer is read, others wait, and small ones do not.
func TestLargeAnswersAreReadOneAtATime(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	large := strings.Repeat(" ", 8*largeBody) // more than connections hold
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"status": "success", "data": {"resultType": "vector", "result": [`)
		switch r.FormValue("query") {
		case "first":
			_, _ = io.WriteString(w, large)
			w.(http.Flusher).Flush()
			close(begun)
			<-goOn
		case "second":
			_, _ = io.WriteString(w, large)
		}
		_, _ = io.WriteString(w, `]}}`)
	}))
	t.Cleanup(server.Close)
	httpConfig := config.DefaultHTTPClientConfig
	client, err := New(Settings{URL: server.URL, HTTP: &httpConfig})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(query string) chan error {
		answered := make(chan error, 1)
		go func() {
			_, err := client.Query(t.Context(), query, time.Unix(0, 0))
			answered <- err
		}()
		return answered
	}

	first := ask("first")
	<-begun
	second := ask("second")
	for range 5 {
		if err := <-ask("small"); err != nil {
			t.Errorf("asking for little: %v", err)
		}
	}
	select {
	case err := <-second:
		t.Errorf("the second large answer was read beside the first: %v", err)
	default:
	}
	close(goOn)
	for _, answered := range []chan error{first, second} {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	if err := <-ask("second"); err != nil {
		t.Errorf("asking anew: %v", err)
	}
}
