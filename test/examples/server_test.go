// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/config"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/server"
	"github.com/loadline-dev/loadline/test/prometheustest"
)

// precisely compares values, but for the last digits.
var precisely = cmpopts.EquateApprox(1e-9, 0)

// Every example works on a Prometheus server that scrapes what all the shipped
// configurations say.
func TestPrometheusServer(t *testing.T) {
	during := lately()
	exporters := startExporters(t, during)
	query := connect(t, prometheustest.Start(t, withoutDiscovery(t, allScrapeConfigurations(t), exporters)))
	for _, ofJob := range exporters {
		awaitStored(t, ofJob)
	}
	for _, name := range names(t, rulesDirectory) {
		t.Run(name, func(t *testing.T) {
			rules, _ := example(t, name)
			if diff := cmp.Diff(wanted[name], judge(t, query, rules, during), precisely); diff != "" {
				t.Errorf("what it comes to (-want +got):\n%s", diff)
			}
		})
	}
}

// allScrapeConfigurations puts the jobs of all shipped configurations into one, as
// an operator does who wants more than one of them.
func allScrapeConfigurations(t *testing.T) []byte {
	t.Helper()
	var jobs []any
	for _, name := range names(t, scrapeDirectory) {
		var content map[string]any
		if err := yaml.UnmarshalStrict(read(t, scrapeDirectory, name+".yaml"), &content); err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, content["scrape_configs"].([]any)...)
	}
	text, err := yaml.Marshal(map[string]any{"scrape_configs": jobs})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func connect(t *testing.T, url string) telemetry.InstantQuery {
	t.Helper()
	client, err := server.New(server.Settings{URL: url, HTTP: &config.DefaultHTTPClientConfig})
	if err != nil {
		t.Fatal(err)
	}
	return client.Query
}
