// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// driftLine moves pods off nodes above 90% memory until they are below 85%.
const driftLine = `{metrics: [{name: memory, builtin: memory, staleAfter: 5s}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}, evict: {for: 2s}}],
  preferences: [{metric: memory, prefer: Lower}]}`

// hasty moves pods that have just begun to run.
func hasty(config map[string]any) {
	config["protections"] = map[string]any{"minAge": "1s", "settleAfter": "1s"}
}

// startDescheduler installs and starts loadline-descheduler beside a scheduler of
// the name "loadline-scheduler".
func (f *fixture) startDescheduler(name string, options deploy.DeschedulerOptions) *deploy.Descheduler {
	f.Helper()
	f.must(deploy.DeschedulerManifests(f, f.Cluster))
	options.Scheduler = "loadline-scheduler"
	descheduler, err := deploy.StartDescheduler(f, f.Cluster, name, options)
	f.must(err)
	return descheduler
}

// A pod leaves a node that has drifted over its line, for a node that the scheduler
// finds, and the node is below the line again. Nothing else moves.
func TestDrift(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	for _, node := range []string{"a", "b", "c"} {
		f.load(node, "4Gi")
	}
	f.applyRules("below-the-line", driftLine)
	f.startScheduler("loadline-scheduler")
	f.deployment("web", 3, "2Gi") // an eighth of a node each
	before := f.nodesOf("web", 3)
	if len(before) != 3 {
		t.Fatalf("pods on %v, want one on each node", before)
	}
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty})
	f.awaitSnapshots(descheduler, 3*time.Second)

	f.changeLoad("a", "13.5Gi") // 97% with the pod, 84% without
	f.awaitMemory("node a to be below the line", func(memory map[string]float64) bool { return memory["a"] > 0.8 && memory["a"] < 0.85 })
	f.awaitSnapshots(descheduler, 5*time.Second) // and nothing else moves

	after := f.nodesOf("web", 3)
	if after["a"] != 0 || after["b"]+after["c"] != 3 {
		t.Errorf("pods on %v, want none on a", after)
	}
	if got := f.metric(descheduler, "loadline_descheduler_evictions_total", `result="evicted"`); got != 1 {
		t.Errorf("%v pods were evicted, want 1", got)
	}
	f.event("Deployment", "web", "EvictedOverLoadLine", "from node a", "memory-above-90")
	f.awaitLog(descheduler, "Eviction judged", `effect="Lowered"`)
	for _, complaint := range []string{"forbidden", "Unable to"} {
		if f.logLines(descheduler, complaint) > 0 {
			t.Errorf("its log says %q", complaint)
		}
	}
	ledger, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Get(f, history.ConfigMap, metav1.GetOptions{})
	f.must(err)
	state, err := history.Decode(ledger.Data[history.Key])
	f.must(err)
	if len(state.Records) != 1 || state.Records[0].Successor.Node == "" || state.Records[0].Effect != history.EffectLowered {
		t.Errorf("remembered %+v, want one eviction that lowered the node, with its successor", state.Records)
	}
}

// What would be evicted in dry run is told, and stays. The scheduler that is asked
// for another node must know the objects of an older API server as well.
func TestDriftInDryRun(t *testing.T) {
	for name, options := range map[string]cluster.Options{
		"an API server of this version": {},
		"an older API server":           {APIServerFlags: []string{"--emulated-version=1.36"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixtureWith(t, options, "a", "b", "c")
			for _, node := range []string{"a", "b", "c"} {
				f.load(node, "4Gi")
			}
			f.applyRules("below-the-line", driftLine)
			f.startScheduler("loadline-scheduler")
			f.deployment("web", 3, "2Gi")
			f.nodesOf("web", 3)
			descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: hasty, DryRun: true})
			f.changeLoad("a", "13.5Gi")
			f.awaitLog(descheduler, "Pod would be evicted", `node="a"`, `rule="memory-above-90"`)
			f.event("Deployment", "web", "WouldEvict", "from node a")
			f.awaitSnapshots(descheduler, 5*time.Second)
			if nodes := f.nodesOf("web", 3); nodes["a"] != 1 {
				t.Errorf("pods on %v, want one still on a", nodes)
			}
			if got := f.metric(descheduler, "loadline_descheduler_evictions_total", `result="dry_run"`); got != 1 {
				t.Errorf("%v pods would have been evicted, want 1", got)
			}
		})
	}
}

// A process that is asked to end gives up its lease, so that the next one leads at
// once, and finds its data directory free.
func TestDeschedulerEnds(t *testing.T) {
	f := newFixture(t, "a")
	f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{})
	f.awaitSnapshots(descheduler, time.Second)
	f.healthy(descheduler)
	descheduler.ExpectExit()
	f.must(descheduler.Stop())
	if err := descheduler.Err(); err != nil {
		t.Errorf("it ended with %v, want success", err)
	}
	lease, err := f.client.CoordinationV1().Leases(deploy.Namespace).Get(f, "loadline-descheduler", metav1.GetOptions{})
	f.must(err)
	if holder := ptr.Deref(lease.Spec.HolderIdentity, ""); holder != "" {
		t.Errorf("the lease is still held by %s", holder)
	}
	f.awaitSnapshots(f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{}), time.Second)
}

// healthy checks what the descheduler says of itself once it leads.
func (f *fixture) healthy(descheduler *deploy.Descheduler) {
	f.Helper()
	for _, path := range []string{"/healthz", "/livez", "/readyz"} {
		if answer, err := descheduler.Get(f, path); err != nil || string(answer) != "ok" {
			f.Errorf("%s says %q, %v, want ok", path, answer, err)
		}
	}
}

// It may evict pods, and neither bind nor delete any.
func TestDeschedulerRights(t *testing.T) {
	f := newFixture(t)
	f.must(deploy.DeschedulerManifests(f, f.Cluster))
	kubeconfig, err := f.ServiceAccountKubeconfig(f, deploy.Namespace, "loadline-descheduler")
	f.must(err)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	f.must(err)
	client, err := kubernetes.NewForConfig(config)
	f.must(err)
	const missing = "no-such-pod"
	if err := client.CoreV1().Pods(namespace).Delete(f, missing, metav1.DeleteOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("deleting a pod: got %v, want it forbidden", err)
	}
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: missing}, Target: corev1.ObjectReference{Kind: "Node", Name: "a"}}
	if err := client.CoreV1().Pods(namespace).Bind(f, binding, metav1.CreateOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("binding a pod: got %v, want it forbidden", err)
	}
	if _, err := client.CoreV1().Secrets(deploy.Namespace).List(f, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("reading secrets: got %v, want it forbidden", err)
	}
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: missing}}
	if err := client.CoreV1().Pods(namespace).EvictV1(f, eviction); !apierrors.IsNotFound(err) {
		t.Errorf("evicting a pod that is not there: got %v, want it not found", err)
	}
}

// deployment makes one of Loadline's, whose pods use so much memory, and are as
// changed by the given functions.
func (f *fixture) deployment(name string, replicas int32, memory string, changes ...func(*corev1.Pod)) {
	f.Helper()
	labels := map[string]string{"app": name}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{}}, Spec: podSpec()}
	for _, change := range append(changes, using("memory", memory)) {
		change(pod)
	}
	_, err := f.client.AppsV1().Deployments(namespace).Create(f, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec},
		},
	}, metav1.CreateOptions{})
	f.must(err)
}

// nodesOf waits until so many pods of a deployment are ready, and counts them by
// their nodes.
func (f *fixture) nodesOf(deployment string, want int) map[string]int {
	f.Helper()
	var nodes map[string]int
	f.await(fmt.Sprintf("%d ready pods of %s", want, deployment), func() string {
		pods, err := f.client.CoreV1().Pods(namespace).List(f, metav1.ListOptions{LabelSelector: "app=" + deployment})
		f.must(err)
		nodes = map[string]int{}
		ready := 0
		for _, pod := range pods.Items {
			if pod.DeletionTimestamp == nil && isReady(&pod) {
				nodes[pod.Spec.NodeName]++
				ready++
			}
		}
		if ready != want || len(pods.Items) != want {
			return fmt.Sprintf("%d of %d are", ready, len(pods.Items))
		}
		return ""
	})
	return nodes
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// event waits for an event about an object of a namespace that has all the parts.
func (f *fixture) event(kind, name, reason string, parts ...string) {
	f.Helper()
	f.await(fmt.Sprintf("event %s of %s %s with %q", reason, kind, name, parts), func() string {
		events, err := f.client.EventsV1().Events(namespace).List(f, metav1.ListOptions{})
		f.must(err)
		for _, event := range events.Items {
			if event.Reason == reason && event.Regarding.Kind == kind && event.Regarding.Name == name && containsAll(event.Note, parts) {
				return ""
			}
		}
		return "there is none"
	})
}
