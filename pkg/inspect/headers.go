// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import "net/http"

// guards are headers of every answer. The page, and nothing of what it shows, may run
// scripts, ask for anything elsewhere, or be shown within another page.
var guards = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
}

// guarded puts the guards on every answer, each once, also on those that are passed on
// from another server with guards of its own. Nothing is to be kept by a cache, unless
// the answer says otherwise.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&guardedWriter{ResponseWriter: w}, r)
	})
}

type guardedWriter struct {
	http.ResponseWriter
	begun bool
}

// Unwrap is for http.ResponseController.
func (w *guardedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader puts the guards on.
func (w *guardedWriter) WriteHeader(status int) {
	if !w.begun {
		w.begun = status >= http.StatusOK
		header := w.Header()
		for name, value := range guards {
			header.Set(name, value)
		}
		if header.Get("Cache-Control") == "" {
			header.Set("Cache-Control", "no-store")
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write begins the answer if it has not been.
func (w *guardedWriter) Write(content []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(content)
}

// onlyReading refuses all that is not a question.
func onlyReading(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "nothing can be changed here: use GET", http.StatusMethodNotAllowed)
			return
		}
		next.ServeHTTP(w, r)
	})
}
