// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// nodeSeries is no less than what is stored of a node without its pods: what
	// kubelets say of it, and the facts of the API server that rules ask for.
	nodeSeries = 20
	// podSeries is the same of the pods of a node while they are measured, each with
	// three or four series.
	podSeries = 4 * (replicas + 2)
	// memoryOf a series is what it takes in memory, in bytes, with the index of its
	// labels.
	memoryOfSeries = 3 << 10
	// span is how long a series stays in memory after its end: half an hour of samples
	// are, until the older half is written to disk.
	span = 30 * time.Minute
	// memoryOfCycle is what is remembered of a cycle on purpose, for an hour: what its
	// workload used (128 readings), the decisions on its pods, its evictions.
	memoryOfCycle = 24 << 10
	// noise is how much the memory of a process that does nothing varies, in bytes.
	noise = 8 << 20
	// filesOfBlock is how many are open for each quarter of an hour that is on disk, of
	// which two hours are kept.
	filesOfBlock = 4
	// reasons is how many more lines of metrics there may be for what happens for the
	// first time, such as a reason not to move a pod.
	reasons = 10
	// connection is what one needs: goroutines to read, to write, and for a request on
	// each side.
	connection = 4
)

// figures are what a program holds.
type figures struct {
	cycles            int
	at                time.Time
	goroutines, files float64
	heap              float64 // in bytes, and at rest as little as it gets between collections
	series            float64 // in the memory of the telemetry
	lines             int     // of Loadline's metrics; upstream's appear as they first happen
}

func (f figures) String() string {
	return fmt.Sprintf("cycles %d, goroutines %.0f, files %.0f, heap %.1f MiB, series %.0f, metrics %d lines",
		f.cycles, f.goroutines, f.files, f.heap/(1<<20), f.series, f.lines)
}

// heapMetric tells what is allocated, and not yet collected.
const heapMetric = "go_memstats_heap_alloc_bytes"

// atRest are the figures once the programs have seen that all is gone, and series
// have ended.
func (w *world) atRest() map[string]figures {
	w.Helper()
	all := map[string]figures{}
	for name, program := range w.programs() {
		began, least := w.metric(program, snapshotMetric), w.metric(program, heapMetric)
		w.await("some more snapshots", func() string {
			text, err := program.Metrics(w)
			w.must(err)
			least = min(least, value(text, heapMetric))
			if passed := value(text, snapshotMetric) - began; passed < 20 {
				return fmt.Sprintf("%.0fs have passed", passed)
			}
			return ""
		})
		got := w.figuresOf(program)
		got.heap = least
		all[name] = got
	}
	return all
}

const snapshotMetric = "loadline_snapshot_timestamp_seconds"

func (w *world) programs() map[string]program {
	return map[string]program{"scheduler": w.scheduler, "descheduler": w.descheduler}
}

// figures are those of the programs that live from the beginning to the end.
func (w *world) figures() map[string]figures {
	w.Helper()
	all := map[string]figures{}
	for name, program := range w.programs() {
		all[name] = w.figuresOf(program)
	}
	return all
}

func (w *world) figuresOf(program program) figures {
	w.Helper()
	text, err := program.Metrics(w)
	w.must(err)
	got := figures{cycles: w.cycles, at: time.Now()}
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "loadline_") {
			got.lines++
		}
	}
	got.goroutines, got.files = value(text, "go_goroutines"), value(text, "process_open_fds")
	got.heap, got.series = value(text, heapMetric), value(text, "loadline_telemetry_series")
	return got
}

func (w *world) metric(program program, name string) float64 {
	w.Helper()
	text, err := program.Metrics(w)
	w.must(err)
	return value(text, name)
}

// value is that of a metric without labels.
func value(text []byte, name string) float64 {
	for _, line := range strings.Split(string(text), "\n") {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			number, _ := strconv.ParseFloat(rest, 64)
			return number
		}
	}
	return -1
}

// blocks is how many more are on disk after a time.
func blocks(passed time.Duration) float64 {
	return float64(min(passed, 2*time.Hour+span) / (15 * time.Minute))
}

func (w *world) report(when string, all map[string]figures) {
	for name, got := range all {
		w.Logf("%s %-11s %s: %s", time.Now().Format(time.TimeOnly), name, when, got)
	}
}

// compare fails where a program holds more at the end than after the warm-up, but for
// what it remembers on purpose.
func (w *world) compare(first, last map[string]figures) {
	w.Helper()
	visitors := 0 // nodes whose series are in memory yet
	for _, added := range w.added {
		if time.Since(added) < span {
			visitors++
		}
	}
	for name, now := range last {
		before := first[name]
		if now.goroutines > before.goroutines+connection {
			w.Errorf("%s: %.0f goroutines, %.0f after the warm-up", name, now.goroutines, before.goroutines)
		}
		if now.files > before.files+1+blocks(now.at.Sub(before.at))*filesOfBlock {
			w.Errorf("%s: %.0f open files, %.0f after the warm-up", name, now.files, before.files)
		}
		if now.lines > before.lines+reasons {
			w.Errorf("%s: %d lines of metrics, %d after the warm-up", name, now.lines, before.lines)
		}
		most := before.series + float64(visitors*(nodeSeries+podSeries))
		if now.series > most {
			w.Errorf("%s: %.0f series, want %.0f at most, since %d nodes have come within %v", name, now.series, most, visitors, span)
		}
		remembered := float64(now.cycles-before.cycles) * memoryOfCycle
		if limit := before.heap + noise + (now.series-before.series)*memoryOfSeries + remembered; now.heap > limit {
			w.Errorf("%s: %.1f MiB of heap, %.1f after the warm-up, want %.1f at most", name, now.heap/(1<<20), before.heap/(1<<20), limit/(1<<20))
		}
	}
}

// leftBehind fails if anything names what has gone.
func (w *world) leftBehind() {
	w.Helper()
	for name, program := range w.programs() {
		text, err := program.Metrics(w)
		w.must(err)
		for _, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, visiting) {
				w.Errorf("the metrics of the %s name what is gone: %s", name, line)
				break
			}
		}
	}
	nodes, err := w.client.CoreV1().Nodes().List(w, metav1.ListOptions{})
	w.must(err)
	for _, node := range nodes.Items {
		for key := range node.Labels {
			if strings.Contains(key, visiting) {
				w.Errorf("node %s has label %s yet", node.Name, key)
			}
		}
	}
	configMaps, err := w.client.CoreV1().ConfigMaps(deploy.Namespace).List(w, metav1.ListOptions{})
	w.must(err)
	for _, object := range configMaps.Items {
		size := 0
		for _, text := range object.Data {
			size += len(text)
		}
		w.Logf("ConfigMap %s has %d bytes", object.Name, size)
		if object.Name == v1alpha1.StatusConfigMap && strings.Contains(fmt.Sprint(object.Data), visiting) {
			w.Errorf("the status names rule sets that are gone: %v", object.Data)
		}
		if size > 1<<20 {
			w.Errorf("ConfigMap %s has %d bytes", object.Name, size)
		}
	}
}
