// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// permanentRules is the rule set that stays.
	permanentRules = "below-the-line"
	lineRules      = `{metrics: [{name: memory, builtin: memory, staleAfter: 5s}], preferences: [{metric: memory, prefer: Lower}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {maxNodes: 50%}, evict: {for: 1s}}]}`
	// replicas is how many pods come in each cycle, each with replicaPart percent of a
	// node's memory: with more than one on each node that stays.
	replicas, replicaPart = 8, 7
	// failOverEvery is how many cycles a replica is let live.
	failOverEvery = 5
)

// visiting begins the names of all that comes and goes.
const visiting = "visiting-"

// cycle is once all that happens in a cluster. Nothing of it is there afterwards.
func (w *world) cycle() {
	w.Helper()
	w.cycles++
	name := visiting + strconv.Itoa(w.cycles)
	w.addNode(name)
	w.added = append(w.added, time.Now())
	// A line of its own that is always broken, by a metric of its own.
	w.rules(name, fmt.Sprintf(`{metrics: [{name: age, query: 'max by (node) (kube_node_created{cycle!=%q})'}], nodeSelector: {matchLabels: {kubernetes.io/hostname: %s}},
  rules: [{name: %s, when: [{metric: age, above: 0}], reject: {}, labels: {loadline.example/%s: "true"}, taint: {key: loadline.example/%s, effect: PreferNoSchedule}}]}`,
		name, name, name, name, name))
	w.awaitMarked(name)
	w.deployment(name, replicas, replicaPart)
	w.awaitReady(name)
	w.drift(name)
	w.rules(permanentRules, strings.Replace(lineRules, "above:", "abov:", 1))
	w.rules(permanentRules, lineRules)
	if w.cycles%failOverEvery == 1 {
		w.failOver()
	}
	w.leave(name)
}

// awaitMarked waits until the descheduler has put the label of a rule on its node.
func (w *world) awaitMarked(name string) {
	w.Helper()
	w.await("the label of the rule on node "+name, func() string {
		node, err := w.client.CoreV1().Nodes().Get(w, name, metav1.GetOptions{})
		w.must(err)
		if node.Labels["loadline.example/"+name] == "" || len(node.Spec.Taints) == 0 {
			return fmt.Sprintf("it has %v and %v", node.Labels, node.Spec.Taints)
		}
		return ""
	})
}

func (w *world) awaitReady(deployment string) {
	w.Helper()
	w.await(fmt.Sprintf("%d ready pods of %s", replicas, deployment), func() string {
		if pods, ready := w.podsOf(deployment); ready != replicas || len(pods) != replicas {
			return fmt.Sprintf("%d of %d are", ready, len(pods))
		}
		return ""
	})
}

// drift brings a node over its line, so that a pod is moved off it.
func (w *world) drift(deployment string) {
	w.Helper()
	node, evicted := w.fullest(deployment), w.evictions()
	w.load(node, 84)
	w.await("a pod to be moved off node "+node, func() string {
		if w.evictions() == evicted {
			memory, err := w.NodeMemory(w)
			return fmt.Sprintf("none was; the nodes use %v, %v", memory, err)
		}
		return ""
	})
	w.load(node, 30)
	w.awaitReady(deployment)
}

// fullest is the node that stays, with the most pods of a deployment.
func (w *world) fullest(deployment string) string {
	w.Helper()
	counts := map[string]int{}
	pods, _ := w.podsOf(deployment)
	for _, pod := range pods {
		counts[pod.Spec.NodeName]++
	}
	return slices.MaxFunc(steady, func(a, b string) int { return counts[a] - counts[b] })
}

// evictions is how many pods the API server has evicted.
func (w *world) evictions() int {
	w.Helper()
	text, err := w.client.CoreV1().RESTClient().Get().AbsPath("/metrics").Do(w).Raw()
	w.must(err)
	count := 0
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "apiserver_request_total{code=\"201\"") && strings.Contains(line, `subresource="eviction"`) {
			one, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
			w.must(err)
			count += int(one)
		}
	}
	return count
}

// leave takes away all that has come in a cycle.
func (w *world) leave(name string) {
	w.Helper()
	w.must(w.client.AppsV1().Deployments(namespace).Delete(w, name, metav1.DeleteOptions{}))
	w.must(w.client.CoreV1().ConfigMaps(deploy.Namespace).Delete(w, name, metav1.DeleteOptions{}))
	w.await("the pods of "+name+" to be gone", func() string {
		if pods, _ := w.podsOf(name); len(pods) > 0 {
			return fmt.Sprintf("%d are left", len(pods))
		}
		return ""
	})
	w.must(w.client.CoreV1().Nodes().Delete(w, name, metav1.DeleteOptions{}))
	w.await("node "+name+" to be gone", func() string {
		if _, err := w.client.CoreV1().Nodes().Get(w, name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return fmt.Sprintf("got %v", err)
		}
		return ""
	})
}
