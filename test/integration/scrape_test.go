// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
	"github.com/loadline-dev/loadline/test/deploy"
)

// scrapeConfig finds exporters as those of a DaemonSet are found, and such as
// are part of the node: with the rights that the manifests give the scheduler.
// The addresses are fake, so each is replaced by that of one real server, which
// is asked by the path.
const scrapeConfig = `
scrape_configs:
- job_name: by-node
  kubernetes_sd_configs: [{role: node, kubeconfig_file: kubeconfig}]
  relabel_configs: &rest
  - {source_labels: [__meta_kubernetes_node_name, __meta_kubernetes_pod_node_name], separator: "", target_label: node}
  - {source_labels: [node], target_label: __metrics_path__, replacement: /$1}
  - {target_label: __address__, replacement: %[1]s}
- job_name: by-pod
  kubernetes_sd_configs:
  - role: pod
    kubeconfig_file: kubeconfig
    selectors: [{role: pod, label: app=exporter}]
  relabel_configs: *rest
`

// What the API server knows becomes targets, and what those measure answers
// queries by node.
func TestScrapeWhatKubernetesKnows(t *testing.T) {
	f := newFixture(t, "a", "b")
	f.pod("exporter", onNode("a"), labelled("app", "exporter"))
	f.pod("web", onNode("b"), labelled("app", "web"))
	watts := map[string]int{"/a": 120, "/b": 80, "/c": 40}
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprintf(w, "node_watts %d\n", watts[r.URL.Path])
	}))
	t.Cleanup(exporter.Close)
	database := f.startScraping(fmt.Sprintf(scrapeConfig, exporter.Listener.Addr()))
	awaitNodes := func(job string, want map[string]float64) {
		t.Helper()
		f.await(fmt.Sprintf("the watts of job %s", job), func() string {
			got := map[string]float64{}
			vector, err := database.Query(f, fmt.Sprintf(`max by (node) (node_watts{job=%q})`, job), time.Now())
			f.must(err)
			for _, sample := range vector {
				got[sample.Metric.Get("node")] = sample.F
			}
			return cmp.Diff(want, got)
		})
	}

	awaitNodes("by-node", map[string]float64{"a": 120, "b": 80})
	awaitNodes("by-pod", map[string]float64{"a": 120})

	f.addNode("c")
	f.pod("another", onNode("c"), labelled("app", "exporter"))
	awaitNodes("by-node", map[string]float64{"a": 120, "b": 80, "c": 40})
	awaitNodes("by-pod", map[string]float64{"a": 120, "c": 40})

	f.must(f.client.CoreV1().Nodes().Delete(f, "b", metav1.DeleteOptions{}))
	f.must(f.client.CoreV1().Pods(namespace).Delete(f, "exporter", metav1.DeleteOptions{GracePeriodSeconds: new(int64)}))
	awaitNodes("by-node", map[string]float64{"a": 120, "c": 40})
	awaitNodes("by-pod", map[string]float64{"c": 40})
}

// startScraping scrapes into a database what a configuration says, until the
// test ends. Beside it is a kubeconfig of the scheduler.
func (f *fixture) startScraping(text string) *embedded.Database {
	f.Helper()
	directory := f.TempDir()
	kubeconfig, err := f.ServiceAccountKubeconfig(f, deploy.Namespace, "loadline-scheduler")
	f.must(err)
	f.must(os.Symlink(kubeconfig, filepath.Join(directory, "kubeconfig")))
	file := filepath.Join(directory, "scrape.yaml")
	f.must(os.WriteFile(file, []byte(text), 0o600))

	database, err := embedded.Open(f, filepath.Join(directory, "data"), 10*time.Second)
	f.must(err)
	f.Cleanup(func() { f.must(database.Close()) })
	settings := scrape.Settings{File: file, Interval: 500 * time.Millisecond}
	scraper, err := scrape.New(f, settings, database.Appendable(), metrics.NewKubeRegistry().Register)
	f.must(err)
	ctx, cancel := context.WithCancel(f)
	var running sync.WaitGroup
	running.Go(func() { scraper.Run(ctx) })
	f.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return database
}
