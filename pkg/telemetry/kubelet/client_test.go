// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// example is what a kubelet says of a node and of what runs on it.
const example = `# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 357.35491 1772366390000
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 1.616273408e+09 1772366391000
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="default",pod="busy"} 4.67812 1772366392000
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="main",namespace="default",pod="busy"} 1.5044608e+07 1772366392000
# TYPE resource_scrape_error gauge
resource_scrape_error 0
`

func serve(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// startKubelet starts a server in place of a kubelet.
func startKubelet(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startKubeletAt(t, listener, handler)
}

func startKubeletAt(t *testing.T, listener net.Listener, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are meant
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// nodeAt is a node whose kubelet is at an address.
func nodeAt(t *testing.T, name string, address net.Addr) *corev1.Node {
	t.Helper()
	host, port, err := net.SplitHostPort(address.String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Status: corev1.NodeStatus{
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: host}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(number)}},
		},
	}
}

func authorityOf(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// timed is a sample without its series.
type timed struct {
	Value float64
	Time  int64 // in milliseconds, 0 for none
}

func bySeries(samples []embedded.Sample) map[string]timed {
	got := map[string]timed{}
	for _, s := range samples {
		one := timed{Value: s.Value}
		if !s.Time.IsZero() {
			one.Time = s.Time.UnixMilli()
		}
		got[s.Series.String()] = one
	}
	return got
}

// oneToken is a token source that has no other.
type oneToken string

func (t oneToken) Token() (string, error) { return string(t), nil }
func (t oneToken) Reject(string)          {}

func newTestClient(t *testing.T, settings TLS, token string) *Client {
	t.Helper()
	client, err := NewClient(Settings{TLS: settings}, oneToken(token))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.http.CloseIdleConnections)
	return client
}

func TestReadKeepsWhatIsOfTheNode(t *testing.T) {
	server := startKubelet(t, serve(example))
	node := nodeAt(t, "a", server.Listener.Addr())
	got, err := newTestClient(t, TLS{CAData: authorityOf(server)}, "secret").resources(t.Context(), node, Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	address := server.Listener.Addr().String()
	want := map[string]timed{
		`{__name__="node_cpu_usage_seconds_total", instance="` + address + `", job="kubelet", node="a"}`:  {357.35491, 1772366390000},
		`{__name__="node_memory_working_set_bytes", instance="` + address + `", job="kubelet", node="a"}`: {1.616273408e+09, 1772366391000},
	}
	if diff := cmp.Diff(want, bySeries(got.samples)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadAsksWithTheToken(t *testing.T) {
	var asked atomic.Pointer[http.Request]
	server := startKubelet(t, func(_ http.ResponseWriter, request *http.Request) { asked.Store(request) })
	node := nodeAt(t, "a", server.Listener.Addr())
	node.Annotations = map[string]string{pathAnnotation: "own/metrics"}
	if _, err := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret").resources(t.Context(), node, Wanted{}); err != nil {
		t.Fatal(err)
	}
	request := asked.Load()
	if got, want := request.URL.Path, "/own/metrics"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	if got, want := request.Header.Get("Authorization"), "Bearer secret"; got != want {
		t.Errorf("authorized by %q, want %q", got, want)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	cases := map[string]struct {
		handler http.HandlerFunc
		// settings trust the server where they are not given.
		settings *TLS
		// want are parts of the error.
		want []string
	}{
		"401": {handler: status(http.StatusUnauthorized), want: []string{"401 Unauthorized", "--authentication-token-webhook"}},
		"403": {handler: status(http.StatusForbidden), want: []string{"403 Forbidden", `"get" on "nodes/metrics"`, "telemetry.embedded.kubelets.serviceAccount"}},
		"404": {handler: status(http.StatusNotFound), want: []string{"404 Not Found", "/metrics/resource"}},
		"406": {handler: status(http.StatusNotAcceptable), want: []string{"406 Not Acceptable"}},
		"500": {handler: status(http.StatusInternalServerError), want: []string{"500 Internal Server Error"}},
		"not Prometheus' text format": {
			handler: serve("<html>\n"),
			want:    []string{"parsing the answer", "/metrics/resource"},
		},
		"malformed at its end": {
			handler: serve(example + "node_cpu_usage_seconds_total{\n"),
			want:    []string{"parsing the answer"},
		},
		"cut off": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100000")
				_, _ = io.WriteString(w, example)
			},
			want: []string{"reading the answer", "unexpected EOF"},
		},
		"too large": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				line := []byte(strings.Repeat("#", 1<<20-1) + "\n")
				for range maxResourceBody>>20 + 1 {
					_, _ = w.Write(line)
				}
			},
			want: []string{"more than 16 MiB"},
		},
		"unknown authority": {
			handler:  serve(example),
			settings: &TLS{CAData: []byte(otherAuthority)},
			want:     []string{"unknown authority", "telemetry.embedded.kubelets.caFile", "telemetry.embedded.kubelets.insecureSkipVerify"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := startKubelet(t, tc.handler)
			settings := TLS{CAData: authorityOf(server)}
			if tc.settings != nil {
				settings = *tc.settings
			}
			got, err := newTestClient(t, settings, "secret").resources(t.Context(), nodeAt(t, "a", server.Listener.Addr()), Wanted{})
			if err == nil {
				t.Fatalf("got %v, want an error", got.samples)
			}
			if got.samples != nil {
				t.Errorf("got %v together with an error", got.samples)
			}
			for _, want := range append(tc.want, server.Listener.Addr().String()) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q tells the token", err)
			}
		})
	}
}

func TestReadNamesTheHostThatACertificateIsNotFor(t *testing.T) {
	server := startKubelet(t, serve(example))
	node := nodeAt(t, "a", server.Listener.Addr())
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "localhost"}}
	_, err := newTestClient(t, TLS{CAData: authorityOf(server)}, "secret").resources(t.Context(), node, Wanted{})
	for _, want := range []string{"localhost", "insecureSkipVerify"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

func TestReadUnpacksGzip(t *testing.T) {
	var encodings atomic.Pointer[string]
	server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
		encodings.Store(ptr.To(request.Header.Get("Accept-Encoding")))
		w.Header().Set("Content-Encoding", "gzip")
		packer := gzip.NewWriter(w)
		defer packer.Close()
		_, _ = io.WriteString(packer, example)
	})
	got, err := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret").resources(t.Context(), nodeAt(t, "a", server.Listener.Addr()), Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.samples) != 2 {
		t.Errorf("got %d samples, want 2", len(got.samples))
	}
	if got := *encodings.Load(); got != "gzip" {
		t.Errorf("asked for the encoding %q, want gzip", got)
	}
}

// What is small when it is sent and large when unpacked is not unpacked beyond
// the limit.
func TestReadCutsOffWhatUnpacksToTooMuch(t *testing.T) {
	bomb := &bytes.Buffer{}
	packer := gzip.NewWriter(bomb)
	line := []byte("pod_cpu_usage_seconds_total{pod=\"" + strings.Repeat("x", 1000) + "\"} 1\n")
	for range 128 << 20 / len(line) {
		if _, err := packer.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	server := startKubelet(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		n, _ := io.Copy(w, bytes.NewReader(bomb.Bytes()))
		sent.Store(n)
	})
	node := nodeAt(t, "a", server.Listener.Addr())
	client := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret")
	wanted := Wanted{PodsOn: map[string]bool{"a": true}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := client.resources(t.Context(), node, wanted)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "more than 16 MiB") {
		t.Errorf("got error %v, want one that tells of the limit", err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8*maxResourceBody {
		t.Errorf("took %d MiB", allocated>>20)
	}
}

// Of an answer of many megabytes little is in memory at a time.
func TestPressureIsReadInPassing(t *testing.T) {
	var body bytes.Buffer
	filler := strings.Repeat("x", 500)
	for _, name := range []string{"container_memory_rss", "container_pressure_cpu_waiting_seconds_total"} {
		fmt.Fprintf(&body, "%s{id=\"/\"} 7 1772366390000\n", name)
		for i := range 20_000 {
			fmt.Fprintf(&body, "%s{id=\"/kubepods/%d\",image=%q} 1 1772366390000\n", name, i, filler)
		}
	}
	server := startKubelet(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body.Bytes()) })
	node := nodeAt(t, "a", server.Listener.Addr())
	client := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret")
	wanted := Wanted{Everywhere: map[string]bool{"container_pressure_cpu_waiting_seconds_total": true}}
	if _, err := client.pressure(t.Context(), node, wanted); err != nil { // connects
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := client.pressure(t.Context(), node, wanted)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	address := server.Listener.Addr().String()
	want := map[string]timed{
		`{__name__="container_pressure_cpu_waiting_seconds_total", id="/", instance="` + address + `", job="kubelet", node="a"}`: {7, 1772366390000},
	}
	if diff := cmp.Diff(want, bySeries(got.samples)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > uint64(body.Len()/10) {
		t.Errorf("took %d KiB for an answer of %d KiB", allocated>>10, body.Len()>>10)
	}
}

func TestReadFollowsNoRedirect(t *testing.T) {
	var reached atomic.Int32
	elsewhere := startKubelet(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect} {
		server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
			http.Redirect(w, request, elsewhere.URL, code)
		})
		_, err := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret").resources(t.Context(), nodeAt(t, "a", server.Listener.Addr()), Wanted{})
		if err == nil || !strings.Contains(err.Error(), strconv.Itoa(code)) {
			t.Errorf("got error %v, want one that tells of status %d", err, code)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("asked elsewhere %d times, want never", n)
	}
}

func TestNewClientRefusesAnUnreadableAuthority(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(garbage, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{garbage, filepath.Join(t.TempDir(), "missing.crt")} {
		_, err := NewClient(Settings{TLS: TLS{CAFile: file}}, nil)
		if err == nil || !strings.Contains(err.Error(), "telemetry.embedded.kubelets.caFile") {
			t.Errorf("%s: got error %v, want one that names the field", file, err)
		}
	}
}

// otherAuthority signed none of the certificates of these tests. Its key is gone.
const otherAuthority = `-----BEGIN CERTIFICATE-----
MIIBajCCARGgAwIBAgIBATAKBggqhkjOPQQDAjAcMRowGAYDVQQDExFhbm90aGVy
IGF1dGhvcml0eTAgFw0yNjAxMDEwMDAwMDBaGA8yMTI2MDEwMTAwMDAwMFowHDEa
MBgGA1UEAxMRYW5vdGhlciBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAAR+3vx43buzRsnTHyLb8YBOlF/A0PGlis0zFXvebIwkrJPBUj02N+uy6qwB
MRjtEmRbNcxgG6dSsZkn4fwKGDNUo0IwQDAOBgNVHQ8BAf8EBAMCAgQwDwYDVR0T
AQH/BAUwAwEB/zAdBgNVHQ4EFgQUSHOjx7/g9Hs/H4CU7ccvvLQYqQkwCgYIKoZI
zj0EAwIDRwAwRAIgRvKP0duvTba42jdEN7iIaUXX/IvoOcbPTnc9g9x6zzICIAN1
vXPQq5hd7FsA5iSR9U5TO2nZ0rlI//iVtFIWXKJ9
-----END CERTIFICATE-----`
