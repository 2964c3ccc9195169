// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// rejecting is memoryLine with another reject.
func rejecting(reject string) string {
	return strings.Replace(memoryLine, "reject: {}", "reject: "+reject, 1)
}

// While more nodes are over the line than maxNodes allows, pods are placed, and
// the nodes over the line are only the worst.
func TestHotClusterIsNoOutage(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	f.load("a", "15Gi")
	f.load("b", "15Gi")
	f.applyRules("below-the-line", rejecting("{maxNodes: 50%}"))
	f.startScheduler("loadline-scheduler")
	f.pod("web")
	if node := f.placed("web"); node != "c" {
		t.Errorf("placed on node %s, want c, which alone is not over the line", node)
	}
	f.pod("only-a", func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: "a"} })
	f.placed("only-a")
}

func TestPodStopsWaiting(t *testing.T) {
	f := newFixture(t, "over", "far-over")
	f.load("over", "15Gi")
	f.load("far-over", "16Gi")
	f.applyRules("below-the-line", rejecting("{giveUpAfter: 8s}"))
	f.startScheduler("loadline-scheduler")
	f.pod("web")
	f.pending("web", overMemoryLine)
	if node := f.placed("web"); node != "over" {
		t.Errorf("placed on node %s, want over, which is the least over its line", node)
	}
	f.await("an event that says so", func() string {
		events, err := f.client.EventsV1().Events(namespace).List(f, metav1.ListOptions{})
		f.must(err)
		for _, event := range events.Items {
			if event.Regarding.Name == "web" && event.Reason == "PlacedOverLoadLine" && strings.Contains(event.Note, "memory-above-90") {
				return ""
			}
		}
		return "there is none"
	})
}

func TestRulesAreForSelectedPodsAndNodes(t *testing.T) {
	f := newFixture(t, "hot", "also-hot")
	f.load("hot", "15Gi")
	f.load("also-hot", "15Gi")
	f.labelNamespace(`{"team":"web"}`)
	f.applyRules("below-the-line", `{namespaceSelector: {matchLabels: {team: web}},
	  nodeSelector: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [hot]}]}, `+memoryLine[1:])
	f.startScheduler("loadline-scheduler")
	f.pod("of-the-team", func(pod *corev1.Pod) { pod.Spec.NodeSelector = map[string]string{corev1.LabelHostname: "hot"} })
	f.pending("of-the-team", overMemoryLine)
	f.pod("elsewhere")
	if node := f.placed("elsewhere"); node != "also-hot" {
		t.Errorf("placed on node %s, want also-hot, which the rules are not about", node)
	}
	// Once its namespace is selected no longer, the waiting pod passes at once.
	f.labelNamespace(`{"team":null}`)
	f.placed("of-the-team")
}

func (f *fixture) labelNamespace(labels string) {
	f.Helper()
	patch := []byte(`{"metadata":{"labels":` + labels + `}}`)
	_, err := f.client.CoreV1().Namespaces().Patch(f, namespace, types.MergePatchType, patch, metav1.PatchOptions{})
	f.must(err)
}

func TestObserveChangesNothing(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", "{mode: Observe, "+memoryLine[1:])
	scheduler := f.startScheduler("loadline-scheduler")
	f.awaitLog(scheduler, "Node is over a load line that is only observed", `node="hot"`)
	f.pod("web")
	f.placed("web")

	f.applyRules("below-the-line", memoryLine)
	f.awaitLogLines(scheduler, 2, "Rule set is in force")
	f.pod("api")
	f.pending("api", overMemoryLine)
}

// What is not measured is refused where the rule says so.
func TestMissingDataCanReject(t *testing.T) {
	f := newFixture(t, "silent")
	f.cutTelemetry("silent")
	f.applyRules("below-the-line", strings.Replace(memoryLine, "reject: {}", "onMissing: Reject, reject: {}", 1))
	f.startScheduler("loadline-scheduler")
	f.pod("web")
	f.pending("web", overMemoryLine)
}
