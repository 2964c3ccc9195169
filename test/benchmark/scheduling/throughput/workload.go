// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"k8s.io/component-base/metrics/legacyregistry"
	frameworkruntime "k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	perf "k8s.io/kubernetes/test/integration/scheduler_perf"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/plugin"
)

// workloadCommand has this program run one suite, in the folder that it is
// started in.
const workloadCommand = "workload"

const (
	stock    = "stock"
	loadline = "Loadline"
)

//go:embed suites.yaml pod.yaml
var inputs embed.FS

// configuration is that of the scheduler, without the constraints on topology
// that upstream spreads all pods by: no batch is made of pods with any.
const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: default-scheduler
  pluginConfig:
  - name: PodTopologySpread
    args: {defaultingType: List, defaultConstraints: []}
`

// withLoadline adds Loadline as it is shipped.
const withLoadline = `
  plugins: {multiPoint: {enabled: [{name: ` + plugin.Name + `, weight: 5}]}}
`

// earlierPods is the number of pods that are placed before it is measured, at
// most.
const earlierPods = 1000

func writeInputs(folder string, options options, scheduler string) error {
	suites, err := inputs.ReadFile("suites.yaml")
	if err != nil {
		return fmt.Errorf("reading the suites: %w", err)
	}
	pod, err := inputs.ReadFile("pod.yaml")
	if err != nil {
		return fmt.Errorf("reading the suites: %w", err)
	}
	numbers := strings.NewReplacer("NODES", strconv.Itoa(options.nodes), "EARLIER_PODS", strconv.Itoa(min(earlierPods, options.pods)), "PODS", strconv.Itoa(options.pods))
	scheduling := configuration
	if scheduler == loadline {
		scheduling += strings.TrimPrefix(withLoadline, "\n")
	}
	for name, content := range map[string]string{"suites.yaml": numbers.Replace(string(suites)), "pod.yaml": string(pod), "scheduler.yaml": scheduling} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			return fmt.Errorf("writing the suites: %w", err)
		}
	}
	return nil
}

// runWorkload is what the child process does. scheduler_perf is made for test
// binaries, and reads its settings from the command line.
func runWorkload(args []string) error {
	if len(args) != 1 {
		return errors.New("want the name of a suite")
	}
	testing.Init()
	os.Args = []string{os.Args[0], "-test.benchtime=1x", "-data-items-dir=figures", "-test.bench=/" + args[0] + "/"}
	if err := perf.InitTests(); err != nil {
		return fmt.Errorf("preparing scheduler_perf: %w", err)
	}
	engine, err := newEngine()
	if err != nil {
		return err
	}
	registry := frameworkruntime.Registry{plugin.Name: plugin.NewFactory(engine, explain.NewJournal(1000), legacyregistry.Register)}
	result := testing.Benchmark(func(b *testing.B) {
		perf.RunBenchmarkPerfScheduling(b, "suites.yaml", "throughput", registry, perf.WithNodeUpdateFn(engine.nodesCreated))
	})
	if result.N == 0 {
		return errors.New("the suite failed")
	}
	return nil
}

// readRate finds the mean throughput among the figures of scheduler_perf.
func readRate(folder string) (float64, error) {
	files, err := filepath.Glob(filepath.Join(folder, "figures", "*.json"))
	if err != nil || len(files) != 1 {
		return 0, fmt.Errorf("finding the figures: got %d files, %w", len(files), err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		return 0, fmt.Errorf("reading the figures: %w", err)
	}
	var figures perf.DataItems
	if err := json.Unmarshal(content, &figures); err != nil {
		return 0, fmt.Errorf("reading the figures: %w", err)
	}
	for _, item := range figures.DataItems {
		if average, ok := item.Data["Average"]; ok && item.Labels["Metric"] == "SchedulingThroughput" {
			return average, nil
		}
	}
	return 0, fmt.Errorf("no throughput among the figures:\n%s", content)
}

var _ = flag.CommandLine
