// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/discovery"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/metrics/legacyregistry"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
)

func certificate(t *testing.T) string {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestFileDiscovery(t *testing.T) {
	a, b := export(t, "m 1\n"), export(t, "m 2\n")
	directory := t.TempDir()
	file, targets := filepath.Join(directory, "scrape.yaml"), filepath.Join(directory, "targets.yaml")
	write(t, file, `
scrape_configs:
- job_name: exporters
  file_sd_configs: [{files: ['none/*.json', 'target*.yaml']}]
  relabel_configs: [{source_labels: [host], target_label: node}, {regex: host, action: labeldrop}]
`)
	write(t, targets, fmt.Sprintf("- {targets: [%s], labels: {host: a}}", a.address))
	r := runFile(t, file)
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="a"}`: 1})
	write(t, targets, fmt.Sprintf("- {targets: [%s], labels: {host: a}}\n- {targets: [%s], labels: {host: b}}", a.address, b.address))
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="a"}`: 1, `{node="b"}`: 2})
	// What is no target any more has an end, long before the lookback is over.
	write(t, targets, fmt.Sprintf("- {targets: [%s], labels: {host: b}}", b.address))
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="b"}`: 2})
	// A bad edit of the targets changes nothing.
	write(t, targets, "- {targets: x")
	r.awaitLog("Error reading file", targets)
	b.answer(http.StatusOK, "m 3\n")
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="b"}`: 3})
}

func TestHTTPDiscovery(t *testing.T) {
	a, b := export(t, "m 1\n"), export(t, "m 2\n")
	var answer atomic.Pointer[string]
	say := func(text string) { answer.Store(&text) }
	say(fmt.Sprintf(`[{"targets": [%q], "labels": {"node": "a"}}]`, a.address))
	inventory := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, *answer.Load())
	}))
	t.Cleanup(inventory.Close)
	r := run(t, fmt.Sprintf(`
scrape_configs:
- job_name: exporters
  http_sd_configs: [{url: %q, refresh_interval: 100ms}]
`, inventory.URL))
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="a"}`: 1})
	say(fmt.Sprintf(`[{"targets": [%q], "labels": {"node": "b"}}]`, b.address))
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="b"}`: 2})
	say(`no JSON`)
	r.awaitLog("Unable to refresh target groups", `discovery="http"`)
	b.answer(http.StatusOK, "m 3\n")
	r.awaitQuery(`sum by (node) (m)`, map[string]float64{`{node="b"}`: 3})
	if got := r.logLines("Unable to refresh target groups"); got != 1 {
		t.Errorf("got %d lines about the inventory within a minute, want 1", got)
	}
}

// Kubernetes' API is asked with the credentials that the file names, and its
// client's metrics stay where component-base has them.
func TestKubernetesDiscovery(t *testing.T) {
	e := export(t, "m 1\n")
	host, port, _ := strings.Cut(e.address, ":")
	var authorization atomic.Value
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization.Store(r.Header.Get("Authorization"))
		if r.URL.Path != "/api/v1/nodes" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("watch") == "true" {
			if r.FormValue("sendInitialEvents") == "true" { // not supported by this server
				w.WriteHeader(http.StatusUnprocessableEntity)
				return
			}
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		_ = json.NewEncoder(w).Encode(&corev1.NodeList{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}, ListMeta: metav1.ListMeta{ResourceVersion: "1"},
			Items: []corev1.Node{{
				ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"pool": "web"}},
				Status:     corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: host}}},
			}},
		})
	}))
	t.Cleanup(api.Close)
	r := run(t, fmt.Sprintf(`
scrape_configs:
- job_name: exporters
  kubernetes_sd_configs: [{role: node, api_server: %q, authorization: {credentials: secret}}]
  relabel_configs:
  - {source_labels: [__address__], regex: "(.*):.*", replacement: "$1:%s", target_label: __address__}
  - {source_labels: [__meta_kubernetes_node_name], target_label: node}
  - {regex: __meta_kubernetes_node_label_(.+), action: labelmap}
`, api.URL, port))
	r.awaitQuery(`sum by (node, pool) (m)`, map[string]float64{`{node="a", pool="web"}`: 1})
	if got := authorization.Load(); got != "Bearer secret" {
		t.Errorf("the API server got authorization %q, want that of the file", got)
	}
	if got := e.lastRequest().Header.Get("Authorization"); got != "" {
		t.Errorf("the target got authorization %q, want none", got)
	}
	if strings.Count(apiRequests(t), strings.TrimPrefix(api.URL, "http://")) == 0 {
		t.Errorf("component-base does not count the requests of the API client any more:\n%s", apiRequests(t))
	}
}

// apiRequests are the counts of requests by component-base's metrics.
func apiRequests(t *testing.T) string {
	t.Helper()
	families, err := legacyregistry.DefaultGatherer.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "rest_client_requests_total" {
			return fmt.Sprint(family.GetMetric())
		}
	}
	return "none"
}

// What is linked into a program, which no file can ask for otherwise.
func TestDiscoveriesLinkedIn(t *testing.T) {
	if diff := cmp.Diff([]string{"dns", "file", "http", "kubernetes", "static"}, discovery.RegisteredConfigNames()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const prefix = "github.com/prometheus/prometheus/discovery/"
	output, err := exec.Command("go", "list", "-deps", "../../../cmd/...", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, dependency := range strings.Fields(string(output)) {
		if name, ok := strings.CutPrefix(dependency, prefix); ok {
			linked = append(linked, name)
		}
	}
	if diff := cmp.Diff([]string{"targetgroup", "refresh", "dns", "file", "http", "kubernetes"}, linked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
