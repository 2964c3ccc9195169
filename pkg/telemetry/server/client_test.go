// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

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

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/promql"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/server"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

var (
	load  = telemetrytest.Load
	after = telemetrytest.After
	start = after(0)
)

// serveDatabase answers queries out of a database, at the base /base.
func serveDatabase(database *embedded.Database) http.HandlerFunc {
	return http.StripPrefix("/base", telemetrytest.Serve(database)).ServeHTTP
}

// listen starts a server whose API has the base /base.
func listen(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	listening := httptest.NewServer(handler)
	t.Cleanup(listening.Close)
	return listening
}

// connect makes a client with an HTTP configuration in YAML.
func connect(t *testing.T, url, httpConfig string, matchers map[string]string) *server.Client {
	t.Helper()
	settings := &config.DefaultHTTPClientConfig
	if httpConfig != "" {
		var err error
		if settings, err = config.LoadHTTPConfig(httpConfig); err != nil {
			t.Fatal(err)
		}
	}
	client, err := server.New(server.Settings{URL: url, HTTP: settings, Matchers: matchers})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// query returns the values of an instant query by series.
func query(t *testing.T, client *server.Client, expression string, at time.Time) map[string]string {
	t.Helper()
	vector, err := client.Query(t.Context(), expression, at)
	if err != nil {
		t.Fatal(err)
	}
	return bySeries(vector)
}

func bySeries(vector promql.Vector) map[string]string {
	values := map[string]string{}
	for _, sample := range vector {
		values[sample.Metric.String()] = fmt.Sprint(sample.F)
	}
	return values
}

func TestQuery(t *testing.T) {
	database := load(t, `m{node="a",cluster="x"} 1+1x10`, `m{node="b",cluster="x"} 2x10`, `m{node="a",cluster="y"} 7x10`, `z{node="a",cluster="x"} 0x10`)
	cases := map[string]struct {
		query    string
		matchers map[string]string
		want     map[string]string
	}{
		"selector":     {query: `m{cluster="x"}`, want: map[string]string{`{__name__="m", cluster="x", node="a"}`: "5", `{__name__="m", cluster="x", node="b"}`: "2"}},
		"aggregation":  {query: `sum by (node) (m)`, want: map[string]string{`{node="a"}`: "12", `{node="b"}`: "2"}},
		"no series":    {query: `other`, want: map[string]string{}},
		"no number":    {query: `z / z`, want: map[string]string{`{cluster="x", node="a"}`: "NaN"}},
		"infinite":     {query: `-1 / z`, want: map[string]string{`{cluster="x", node="a"}`: "-Inf"}},
		"matchers":     {query: `sum by (node) (m)`, matchers: map[string]string{"cluster": "y"}, want: map[string]string{`{node="a"}`: "7"}},
		"conflict":     {query: `m{cluster="x"}`, matchers: map[string]string{"cluster": "y"}, want: map[string]string{}},
		"absent label": {query: `m`, matchers: map[string]string{"cluster": ""}, want: map[string]string{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := connect(t, listen(t, serveDatabase(database)).URL+"/base/", "", tc.matchers)
			if diff := cmp.Diff(tc.want, query(t, client, tc.query, after(4))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A server's answers about a past are as they were: matchers and all.
func TestQueryRange(t *testing.T) {
	database := load(t, `m{node="a",cluster="x"} 1+1x4 stale _ 9`, `m{node="b",cluster="x"} 2x80`, `m{node="a",cluster="y"} 7x80`, `z{node="a",cluster="x"} 0x80`)
	client := connect(t, listen(t, serveDatabase(database)).URL+"/base", "", map[string]string{"cluster": "x"})
	for _, expression := range []string{`m`, `sum by (node) (m)`, `z / z`, `-1 / z`, `other`, `rate(m[1m])`, `m @ end()`} {
		history := telemetry.NewHistory(client.Query, client.QueryRange, telemetrytest.Interval, after(80))
		for i := range 80 {
			want := query(t, client, expression, after(i))
			vector, err := history.Query(t.Context(), expression, after(i))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, bySeries(vector)); diff != "" {
				t.Fatalf("%s after %d intervals (-instant +range):\n%s", expression, i, diff)
			}
		}
	}
}

func TestQueryRangeFails(t *testing.T) {
	cases := map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"refused":     {handler: answer(http.StatusBadRequest, "application/json", `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"}`), want: "exceeded maximum resolution"},
		"not the API": {handler: answer(http.StatusOK, "text/html", "<html>"), want: "not from the API of Prometheus"},
		"vector":      {handler: answer(http.StatusOK, "application/json", `{"status":"success","data":{"resultType":"vector","result":[]}}`), want: "the answer is a vector, not a matrix"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			url := listen(t, tc.handler).URL
			_, err := connect(t, url, "", nil).QueryRange(t.Context(), `m`, start, after(4), telemetrytest.Interval)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), url) {
				t.Errorf("got error %v, want %q and the URL in it", err, tc.want)
			}
		})
	}
}

// The ages of samples come from the data, as they do with the embedded engine.
func TestAgeIsThatOfTheData(t *testing.T) {
	database := load(t, `m{node="a",cluster="x"} 1x2`, `m{node="b",cluster="x"} 2x9 stale`, `m{node="a",cluster="y"} 3x20`)
	client := connect(t, listen(t, serveDatabase(database)).URL+"/base", "", map[string]string{"cluster": "x"})
	nodes := telemetry.NewNodes(telemetrytest.Nodes("a", "b"))
	measurer, asked := telemetry.NewMeasurer(client.Query, 10*time.Second), telemetry.Query{Expression: `m`, MaxAge: time.Hour}
	for _, tick := range []int{9, 12} {
		samples, failures := measurer.Measure(t.Context(), []telemetry.Query{asked}, nodes, after(tick))
		if err := failures[asked]; err != nil {
			t.Fatal(err)
		}
		want := verdict.Samples{"a": {Value: 1, Time: after(2)}, "b": {Value: 2, Time: after(9)}}
		if diff := cmp.Diff(want, samples[asked], cmp.Comparer(time.Time.Equal)); diff != "" {
			t.Errorf("after %d intervals (-want +got):\n%s", tick, diff)
		}
	}
}

func TestQueryFails(t *testing.T) {
	cases := map[string]struct {
		handler http.HandlerFunc
		query   string // m where it is not given
		// want are parts of the error, beside the URL.
		want []string
	}{
		"refused by the API": {
			handler: serveDatabase(load(t, `m{node="a",x="1"} 1`, `m{node="a",x="2"} 1`)),
			query:   `m * on (node) m`,
			want:    []string{"422", "many-to-many matching not allowed"},
		},
		"not authenticated": {
			handler: answer(http.StatusUnauthorized, "text/plain", "no org id"),
			want:    []string{"401 Unauthorized: no org id", "telemetry.prometheus.httpConfig"},
		},
		"not allowed": {
			handler: answer(http.StatusForbidden, "text/html", "<html>Go away"),
			want:    []string{"403 Forbidden (", "telemetry.prometheus.httpConfig"},
		},
		"not the base of the API": {
			handler: answer(http.StatusNotFound, "text/plain; charset=utf-8", "404 page not found"),
			want:    []string{"404 Not Found", "telemetry.prometheus.url must be the base"},
		},
		"overloaded": {
			handler: answer(http.StatusServiceUnavailable, "application/json", `{"status":"error","errorType":"timeout","error":"query timed out"}`),
			want:    []string{"503 Service Unavailable: query timed out"},
		},
		"proxy without a server": {
			handler: answer(http.StatusBadGateway, "text/html", "<html>Bad gateway"),
			want:    []string{"502 Bad Gateway"},
		},
		"login page": {
			handler: answer(http.StatusOK, "text/html", "<html>Who are you?"),
			want:    []string{"not from the API of Prometheus", "telemetry.prometheus.url"},
		},
		"nothing": {
			handler: answer(http.StatusOK, "application/json", `{"status":"success"}`),
		},
		"scalar": {
			handler: answer(http.StatusOK, "application/json", `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`),
			want:    []string{"the answer is a scalar, not a vector"},
		},
		"matrix": {
			handler: answer(http.StatusOK, "application/json", `{"status":"success","data":{"resultType":"matrix","result":[]}}`),
			want:    []string{"the answer is a matrix, not a vector"},
		},
		"too large": {
			handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, io.LimitReader(endless{}, 65<<20)) },
			want:    []string{"more than 48 MiB", "max by (node)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			url := listen(t, tc.handler).URL + "/base"
			if tc.query == "" {
				tc.query = `m`
			}
			got, err := connect(t, url, "", nil).Query(t.Context(), tc.query, start)
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			for _, want := range append(tc.want, url) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "<html>") {
				t.Errorf("got error %q, want no markup in it", err)
			}
		})
	}
}

// endless is a JSON string without an end.
type endless struct{}

func (endless) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = '"'
	}
	return len(into), nil
}

func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	gone := listen(t, nil)
	gone.Close()
	hangs := listen(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not seen
		<-r.Context().Done()
	})
	resets := listen(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			connection.Close()
		}
	})
	cases := map[string]struct {
		url  string
		want []string
	}{
		"nothing listens": {url: gone.URL, want: []string{"connection refused", "is the server running"}},
		"no answer":       {url: hangs.URL, want: []string{"no answer in time", "telemetry.prometheus.timeout"}},
		"no such name":    {url: "http://prometheus.invalid:9090", want: []string{"looking up the name prometheus.invalid"}},
		"connection lost": {url: resets.URL, want: []string{"EOF"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := connect(t, tc.url, "", nil)
			var texts []string
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				_, err := client.Query(ctx, `m`, start)
				cancel()
				if err == nil {
					t.Fatal("got an answer, want an error")
				}
				texts = append(texts, err.Error())
			}
			for _, want := range append(tc.want, tc.url) {
				if !strings.Contains(texts[0], want) {
					t.Errorf("got error %q, want %q in it", texts[0], want)
				}
			}
			if texts[0] != texts[1] {
				t.Errorf("got %q and then %q, want the same text: it is logged when it changes", texts[0], texts[1])
			}
		})
	}
}

func TestWarningsAreLoggedOnce(t *testing.T) {
	client := connect(t, listen(t, answer(http.StatusOK, "application/json",
		`{"status":"success","warnings":["a store is down"],"data":{"resultType":"vector","result":[]}}`)).URL, "", nil)
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true), ktesting.Verbosity(2)))
	ctx := klog.NewContext(t.Context(), logger)
	for range 3 {
		if _, err := client.Query(ctx, `m`, start); err != nil {
			t.Fatal(err)
		}
	}
	logged := logger.GetSink().(ktesting.Underlier).GetBuffer().String()
	if got := strings.Count(logged, "a store is down"); got != 1 {
		t.Errorf("got %d times in the log, want once:\n%s", got, logged)
	}
}

// Proxies that forbid POST are asked with GET, as by every client of the API.
func TestReadOnlyProxy(t *testing.T) {
	database := serveDatabase(load(t, `m{node="a"} 1x5`))
	client := connect(t, listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		database(w, r)
	}).URL+"/base", "", nil)
	if diff := cmp.Diff(map[string]string{`{__name__="m", node="a"}`: "1"}, query(t, client, `m`, start)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
