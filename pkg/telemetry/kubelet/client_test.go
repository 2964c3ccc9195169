// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/transport"
)

// answer is what a kubelet says of a node and of what runs on it.
const answer = `# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
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
	server := httptest.NewUnstartedServer(handler)
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

func newTestClient(t *testing.T, settings TLS, token string) *Client {
	t.Helper()
	tokens := transport.NewCachedTokenSource(oauth2.StaticTokenSource(&oauth2.Token{
		AccessToken: token, Expiry: time.Now().Add(time.Hour),
	}))
	client, err := NewClient(settings, tokens)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.http.CloseIdleConnections)
	return client
}

func TestReadKeepsWhatIsOfTheNode(t *testing.T) {
	server := startKubelet(t, serve(answer))
	node := nodeAt(t, "a", server.Listener.Addr())
	samples, err := newTestClient(t, TLS{CAData: authorityOf(server)}, "secret").read(t.Context(), node)
	if err != nil {
		t.Fatal(err)
	}
	type sample struct {
		Value float64
		Time  int64 // in milliseconds
	}
	got := map[string]sample{}
	for _, s := range samples {
		got[s.Series.String()] = sample{s.Value, s.Time.UnixMilli()}
	}
	address := server.Listener.Addr().String()
	want := map[string]sample{
		`{__name__="node_cpu_usage_seconds_total", instance="` + address + `", job="kubelet", node="a"}`:  {357.35491, 1772366390000},
		`{__name__="node_memory_working_set_bytes", instance="` + address + `", job="kubelet", node="a"}`: {1.616273408e+09, 1772366391000},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadAsksWithTheToken(t *testing.T) {
	var asked atomic.Pointer[http.Request]
	server := startKubelet(t, func(_ http.ResponseWriter, request *http.Request) { asked.Store(request) })
	node := nodeAt(t, "a", server.Listener.Addr())
	node.Annotations = map[string]string{pathAnnotation: "own/metrics"}
	if _, err := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret").read(t.Context(), node); err != nil {
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
			handler: serve(answer + "node_cpu_usage_seconds_total{\n"),
			want:    []string{"parsing the answer"},
		},
		"cut off": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100000")
				_, _ = io.WriteString(w, answer)
			},
			want: []string{"reading the answer", "unexpected EOF"},
		},
		"too large": {
			handler: func(w http.ResponseWriter, _ *http.Request) {
				line := []byte(strings.Repeat("#", 1<<20-1) + "\n")
				for range maxBody>>20 + 1 {
					_, _ = w.Write(line)
				}
			},
			want: []string{"more than 16 MiB"},
		},
		"unknown authority": {
			handler:  serve(answer),
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
			samples, err := newTestClient(t, settings, "secret").read(t.Context(), nodeAt(t, "a", server.Listener.Addr()))
			if err == nil {
				t.Fatalf("got %v, want an error", samples)
			}
			if samples != nil {
				t.Errorf("got %v together with an error", samples)
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
	server := startKubelet(t, serve(answer))
	node := nodeAt(t, "a", server.Listener.Addr())
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "localhost"}}
	_, err := newTestClient(t, TLS{CAData: authorityOf(server)}, "secret").read(t.Context(), node)
	for _, want := range []string{"localhost", "insecureSkipVerify"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

func TestReadFollowsNoRedirect(t *testing.T) {
	var reached atomic.Int32
	elsewhere := startKubelet(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	for _, code := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect} {
		server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
			http.Redirect(w, request, elsewhere.URL, code)
		})
		_, err := newTestClient(t, TLS{InsecureSkipVerify: true}, "secret").read(t.Context(), nodeAt(t, "a", server.Listener.Addr()))
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
		_, err := NewClient(TLS{CAFile: file}, nil)
		if err == nil || !strings.Contains(err.Error(), "telemetry.embedded.kubelets.caFile") {
			t.Errorf("%s: got error %v, want one that names the field", file, err)
		}
	}
}

func TestEndpoint(t *testing.T) {
	cases := map[string]struct {
		// addresses are in the order of the node's status, as type=address.
		addresses []string
		port      int32
		path      string
		// want is empty for an error.
		want string
	}{
		"internal address first": {
			addresses: []string{"Hostname=h", "InternalDNS=d", "ExternalIP=2.0.0.1", "InternalIP=10.0.0.1"},
			want:      "https://10.0.0.1:10250/metrics/resource",
		},
		"then the external one": {
			addresses: []string{"Hostname=h", "InternalDNS=d", "ExternalIP=2.0.0.1"},
			want:      "https://2.0.0.1:10250/metrics/resource",
		},
		"then the internal name": {
			addresses: []string{"Hostname=h", "InternalDNS=d"},
			want:      "https://d:10250/metrics/resource",
		},
		"then the host name": {
			addresses: []string{"Hostname=h"},
			want:      "https://h:10250/metrics/resource",
		},
		"first of two":                  {addresses: []string{"InternalIP=10.0.0.1", "InternalIP=fd00::1"}, want: "https://10.0.0.1:10250/metrics/resource"},
		"IPv6":                          {addresses: []string{"InternalIP=fd00::1"}, want: "https://[fd00::1]:10250/metrics/resource"},
		"empty address":                 {addresses: []string{"InternalIP=", "Hostname=h"}, want: "https://h:10250/metrics/resource"},
		"port":                          {addresses: []string{"Hostname=h"}, port: 443, want: "https://h:443/metrics/resource"},
		"path":                          {addresses: []string{"Hostname=h"}, path: "/other", want: "https://h:10250/other"},
		"path without a slash":          {addresses: []string{"Hostname=h"}, path: "other", want: "https://h:10250/other"},
		"path cannot name another host": {addresses: []string{"Hostname=h"}, path: "@evil/x?y", want: "https://h:10250/@evil/x%3Fy"},
		"no address":                    {},
		"only an external name":         {addresses: []string{"ExternalDNS=e"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			node := &corev1.Node{}
			for _, text := range tc.addresses {
				kind, address, _ := strings.Cut(text, "=")
				node.Status.Addresses = append(node.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeAddressType(kind), Address: address})
			}
			node.Status.DaemonEndpoints.KubeletEndpoint.Port = tc.port
			if tc.path != "" {
				node.Annotations = map[string]string{pathAnnotation: tc.path}
			}
			got := ""
			if endpoint, err := endpointOf(node); err == nil {
				got = endpoint.String()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
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
