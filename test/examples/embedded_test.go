// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"k8s.io/component-base/metrics"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/telemetry/scrape"
)

// Every example works on the embedded engine with the scrape configuration that it
// names, and this stores nothing that no example asks for.
func TestEmbeddedEngine(t *testing.T) {
	for scrapeConfig, examples := range byScrapeConfiguration(t) {
		title := "kubelets and " + scrapeConfig
		if scrapeConfig == "" {
			title = "kubelets alone"
		}
		t.Run(title, func(t *testing.T) {
			t.Parallel() // each waits for its first scrape
			during, database := lately(), open(t)
			sets, asked := map[string]*v1alpha1.RuleSet{}, map[string]bool{}
			for _, name := range examples {
				sets[name], _ = example(t, name)
				maps.Copy(asked, telemetry.MetricNames(queries(sets[name])))
			}
			recordNodes(t, database, during)
			measureKubelets(t, database, asked, during)
			if scrapeConfig != "" {
				scrapeAll(t, database, scrapeConfig, during)
			}
			for name, rules := range sets {
				if diff := cmp.Diff(wanted[name], judge(t, database.Query, rules, during), precisely); diff != "" {
					t.Errorf("what %s comes to (-want +got):\n%s", name, diff)
				}
			}
			for _, metric := range stored(t, database, scrapeConfig, during) {
				if !asked[metric] {
					t.Errorf("%s is stored, and no example asks for it", metric)
				}
			}
		})
	}
}

// byScrapeConfiguration are the examples by the configuration that they name.
func byScrapeConfiguration(t *testing.T) map[string][]string {
	t.Helper()
	examples := map[string][]string{}
	for _, name := range names(t, rulesDirectory) {
		_, scrapeConfig := example(t, name)
		examples[scrapeConfig] = append(examples[scrapeConfig], name)
	}
	return examples
}

func open(t *testing.T) *embedded.Database {
	t.Helper()
	database, err := embedded.Open(t.Context(), t.TempDir(), queryTimeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	return database
}

// recordNodes stores what the API server knows of the nodes, as the engine does.
func recordNodes(t *testing.T, database *embedded.Database, during period) {
	t.Helper()
	for _, at := range during.ticks() {
		if err := database.Append(t.Context(), nodefacts.Scrape(cluster(), at)); err != nil {
			t.Fatal(err)
		}
	}
}

// scrapeAll runs a scrape configuration until everything that it is to find is
// stored. Its only job has its name.
func scrapeAll(t *testing.T, database *embedded.Database, name string, during period) {
	t.Helper()
	exporters := startExporters(t, during)
	file := filepath.Join(t.TempDir(), "scrape.yaml")
	if err := os.WriteFile(file, withAPIServer(t, read(t, scrapeDirectory, name+".yaml"), exporters), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	scraper, err := scrape.New(ctx, scrape.Settings{File: file, Interval: interval}, database.Appendable(), metrics.NewKubeRegistry().Register)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		scraper.Run(ctx)
	}()
	awaitStored(t, exporters[name])
	stop()
	<-ended
	for job, others := range exporters {
		if job != name && slices.ContainsFunc(slices.Collect(maps.Values(others)), (*exporter).wasAsked) {
			t.Errorf("the targets of job %q were asked", job)
		}
	}
}

// stored are the names of all series of a job.
func stored(t *testing.T, database *embedded.Database, job string, during period) []string {
	t.Helper()
	vector, err := database.Query(t.Context(), `count by (__name__) ({job="`+job+`",job!=""})`, during.end)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, sample := range vector {
		names = append(names, sample.Metric.Get(model.MetricNameLabel))
	}
	slices.Sort(names)
	return names
}
