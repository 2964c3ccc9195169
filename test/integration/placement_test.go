// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPodLandsOffAHotNode(t *testing.T) {
	f := newFixture(t, "cool", "hot")
	f.load("hot", "15Gi") // 94%
	f.applyRules("below-the-line", memoryLine)
	f.startScheduler("loadline-scheduler")
	// More than chance or a stock preference would put on one of two nodes.
	for i := range 5 {
		name := fmt.Sprintf("pod-%d", i)
		f.pod(name)
		if node := f.placed(name); node != "cool" {
			t.Errorf("%s: placed on node %s, want cool", name, node)
		}
	}
}

func TestPodWaitsUntilANodeRecovers(t *testing.T) {
	f := newFixture(t, "a", "b")
	f.load("a", "15Gi")
	f.load("b", "16Gi")
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.startScheduler("loadline-scheduler")
	f.pod("web")
	f.pending("web", "0/2 nodes are available: 2 "+overMemoryLine)

	f.changeLoad("a", "14Gi") // 87.5%: below the line, but within the band
	f.changeLoad("b", "1Gi")
	if node := f.placed("web"); node != "b" {
		t.Errorf("placed on node %s, want b, which is below clear", node)
	}
	f.awaitLog(scheduler, "Waking pods that load lines had refused", "pods=1")
}

// A pod that was refused once more after it was woken waits for the next
// recovery as it did for the first.
func TestEachRecoveryWakes(t *testing.T) {
	f := newFixture(t, "only")
	f.load("only", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.startScheduler("loadline-scheduler")
	for i := range 3 {
		name := fmt.Sprintf("pod-%d", i)
		f.pod(name)
		f.pending(name, overMemoryLine)
		f.changeLoad("only", "1Gi")
		f.placed(name)
		f.changeLoad("only", "15Gi")
		f.awaitLogLines(scheduler, i+2, "Node is over a load line", `node="only"`)
	}
}

func TestLeastLoadedIsPreferred(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	f.load("a", "8Gi")
	f.load("b", "1Gi")
	f.load("c", "12Gi")
	f.applyRules("least-loaded", `{metrics: [{name: memory, builtin: memory}], preferences: [{metric: memory, prefer: Lower}]}`)
	scheduler := f.startScheduler("loadline-scheduler")
	f.pod("web")
	if node := f.placed("web"); node != "b" {
		t.Errorf("placed on node %s, want b, the least loaded", node)
	}
	f.applyRules("least-loaded", `{metrics: [{name: memory, builtin: memory}], preferences: [{metric: memory, prefer: Higher}]}`)
	f.awaitLogLines(scheduler, 2, "Rule set is in force", `ruleSet="least-loaded"`)
	f.pod("api")
	if node := f.placed("api"); node != "c" {
		t.Errorf("after the edit: placed on node %s, want c, the most loaded", node)
	}
}

func TestCPUAndQueries(t *testing.T) {
	f := newFixture(t, "busy", "idle")
	f.pod("load", onNode("busy"), using("cpu", "7500m"), using("memory", "1Gi")) // 94% of 8 cores
	f.applyRules("cpu", `{metrics: [{name: cpu, builtin: cpu, window: 10s}],
	  rules: [{name: cpu-above-80, when: [{metric: cpu, above: 80%}], reject: {}}]}`)
	scheduler := f.startScheduler("loadline-scheduler")
	f.awaitLog(scheduler, "Node is over a load line", `node="busy"`, `rule="cpu-above-80"`)
	f.pod("web")
	if node := f.placed("web"); node != "idle" {
		t.Errorf("placed on node %s, want idle", node)
	}

	f.applyRules("bytes", `{podSelector: {matchLabels: {app: small}},
	  metrics: [{name: bytes, query: 'max by (node) (node_memory_working_set_bytes{job="kubelet"})'}],
	  rules: [{name: less-than-half-a-gibibyte, when: [{metric: bytes, below: 512Mi}], reject: {}}]}`)
	f.awaitLog(scheduler, "Node is over a load line", `node="idle"`, `rule="less-than-half-a-gibibyte"`)
	f.pod("small", labelled("app", "small"))
	f.pending("small", `1 node(s) over load line "cpu-above-80", 1 node(s) over load line "less-than-half-a-gibibyte"`)
	f.pod("other")
	if node := f.placed("other"); node != "idle" {
		t.Errorf("the pod that the second rule set does not select: placed on node %s, want idle", node)
	}
}

// Pods that must run where they run, and pods that no rule set selects, are not
// refused.
func TestExemptPods(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", `{podSelector: {matchLabels: {tier: web}}, `+memoryLine[1:])
	f.startScheduler("loadline-scheduler")
	f.pod("selected", labelled("tier", "web"))
	f.pending("selected", overMemoryLine)

	f.pod("not-selected", labelled("tier", "db"))
	f.placed("not-selected")
	f.pod("critical", labelled("tier", "web"), func(pod *corev1.Pod) { pod.Spec.PriorityClassName = "system-node-critical" })
	f.placed("critical")

	labels := map[string]string{"tier": "web"}
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()}
	_, err := f.client.AppsV1().DaemonSets(namespace).Create(f, &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "agent"},
		Spec:       appsv1.DaemonSetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template},
	}, metav1.CreateOptions{})
	f.must(err)
	f.await("the pod of the DaemonSet to run", func() string {
		agent, err := f.client.AppsV1().DaemonSets(namespace).Get(f, "agent", metav1.GetOptions{})
		f.must(err)
		return notReady(agent)
	})
}

func notReady(set *appsv1.DaemonSet) string {
	if set.Status.NumberReady == 1 {
		return ""
	}
	return fmt.Sprintf("%d of %d are ready", set.Status.NumberReady, set.Status.DesiredNumberScheduled)
}

// priorityClass creates a PriorityClass, and waits until the API server admits
// pods that name it, which takes it a moment.
func (f *fixture) priorityClass(name string, value int32) {
	f.Helper()
	class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: name}, Value: value}
	_, err := f.client.SchedulingV1().PriorityClasses().Create(f, class, metav1.CreateOptions{})
	f.must(err)
	probe := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "probe", Namespace: namespace}, Spec: podSpec()}
	probe.Spec.PriorityClassName = name
	f.await("PriorityClass "+name+" to be known", func() string {
		_, err := f.client.CoreV1().Pods(namespace).Create(f, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil {
			return err.Error()
		}
		return ""
	})
}
