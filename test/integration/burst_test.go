// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"math"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	burstNodes = 20
	burstPods  = 200
	// Each pod of the burst is 1/64 of a node.
	burstPodMemory = "256Mi"
)

// burstRules refuse nodes above 90% and prefer those that use the least.
const burstRules = `{metrics: [{name: memory, builtin: memory}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}}],
  preferences: [{metric: memory, prefer: Lower}]}`

// Two hundred pods come between two measurements to nodes that use from a tenth
// to nine tenths of their memory.
func TestBurst(t *testing.T) {
	t.Run("projected", func(t *testing.T) {
		memory := burst(t, false)
		if highest := highest(memory); highest > 0.9 {
			t.Errorf("got a node at %.0f%%, want none above 90%%", 100*highest)
		}
		if spread, best := spread(memory), bestSpread(); spread > best+0.1 {
			t.Errorf("got a spread of %.0f percentage points, want no more than ten above the best possible, %.0f", 100*spread, 100*best)
		}
	})
	// Without the projection the nodes that were coolest at the last measurement
	// take all.
	t.Run("as measured", func(t *testing.T) {
		if memory := burst(t, true); highest(memory) <= 0.9 || spread(memory) <= bestSpread()+0.1 {
			t.Errorf("got %v, want nodes over the line: the burst tests nothing", memory)
		}
	})
}

// before is what a node uses before the burst, as a fraction.
func before(node int) float64 { return 0.1 + 0.8*float64(node)/(burstNodes-1) }

// burst returns the fraction of its memory that each node uses after the burst.
func burst(t *testing.T, unprojected bool) map[string]float64 {
	t.Helper()
	f := newFixture(t)
	for i := range burstNodes {
		node := fmt.Sprintf("node-%02d", i)
		f.addNode(node)
		f.pod("load-on-"+node, onNode(node), using("memory", fmt.Sprintf("%dMi", int(before(i)*16*1024))))
	}
	f.awaitMemory("all nodes to be loaded", func(memory map[string]float64) bool {
		return len(memory) == burstNodes && total(memory) >= 0.499*burstNodes
	})
	f.applyRules("below-the-line", burstRules)
	scheduler, err := deploy.StartScheduler(f, f.Cluster, "loadline-scheduler", deploy.Options{Interval: 15 * time.Second, ChangeArgs: func(args map[string]any) {
		args["estimates"] = map[string]any{"disabled": unprojected}
	}})
	f.must(err)
	// The whole interval is left for the burst.
	f.awaitLog(scheduler, "Rule set is in force")
	for i := range burstPods {
		f.pod(fmt.Sprintf("burst-%03d", i), using("memory", burstPodMemory), func(pod *corev1.Pod) {
			pod.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(burstPodMemory)}
		})
	}
	f.await("all pods to be placed", func() string {
		pods, err := f.client.CoreV1().Pods(namespace).List(f, metav1.ListOptions{})
		f.must(err)
		waiting := 0
		for _, pod := range pods.Items {
			if pod.Spec.NodeName == "" {
				waiting++
			}
		}
		if waiting > 0 {
			return fmt.Sprintf("%d wait", waiting)
		}
		return ""
	})
	want := 0.5*burstNodes + burstPods/64.0
	f.awaitMemory("all pods to run", func(memory map[string]float64) bool { return total(memory) >= want-0.01 })
	memory, err := f.NodeMemory(f)
	f.must(err)
	return memory
}

func total(memory map[string]float64) float64 {
	sum := 0.0
	for _, fraction := range memory {
		sum += fraction
	}
	return sum
}

func highest(memory map[string]float64) float64 {
	highest := 0.0
	for _, fraction := range memory {
		highest = math.Max(highest, fraction)
	}
	return highest
}

// spread is between the highest and the lowest.
func spread(memory map[string]float64) float64 {
	lowest := 1.0
	for _, fraction := range memory {
		lowest = math.Min(lowest, fraction)
	}
	return highest(memory) - lowest
}

// bestSpread is that of filling up the lowest node first, pod by pod.
func bestSpread() float64 {
	memory := map[string]float64{}
	for i := range burstNodes {
		memory[fmt.Sprint(i)] = before(i)
	}
	for range burstPods {
		lowest := ""
		for node, fraction := range memory {
			if lowest == "" || fraction < memory[lowest] {
				lowest = node
			}
		}
		memory[lowest] += 1.0 / 64
	}
	return spread(memory)
}
