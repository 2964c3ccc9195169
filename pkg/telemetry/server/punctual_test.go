// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/common/config"
)

func TestClocksApart(t *testing.T) {
	cases := map[string]struct {
		ahead time.Duration // of the server
		date  string        // in place of that
		want  error
	}{
		"together":          {},
		"a little ahead":    {ahead: maxSkew / 2},
		"a little behind":   {ahead: -maxSkew / 2},
		"ahead":             {ahead: time.Hour, want: errSkew},
		"behind":            {ahead: -time.Hour, want: errSkew},
		"nothing is said":   {date: " "},
		"something is said": {date: "noon"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			answering := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", time.Now().Add(tc.ahead).UTC().Format(http.TimeFormat))
				if tc.date != "" {
					w.Header().Set("Date", tc.date)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"status": "success", "data": {"resultType": "vector", "result": []}}`)
			}))
			defer answering.Close()
			client, err := New(Settings{URL: answering.URL, HTTP: &config.DefaultHTTPClientConfig})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if _, err := client.Query(t.Context(), "up", time.Now()); !errors.Is(err, tc.want) {
				t.Errorf("got error %v, want %v", err, tc.want)
			}
		})
	}
}
