// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/wait"
)

const housekeeping = 10 * time.Second

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// parse reads a body as any client would.
func parse(t *testing.T, body string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func (k kubelet) families(t *testing.T, at time.Time) map[string]*dto.MetricFamily {
	t.Helper()
	return parse(t, string(k.appendBody(nil, at)))
}

func TestBodyHoldsWhatAKubeletTells(t *testing.T) {
	families := kubelet{index: 7, pods: 30, housekeeping: housekeeping}.families(t, start)
	got := map[string]int{}
	for name, family := range families {
		got[name] = len(family.Metric)
	}
	want := map[string]int{
		"container_cpu_usage_seconds_total": 30, "container_memory_working_set_bytes": 30,
		"container_start_time_seconds": 30, "container_swap_usage_bytes": 30,
		"node_cpu_usage_seconds_total": 1, "node_memory_working_set_bytes": 1, "node_swap_usage_bytes": 1,
		"pod_cpu_usage_seconds_total": 30, "pod_memory_working_set_bytes": 30, "pod_swap_usage_bytes": 30,
		"resource_scrape_error": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("series by metric (-want +got):\n%s", diff)
	}
	pods := map[string]bool{}
	for _, metric := range families["pod_memory_working_set_bytes"].Metric {
		pods[metric.String()] = true
	}
	if len(pods) != 30 {
		t.Errorf("%d different pods, want 30", len(pods))
	}
}

func TestCountersAdvanceAsTheCoresInUse(t *testing.T) {
	for index := range 200 {
		k := kubelet{index: index, pods: 30, housekeeping: housekeeping}
		before := k.families(t, start)["node_cpu_usage_seconds_total"].Metric[0]
		after := k.families(t, start.Add(housekeeping))["node_cpu_usage_seconds_total"].Metric[0]
		elapsed := float64(after.GetTimestampMs()-before.GetTimestampMs()) / 1000
		if elapsed != housekeeping.Seconds() {
			t.Fatalf("node %d: the timestamp advanced by %vs, want %v", index, elapsed, housekeeping)
		}
		rate := (after.GetCounter().GetValue() - before.GetCounter().GetValue()) / elapsed
		if math.Abs(rate/k.cores()-1) > 1.01*swing || rate > Cores {
			t.Errorf("node %d: %v cores in use, want %v", index, rate, k.cores())
		}
	}
}

func TestValuesStayBetweenHousekeepings(t *testing.T) {
	k := kubelet{index: 7, pods: 3, housekeeping: housekeeping}
	at := start.Truncate(housekeeping).Add(housekeeping * 7 / 100)
	first := string(k.appendBody(nil, at))
	if got := string(k.appendBody(nil, at.Add(housekeeping-time.Millisecond))); got != first {
		t.Error("the body changed between two housekeepings")
	}
	if got := string(k.appendBody(nil, at.Add(housekeeping))); got == first {
		t.Error("the body did not change with the next housekeeping")
	}
}

func TestMemory(t *testing.T) {
	for index := range 200 {
		k := kubelet{index: index, pods: 30, housekeeping: housekeeping}
		for minute := range 20 {
			families := k.families(t, start.Add(time.Duration(minute)*time.Minute))
			node := families["node_memory_working_set_bytes"].Metric[0].GetGauge().GetValue()
			if over := node > 0.9*MemoryBytes; over != Hot(index) {
				t.Fatalf("node %d, hot: %v: %v of its memory are in use", index, Hot(index), node/MemoryBytes)
			}
			pods := 0.0
			for _, metric := range families["pod_memory_working_set_bytes"].Metric {
				pods += metric.GetGauge().GetValue()
			}
			if math.Abs(pods/node-0.9) > 0.001 {
				t.Fatalf("node %d: its pods use %v of what it uses, want 0.9", index, pods/node)
			}
		}
	}
}

// freePort is free on the first address, and on the others unless somebody is
// very busy.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp4", Address(0).String()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// serve serves for the test, and returns a client that trusts the kubelets.
func serve(t *testing.T, options Options) *http.Client {
	t.Helper()
	options.CAFile = filepath.Join(t.TempDir(), "ca.crt")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, options) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	roots := x509.NewCertPool()
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		encoded, err := os.ReadFile(options.CAFile)
		return err == nil && roots.AppendCertsFromPEM(encoded), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestServe(t *testing.T) {
	options := Options{Nodes: 300, PodsPerNode: 2, Housekeeping: housekeeping, Port: freePort(t)}
	client := serve(t, options)
	cases := map[string]struct {
		node        int
		path, token string
		wantStatus  int
		gzip        bool
	}{
		"first node":           {node: 0, path: "/metrics/resource", token: "Bearer x", wantStatus: http.StatusOK},
		"last node":            {node: 299, path: "/metrics/resource", token: "Bearer x", wantStatus: http.StatusOK},
		"compressed":           {node: 7, path: "/metrics/resource", token: "Bearer x", wantStatus: http.StatusOK, gzip: true},
		"without a token":      {node: 7, path: "/metrics/resource", wantStatus: http.StatusUnauthorized},
		"anything but metrics": {node: 7, path: "/pods", token: "Bearer x", wantStatus: http.StatusNotFound},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			url := "https://" + net.JoinHostPort(Address(tc.node).String(), strconv.Itoa(options.Port)) + tc.path
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tc.token != "" {
				request.Header.Set("Authorization", tc.token)
			}
			if !tc.gzip {
				request.Header.Set("Accept-Encoding", "identity")
			}
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != tc.wantStatus {
				t.Fatalf("got %s, want %d", response.Status, tc.wantStatus)
			}
			if response.Uncompressed != tc.gzip {
				t.Errorf("compressed: %v, want %v", response.Uncompressed, tc.gzip)
			}
			if tc.wantStatus != http.StatusOK {
				return
			}
			got := parse(t, string(body))["node_memory_working_set_bytes"].Metric[0]
			at := time.UnixMilli(got.GetTimestampMs())
			if want := (kubelet{index: tc.node, pods: 2, housekeeping: housekeeping}).bytes(at); got.GetGauge().GetValue() != want {
				t.Errorf("got %v bytes in use at %v, want %v", got.GetGauge().GetValue(), at, want)
			}
		})
	}
}

func TestServeRefuses(t *testing.T) {
	listener, err := net.Listen("tcp4", Address(1).String()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	taken := listener.Addr().(*net.TCPAddr).Port
	cases := map[string]struct {
		options Options
		want    string
	}{
		"no nodes":              {options: Options{}, want: "want 1 to"},
		"more than addresses":   {options: Options{Nodes: MaxNodes + 1}, want: "want 1 to"},
		"a port that is in use": {options: Options{Nodes: 3, Port: taken}, want: "listening for node 1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.options.CAFile = filepath.Join(t.TempDir(), "ca.crt")
			err := Serve(t.Context(), tc.options)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got error %v, want %q in it", err, tc.want)
			}
			if _, err := os.Stat(tc.options.CAFile); err == nil {
				t.Error("the authority was published although nobody listens")
			}
		})
	}
}

func BenchmarkBody(b *testing.B) {
	var body []byte
	for b.Loop() {
		body = kubelet{index: 7, pods: 30, housekeeping: housekeeping}.appendBody(body[:0], start)
	}
	b.ReportMetric(float64(len(body)), "bytes/body")
}
