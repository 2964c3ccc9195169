// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

// A scheduler that is killed knows what it knew when it starts anew: a node that
// came into the band from above the line is still refused, and one that came
// from below is not. What has lasted for long enough need not last so long again.
func TestRestartInTheBand(t *testing.T) {
	const inBand = "14Gi" // 87.5%
	f := newFixture(t, "was-hot", "was-cool")
	f.load("was-hot", "15Gi")
	f.load("was-cool", "1Gi")
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 60s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], for: 10s, reject: {}}]}`)
	first := f.startScheduler("loadline-scheduler")
	f.awaitLog(first, "Node is over a load line", `node="was-hot"`)
	f.changeLoad("was-hot", inBand)
	f.changeLoad("was-cool", inBand)
	f.awaitMemory("both nodes to be in the band", func(memory map[string]float64) bool {
		return memory["was-hot"] < 0.9 && memory["was-cool"] > 0.85
	})

	f.must(first.Kill())
	f.pod("to-was-hot", onlyOn("was-hot"))
	f.pod("to-was-cool", onlyOn("was-cool"))
	second := f.startScheduler("loadline-scheduler")
	f.placed("to-was-cool")
	f.pending("to-was-hot", overMemoryLine)
	f.awaitLog(second, "Replayed the time before the start")

	f.changeLoad("was-hot", "1Gi")
	f.placed("to-was-hot")
	f.awaitMetrics(second, `loadline_metric_nodes_with_sample{metric="memory",rule_set="below-the-line"} 2`, "loadline_tick_duration_seconds_count")
}

// awaitMetrics waits until the scheduler's own metrics have all the lines.
func (f *fixture) awaitMetrics(scheduler *deploy.Scheduler, lines ...string) {
	f.Helper()
	f.await("the scheduler's metrics", func() string {
		metrics, err := scheduler.Metrics(f)
		f.must(err)
		for _, line := range lines {
			if !strings.Contains(string(metrics), line) {
				return "there is no " + line
			}
		}
		return ""
	})
}

func onlyOn(node string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: node} }
}
