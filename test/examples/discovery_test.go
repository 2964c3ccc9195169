// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// running are the exporters of the cluster of these tests, by the job that is to
// ask them, and then by the address at which discovery finds them. Most have a
// body; those without one must not be asked.
type running map[string]map[string]*exporter

// startExporters starts what runs in the pods, and the kubelets.
func startExporters(t *testing.T, during period) running {
	t.Helper()
	all := running{}
	for _, pod := range exporterPods() {
		for _, port := range pod.ports {
			files := map[string]string{}
			if port.file != "" {
				files["/metrics"] = port.file
			}
			all.add(pod.job, pod.address(port), startExporter(t, during, files))
		}
	}
	for _, node := range measured {
		all.add("kubelet", node, startExporter(t, during, map[string]string{"/metrics/resource": "resource-" + node + ".prom"}))
		all.add("cadvisor", node, startExporter(t, during, map[string]string{"/metrics/cadvisor": "cadvisor-" + node + ".prom"}))
	}
	return all
}

func (r running) add(job, address string, e *exporter) {
	if r[job] == nil {
		r[job] = map[string]*exporter{}
	}
	r[job][address] = e
}

// edited is a scrape configuration that is shipped, after a change to its jobs that
// is about how targets are found and reached. What is done with them stays as it
// is, but they are asked each second.
func edited(t *testing.T, shipped []byte, edit func(name string, job map[string]any)) []byte {
	t.Helper()
	var content map[string]any
	if err := yaml.UnmarshalStrict(shipped, &content); err != nil {
		t.Fatal(err)
	}
	content["global"] = map[string]any{"scrape_interval": "1s", "scrape_timeout": "1s"}
	for _, job := range content["scrape_configs"].([]any) {
		job := job.(map[string]any)
		edit(job["job_name"].(string), job)
	}
	text, err := yaml.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// withoutDiscovery names the targets, with the labels that discovery would give
// them, in the place of Kubernetes' discovery. It takes away the TLS and the
// credentials of kubelets.
func withoutDiscovery(t *testing.T, shipped []byte, exporters running) []byte {
	t.Helper()
	return edited(t, shipped, func(name string, job map[string]any) {
		for _, replaced := range []string{"kubernetes_sd_configs", "scheme", "authorization", "tls_config"} {
			delete(job, replaced)
		}
		job["static_configs"] = targets(name, exporters[name])
	})
}

func targets(job string, exporters map[string]*exporter) []any {
	var found []any
	add := func(e *exporter, labels map[string]string) {
		found = append(found, map[string]any{"targets": []string{e.address}, "labels": labels})
	}
	for _, pod := range exporterPods() {
		for _, port := range pod.ports {
			if pod.job == job {
				add(exporters[pod.address(port)], pod.meta(port))
			}
		}
	}
	for _, node := range measured {
		if kubelet := exporters[node]; kubelet != nil {
			add(kubelet, map[string]string{"__meta_kubernetes_node_name": node})
		}
	}
	return found
}

// withAPIServer has Kubernetes' discovery ask an API server of the test. A last
// relabelling leads from the addresses of pods to those of their exporters.
func withAPIServer(t *testing.T, shipped []byte, exporters running) []byte {
	t.Helper()
	server := startAPIServer(t)
	var redirections []any
	for _, byAddress := range exporters {
		for address, exporter := range byAddress {
			redirections = append(redirections, map[string]any{
				"source_labels": []string{"__address__"}, "regex": regexp.QuoteMeta(address),
				"target_label": "__address__", "replacement": exporter.address,
			})
		}
	}
	return edited(t, shipped, func(_ string, job map[string]any) {
		for _, discovery := range job["kubernetes_sd_configs"].([]any) {
			discovery.(map[string]any)["api_server"] = server
		}
		job["relabel_configs"] = append(job["relabel_configs"].([]any), redirections...)
	})
}

// startAPIServer starts as much of an API server as the discovery of pods needs,
// and returns its URL. It lists pods, and watches while nothing happens.
func startAPIServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		selector, err := labels.Parse(r.FormValue("labelSelector"))
		switch {
		case err != nil || r.URL.Path != "/api/v1/pods":
			http.NotFound(w, r)
		case r.FormValue("sendInitialEvents") == "true": // which this one does not know
			w.WriteHeader(http.StatusUnprocessableEntity)
		case r.FormValue("watch") == "true":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(listPods(selector))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func listPods(selector labels.Selector) *corev1.PodList {
	list := &corev1.PodList{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"},
		ListMeta: metav1.ListMeta{ResourceVersion: "1"},
	}
	for _, pod := range exporterPods() {
		if selector.Matches(pod.labels) {
			list.Items = append(list.Items, pod.object())
		}
	}
	return list
}
