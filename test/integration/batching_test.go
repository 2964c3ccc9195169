// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	batchNodes = 8
	// Each pod of a batch is 8% of a node.
	batchPodMemory = "1311Mi"
	// batchLoad is what all nodes use before the batch, as a sum of fractions: 3%,
	// and 10.8% more from one to the next, so that no two of them are ever equally
	// good and the scheduler need not throw dice.
	batchLoad = batchNodes*0.03 + 28*0.108
)

// Like pods are placed in batches, the scheduler's metrics say so, and they go
// where they would go one by one. The shipped configuration spreads pods instead,
// which the scheduler cannot do in batches.
func TestBatching(t *testing.T) {
	f := newFixture(t)
	for i := range batchNodes {
		node := fmt.Sprintf("node-%d", i)
		f.addNode(node)
		f.pod("load-on-"+node, onNode(node), using("memory", fmt.Sprintf("%dMi", 491+1769*i)))
	}
	f.applyRules("below-the-line", burstRules)

	batched := f.placeAlike("batched", deploy.Options{ChangeProfile: unspread})
	if batched.hintsAlone == 0 || batched.hintsTogether == 0 {
		t.Errorf("used %v hints for pods that fill a node each, and %v for others, want some of both", batched.hintsAlone, batched.hintsTogether)
	}
	single := f.placeAlike("one-by-one", deploy.Options{ChangeProfile: unspread, Flags: []string{"--feature-gates=OpportunisticBatching=false"}})
	if diff := cmp.Diff(batchResult{alone: single.alone, together: single.together}, single, cmp.AllowUnexported(batchResult{})); diff != "" {
		t.Errorf("hints without batches:\n%s", diff)
	}
	if diff := cmp.Diff(single.alone, batched.alone); diff != "" {
		t.Errorf("pods that fill a node each, by node (-one by one +in batches):\n%s", diff)
	}
	if diff := cmp.Diff(single.together, batched.together); diff != "" {
		t.Errorf("other pods, by node (-one by one +in batches):\n%s", diff)
	}
	if shipped := f.placeAlike("as-shipped", deploy.Options{}); shipped.hintsAlone+shipped.hintsTogether != 0 {
		t.Errorf("used hints as shipped, want none: the configuration says that there are no batches")
	}
}

// unspread has pods spread by what they say themselves alone, as the shipped
// configuration tells how.
func unspread(profile map[string]any) {
	profile["pluginConfig"] = append(profile["pluginConfig"].([]any), map[string]any{
		"name": "PodTopologySpread",
		"args": map[string]any{"defaultingType": "List", "defaultConstraints": []any{}},
	})
}

// batchResult is where two kinds of pods went, counted by node, and how many of
// them went by the ranking for the one before: those of which each fills a node,
// and those of which several fit on one.
type batchResult struct {
	alone, together           map[string]int
	hintsAlone, hintsTogether float64
}

// placeAlike has a scheduler place pods, and removes both again.
func (f *fixture) placeAlike(name string, options deploy.Options) batchResult {
	f.Helper()
	f.awaitMemory("the nodes to use what they did at first", func(memory map[string]float64) bool {
		return len(memory) == batchNodes && math.Abs(total(memory)-batchLoad) < 0.01
	})
	options.Interval = 15 * time.Second // a batch ends with each snapshot
	scheduler, err := deploy.StartScheduler(f, f.Cluster, name, options)
	f.must(err)
	f.awaitLog(scheduler, "Rule set is in force")
	hints := func() float64 { return f.metric(scheduler, "scheduler_batch_attempts_total", `result="hint_used"`) }

	var result batchResult
	result.alone = f.burst("alone", batchNodes-2, alike, func(pod *corev1.Pod) {
		pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 80, HostPort: 80}}
	})
	result.hintsAlone = hints()
	result.together = f.burst("together", 2*batchNodes, alike)
	result.hintsTogether = hints() - result.hintsAlone
	f.must(scheduler.Stop())
	f.must(f.client.CoreV1().Pods(namespace).DeleteCollection(f, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "app=alike"}))
	return result
}

// burst creates pods at once and counts on which nodes they are placed.
func (f *fixture) burst(name string, pods int, changes ...func(*corev1.Pod)) map[string]int {
	f.Helper()
	for i := range pods {
		f.pod(fmt.Sprintf("%s-%02d", name, i), changes...)
	}
	nodes := map[string]int{}
	for i := range pods {
		nodes[f.placed(fmt.Sprintf("%s-%02d", name, i))]++
	}
	return nodes
}

func alike(pod *corev1.Pod) {
	pod.Labels = map[string]string{"app": "alike"}
	using("memory", batchPodMemory)(pod)
	pod.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(batchPodMemory)}
}

// metric reads a metric of a program: the sum over its series that have the labels.
func (f *fixture) metric(program program, name string, labels ...string) float64 {
	f.Helper()
	var text []byte
	f.await("the program's metrics", func() string {
		var err error
		if text, err = program.Metrics(f); err != nil {
			return err.Error() // it does not serve yet
		}
		return ""
	})
	return f.sum(string(text), name, labels...)
}

// sum adds up the series of a metric, in the Prometheus text format, that have the
// labels.
func (f *fixture) sum(text, name string, labels ...string) float64 {
	f.Helper()
	sum := 0.0
	for _, line := range strings.Split(text, "\n") {
		end := strings.LastIndex(line, " ") + 1
		series, value := line[:end], line[end:]
		if series != name+" " && !strings.HasPrefix(series, name+"{") || !containsAll(series, labels) {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		f.must(err)
		sum += number
	}
	return sum
}

func containsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}
