// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package embedded_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// BenchmarkAppend stores what 256 nodes say of themselves, and 26 of their pods.
func BenchmarkAppend(b *testing.B) {
	database, err := embedded.Open(b.Context(), b.TempDir(), 10*time.Second)
	if err != nil {
		b.Fatal(err)
	}
	defer database.Close()
	scrapes := make([]embedded.Scrape, 256)
	series := 0
	for i := range scrapes {
		node := fmt.Sprintf("node-%d", i)
		scrapes[i].Source = node
		names := []string{"up", "node_cpu_usage_seconds_total", "node_memory_working_set_bytes", "node_swap_usage_bytes"}
		for _, name := range names {
			scrapes[i].Samples = append(scrapes[i].Samples, embedded.Sample{
				Series: labels.FromStrings("__name__", name, "instance", "10.0.0.1:10250", "job", "kubelet", "node", node),
			})
		}
		for pod := 0; i%10 == 0 && pod < 30; pod++ {
			for _, name := range []string{"pod_cpu_usage_seconds_total", "pod_memory_working_set_bytes"} {
				scrapes[i].Samples = append(scrapes[i].Samples, embedded.Sample{Series: labels.FromStrings("__name__", name,
					"instance", "10.0.0.1:10250", "job", "kubelet", "node", node, "namespace", "default", "pod", fmt.Sprintf("web-%d", pod))})
			}
		}
		series += len(scrapes[i].Samples)
	}
	b.ReportAllocs()
	now := start
	for b.Loop() {
		now = now.Add(15 * time.Second)
		for i := range scrapes {
			scrapes[i].Time = now
		}
		if err := database.Append(b.Context(), scrapes...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(series), "series/op")
}
