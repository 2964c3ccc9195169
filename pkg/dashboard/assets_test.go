// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/inspect"
)

// serve serves the page as the scheduler does, and returns where.
func (f *fixture) serve() (url string) {
	f.Helper()
	listener, err := inspect.Listen("127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- inspect.Serve(ctx, listener, f.handler) }()
	f.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			f.Errorf("serving: %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

// send sends a request with headers, and returns the answer with its body read.
func (f *fixture) send(method, url string, headers map[string]string) (*http.Response, string) {
	f.Helper()
	request, err := http.NewRequestWithContext(f.Context(), method, url, nil)
	if err != nil {
		f.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	request.Host = request.Header.Get("Host")
	response, err := http.DefaultTransport.RoundTrip(request) // which follows nowhere
	if err != nil {
		f.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.Fatal(err)
	}
	return response, string(body)
}

// Every answer, be it of data, of an asset or of an error, has the headers that keep
// others out.
func TestHeaders(t *testing.T) {
	f := newFixture(t)
	url := f.serve()
	guards := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
	}
	const data, page, plain = "application/json", "text/html; charset=utf-8", "text/plain; charset=utf-8"
	cases := map[string]struct {
		method, path, host string
		status             int
		kind               string
	}{
		"the page":             {path: "/", status: 200, kind: page},
		"the page by its name": {path: "/index.html", status: 200, kind: page},
		"what is on it":        {method: http.MethodHead, path: "/", status: 200, kind: page},
		"nodes":                {path: "/v1/nodes", status: 200, kind: data},
		"rules":                {path: "/v1/rules", status: 200, kind: data},
		"decisions":            {path: "/v1/decisions", status: 200, kind: data},
		"version":              {path: "/v1/version", status: 200, kind: data},
		"standing":             {path: "/v1/standing", status: 200, kind: data},
		"evictions":            {path: "/v1/evictions", status: 200, kind: data},
		"waiting":              {path: "/v1/waiting", status: 200, kind: data},
		"timeline":             {path: "/v1/timeline", status: 200, kind: data},
		"bad timeline":         {path: "/v1/timeline?minutes=x", status: 400, kind: plain},
		"plan":                 {path: "/v1/plan", status: 404, kind: plain},
		"no data":              {path: "/v1/none", status: 404, kind: plain},
		"no asset":             {path: "/none.js", status: 404, kind: plain},
		"a directory":          {path: "/assets/", status: 404, kind: plain},
		"a way out":            {path: "/..%2fassets.go", status: 404, kind: plain},
		"a change":             {method: http.MethodPost, path: "/v1/waiting", status: 405, kind: plain},
		"another change":       {method: http.MethodDelete, path: "/", status: 405, kind: plain},
		"options":              {method: http.MethodOptions, path: "/v1/none", status: 405, kind: plain},
		"another host":         {path: "/", host: "evil.example", status: 403, kind: plain},
		"another host's data":  {path: "/v1/nodes", host: "evil.example:10269", status: 403, kind: plain},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			response, _ := f.send(tc.method, url+tc.path, map[string]string{"Host": tc.host})
			if got := response.Header.Get("Content-Type"); response.StatusCode != tc.status || got != tc.kind {
				t.Errorf("got %d and %q, want %d and %q", response.StatusCode, got, tc.status, tc.kind)
			}
			for header, want := range guards {
				if got := response.Header.Values(header); len(got) != 1 || got[0] != want {
					t.Errorf("%s: got %q, want %q", header, got, want)
				}
			}
			caching := "no-store"
			if tc.status == http.StatusOK && tc.kind == page {
				caching = "no-cache"
			}
			if got := response.Header.Get("Cache-Control"); got != caching {
				t.Errorf("Cache-Control: got %q, want %q", got, caching)
			}
		})
	}
}

// All files of the page are served, compressed for who likes that, and not again to who
// has them.
func TestAssets(t *testing.T) {
	f := newFixture(t)
	url := f.serve()
	kinds := map[string]string{
		"index.html": "text/html; charset=utf-8", "page.js": "text/javascript; charset=utf-8", "page.css": "text/css; charset=utf-8",
		"favicon.svg": "image/svg+xml", "LICENSES.txt": "text/plain; charset=utf-8",
	}
	files, err := os.ReadDir("assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile("assets/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		response, body := f.send(http.MethodGet, url+"/"+file.Name(), map[string]string{"Accept-Encoding": "identity"})
		if response.StatusCode != http.StatusOK || body != string(content) || response.Header.Get("Content-Type") != kinds[file.Name()] {
			t.Errorf("%s: got %d, %d bytes and headers %v", file.Name(), response.StatusCode, len(body), response.Header)
		}
		tag := response.Header.Get("ETag")
		for _, encoding := range []string{"identity", "gzip, zstd"} {
			response, body := f.send(http.MethodGet, url+"/"+file.Name(), map[string]string{"Accept-Encoding": encoding, "If-None-Match": tag})
			if response.StatusCode != http.StatusNotModified || body != "" || tag == "" {
				t.Errorf("%s: got %d and %d bytes with the tag %q, want nothing new", file.Name(), response.StatusCode, len(body), tag)
			}
		}
		if response, _ := f.send(http.MethodGet, url+"/"+file.Name(), map[string]string{"If-None-Match": `W/"another"`}); response.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d with another tag", file.Name(), response.StatusCode)
		}
	}
}

func TestCompression(t *testing.T) {
	f := newFixture(t)
	url := f.serve()
	for path, want := range map[string]string{"/v1/timeline?minutes=120": "gzip", "/v1/waiting": "", "/": "gzip"} {
		response, err := http.DefaultTransport.RoundTrip(request(t, url+path))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got := response.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		if want == "" {
			continue
		}
		reader, err := gzip.NewReader(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, reader); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	return request
}

// An answer is not waited for by who is gone.
func TestWhoIsGone(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if status, answer := f.askIn(ctx, "/v1/standing"); status != http.StatusServiceUnavailable {
		t.Errorf("got %d: %s", status, answer)
	}
}
