// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/rules"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
)

const (
	benchmarkNodes = 5000
	// stored is the number of intervals of which there are samples: twenty
	// minutes.
	stored = 80
)

// Ten rules over eight metrics.
const benchmarkRules = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics:
  - {name: memory, builtin: memory}
  - {name: growth, query: 'max by (node) (deriv(node_memory_working_set_bytes[5m]))'}
  - {name: cpu, builtin: cpu}
  - {name: burst, builtin: cpu, window: 30s}
  - {name: swap, builtin: swap}
  - {name: heat, query: max by (node) (node_hwmon_temp_celsius)}
  - {name: errors, query: 'max by (node) (rate(node_network_receive_errs_total[5m]))'}
  - {name: up, query: 'max by (node) (up{job="kubelet"})'}
  rules:
  - {name: memory-95, when: [{metric: memory, above: 95%}], reject: {}}
  - {name: memory-90, when: [{metric: memory, above: 90%, clear: 85%}], for: 30s, reject: {maxNodes: 50%}}
  - {name: memory-80, when: [{metric: memory, above: 80%, clear: 75%}, {metric: growth, above: 50Mi}], for: 2m, labels: {loadline.dev/hot: memory}}
  - {name: cpu-90, when: [{metric: cpu, above: 90%, clear: 80%}], for: 1m, reject: {}, evict: {for: 5m}}
  - {name: cpu-burst, when: [{metric: burst, above: 95%}], reject: {}}
  - {name: swap, when: [{metric: swap, above: 5%}, {metric: memory, above: 70%}], reject: {}}
  - {name: heat, when: [{metric: heat, above: 85, clear: 80}], for: 1m, reject: {}}
  - {name: errors, when: [{metric: errors, above: 1}], reject: {}}
  - {name: silent, when: [{metric: up, below: 1}], for: 1m, reject: {}}
  - {name: idle, when: [{metric: cpu, below: 5%}, {metric: memory, below: 10%}], labels: {loadline.dev/idle: "true"}}
  preferences:
  - {metric: memory, prefer: Lower}
  - {metric: cpu, near: 60%}
`

// testbed is an engine over a database with samples of many nodes.
type testbed struct {
	*Engine
	database *embedded.Database
	series   [][]labels.Labels // by node
	random   *rand.Rand
	at       time.Time // of the latest samples
}

func newTestbed(b *testing.B, stored int) *testbed {
	b.Helper()
	database, err := embedded.Open(b.Context(), b.TempDir(), time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := database.Close(); err != nil {
			b.Error(err)
		}
	})
	nodes := make([]*corev1.Node, benchmarkNodes)
	bed := &testbed{Engine: New(clock.RealClock{}), database: database, random: rand.New(rand.NewPCG(1, 1))}
	for i := range nodes {
		nodes[i] = newNode(i)
		bed.series = append(bed.series, seriesOf(nodes[i].Name, i))
	}
	bed.interval, bed.staleAfter, bed.queryTimeout = 15*time.Second, 90*time.Second, 10*time.Second
	bed.nodes = func() []*corev1.Node { return nodes }
	bed.source = &source{query: database.Query, ranges: database.QueryRange, database: database, facts: nodefacts.NewRecorder()}
	bed.measurer = bed.liveMeasurer(bed.newMeasurer(nil))
	bed.rules = rules.NewStore(clientWith(benchmarkRules), v1alpha1.DefaultRulesNamespace, nil, clock.RealClock{})
	if err := bed.rules.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	bed.source.want(telemetry.MetricNames(bed.queries(bed.rules.Active())), nil)
	bed.at = truncate(bed.clock.Now(), bed.interval).Add(-time.Duration(stored+1) * bed.interval)
	for range stored {
		bed.measure(b)
		bed.source.record(b.Context(), nodes, bed.at)
	}
	return bed
}

func newNode(i int) *corev1.Node {
	resources := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("8"), corev1.ResourceMemory: resource.MustParse("32Gi"), corev1.ResourcePods: resource.MustParse("110"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("ip-10-0-%d-%d.eu-central-1.compute.internal", i/250, i%250)},
		Status: corev1.NodeStatus{
			Capacity: resources, Allocatable: resources,
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("10.0.%d.%d", i/250, i%250)}},
		},
	}
}

// seriesOf are those of a node, with one of each pod on every tenth.
func seriesOf(node string, i int) []labels.Labels {
	var all []labels.Labels
	for _, name := range []string{
		"node_memory_working_set_bytes", "node_cpu_usage_seconds_total", "node_swap_usage_bytes", "resource_scrape_error", "up",
		"node_hwmon_temp_celsius", "node_network_receive_errs_total",
	} {
		all = append(all, labels.FromStrings("__name__", name, "node", node, "instance", fmt.Sprintf("10.0.%d.%d:10250", i/250, i%250), "job", "kubelet"))
	}
	for pod := range 30 {
		if i%10 == 0 {
			all = append(all, labels.FromStrings("__name__", "pod_memory_working_set_bytes", "node", node, "job", "kubelet",
				"namespace", "default", "pod", fmt.Sprintf("web-%d-%d", i, pod)))
		}
	}
	return all
}

func clientWith(ruleSet string) *fake.Clientset {
	return fake.NewClientset(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.DefaultRulesNamespace, Name: "rules", Labels: map[string]string{v1alpha1.RulesLabel: "true"}},
		Data:       map[string]string{"rules.yaml": ruleSet},
	})
}

// measure lets an interval go by, and stores the next samples.
func (t *testbed) measure(b *testing.B) {
	b.Helper()
	t.at = t.at.Add(t.interval)
	scrapes := make([]embedded.Scrape, 0, len(t.series))
	for i, series := range t.series {
		scrape := embedded.Scrape{Source: fmt.Sprint(i), Time: t.at.Add(-time.Duration(t.random.IntN(15)) * time.Second)}
		busy := t.random.Float64()
		for _, one := range series {
			scrape.Samples = append(scrape.Samples, embedded.Sample{Series: one, Value: valueOf(one.Get("__name__"), busy, scrape.Time)})
		}
		scrapes = append(scrapes, scrape)
	}
	if err := t.database.Append(b.Context(), scrapes...); err != nil {
		b.Fatal(err)
	}
}

func valueOf(name string, busy float64, at time.Time) float64 {
	switch name {
	case "node_memory_working_set_bytes":
		return busy * (32 << 30)
	case "node_cpu_usage_seconds_total":
		return 6 * float64(at.Unix()%1_000_000)
	case "node_hwmon_temp_celsius":
		return 100 * busy
	case "pod_memory_working_set_bytes":
		return busy * (1 << 30)
	default:
		return 0
	}
}

// BenchmarkTick is one tick of 5,000 nodes, ten rules and eight queries, with what
// it takes of the CPUs.
func BenchmarkTick(b *testing.B) {
	bed := newTestbed(b, stored)
	ctx := quiet(b.Context())
	bed.tick(ctx, bed.at)
	var took []time.Duration
	var used time.Duration
	for b.Loop() {
		b.StopTimer()
		bed.measure(b)
		b.StartTimer()
		began, before := time.Now(), cpuTime()
		bed.tick(ctx, bed.at)
		took, used = append(took, time.Since(began)), used+cpuTime()-before
	}
	if missing := bed.Snapshot().Coverage()[0].Missing; missing > 0 {
		b.Fatalf("%d nodes are not measured: this shows nothing", missing)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms/median")
	b.ReportMetric(float64(used.Milliseconds())/float64(len(took)), "cpu-ms/op")
}

// BenchmarkReplay is the replay of twenty minutes at the start.
func BenchmarkReplay(b *testing.B) {
	bed := newTestbed(b, stored)
	var used time.Duration
	memory, replays := maxMemory(), 0
	for b.Loop() {
		before := cpuTime()
		bed.replayed = nil
		bed.replay(quiet(b.Context()), bed.rules.Active())
		if bed.replayed == nil {
			b.Fatal("there is no past")
		}
		replays, used = replays+1, used+cpuTime()-before
	}
	b.ReportMetric(float64(used.Milliseconds())/float64(replays), "cpu-ms/op")
	b.ReportMetric(float64(maxMemory()-memory)/(1<<20), "MiB/more")
}

func quiet(ctx context.Context) context.Context { return klog.NewContext(ctx, klog.Logger{}) }

// cpuTime is what this process has used of the CPUs.
func cpuTime() time.Duration {
	usage := usage()
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// maxMemory is the most that this process has held, in bytes.
func maxMemory() int64 { return usage().Maxrss << 10 }

func usage() (usage syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // of oneself it cannot fail
	return usage
}
