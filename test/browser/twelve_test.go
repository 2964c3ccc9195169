// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/dashboard"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	namespace = "shop"
	// nodeMemory is the capacity of each node, so that percentages are whole.
	nodeMemory = "16000Mi"
	// poolLabel is on the nodes for pods that may be moved.
	poolLabel = "pool"
	// hostile is what an editor may write, and a page must not run.
	hostile = `<img src=x onerror=alert(1)>`
)

// percent is a part of a node's memory.
func percent(part int) string { return fmt.Sprintf("%dMi", part*160) }

// twelve are the nodes, and what is used of the memory of each, in percent. Of those
// without, nobody knows.
var twelve = map[string]int{
	"web-1": 62, "web-2": 71, "web-3": 30, "web-4": 45, "web-5": 84, "web-6": 0, "db-1": 55, "db-2": 94, "db-3": 78,
	"batch-1": 35, "batch-2": 96, "edge-1": 0,
}

// Rules of all kinds: one in force, one that only observes, one that was edited badly
// after it had been good, and one that never was.
var (
	belowTheLine = `{metrics: [{name: memory, builtin: memory, staleAfter: 10s}],
  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}],
    reject: {maxNodes: 50%, giveUpAfter: 1h}, evict: {for: 2s}, taint: {effect: PreferNoSchedule}, labels: {loadline.dev/hot: memory}}],
  preferences: [{metric: memory, prefer: Lower}]}`
	heat = `{mode: Observe, metrics: [{name: temperature, query: 'max by (node) (kube_node_status_allocatable{resource="example_com_celsius"})'}],
  rules: [{name: hot, when: [{metric: temperature, above: 85}], reject: {}}]}`
	packing = `{metrics: [{name: pod-memory, builtin: pod-memory}],
  rules: [{name: requests-above-95, when: [{metric: pod-memory, above: 95%}], reject: {}}]}`
	packingEdited = strings.Replace(packing, "above: 95%", "above: lots", 1)
	neverGood     = strings.Replace(packing, "above: 95%", "above: 95 percent", 1)
	hostileRules  = strings.Replace(packing, "above: 95%", fmt.Sprintf("above: %q", hostile), 1)
)

// startTwelve starts a cluster of twelve nodes, of which three are over a line, and what
// there is to see there: pods that wait, and one that was moved.
func startTwelve(t *testing.T) (w *world, scheduler *deploy.Scheduler, restart func() *deploy.Scheduler) {
	t.Helper()
	schedulerPort, deschedulerPort := freePort(t), freePort(t)
	w = newWorld(t, clustertest.Start(t, cluster.Options{
		APIServerFlags: []string{"--kubelet-preferred-address-types=InternalIP"},
		KwokConfig:     forwarding("loadline-scheduler-0", schedulerPort) + "---\n" + forwarding("loadline-descheduler-0", deschedulerPort),
	}))
	w.must(deploy.DeschedulerManifests(w, w.Cluster))
	w.createNamespace()
	for node, part := range twelve {
		w.createNode(node, part)
	}
	w.rules("below-the-line", belowTheLine)
	w.rules("heat", heat)
	w.rules("packing", packing)
	restart = func() *deploy.Scheduler { return w.startScheduler(schedulerPort, deploy.Options{}) }
	scheduler = restart()
	w.standIn("loadline-scheduler", "loadline-scheduler-0", "db-1")
	w.standIn("loadline-descheduler", "loadline-descheduler-0", "db-1")
	w.await("the scheduler to serve", func() string {
		address, err := scheduler.InspectAddress()
		w.must(err)
		if address == "" {
			return "it does not yet"
		}
		return ""
	})
	w.page = w.startDashboard()
	w.startDescheduler(deschedulerPort)
	w.awaitStates(map[inspect.NodeState]int{inspect.Over: 3, inspect.NoData: 1, inspect.Exempt: 1, inspect.OK: 7})
	w.rules("packing", packingEdited)
	w.rules("never-good", neverGood)
	w.move(w.deployment("checkout", 3, 12))
	w.wait("report-1", "db-2")
	w.wait("report-2", "batch-2")
	w.awaitAll()
	return w, scheduler, restart
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := cluster.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// forwarding has the kubelets forward the port at which a pod is inspected to a port
// of this machine.
func forwarding(pod, port string) string {
	return fmt.Sprintf(`apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterPortForward
metadata: {name: %s}
spec:
  selector: {matchNames: [%[1]s]}
  forwards: [{ports: [10269, 10289], target: {address: 127.0.0.1, port: %s}}]
`, pod, port)
}

func (w *world) createNamespace() {
	w.Helper()
	_, err := w.client.CoreV1().Namespaces().Create(w, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	w.must(err)
	w.await("the namespace's ServiceAccount", func() string {
		if _, err := w.client.CoreV1().ServiceAccounts(namespace).Get(w, "default", metav1.GetOptions{}); err != nil {
			return err.Error()
		}
		return ""
	})
}

// createNode creates a node, with a pod that says what it uses.
func (w *world) createNode(name string, part int) {
	w.Helper()
	node := cluster.Node{Name: name, CPU: "16", Memory: nodeMemory, Labels: map[string]string{}}
	if part > 0 {
		node.Labels[poolLabel] = namespace
	}
	if name == "edge-1" {
		node.Labels["type"] = "virtual-kubelet" // which nobody can measure
	}
	w.must(w.AddNode(w, node))
	if part == 0 {
		patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"/nothing-here"}}}`, metricsPath)
		_, err := w.client.CoreV1().Nodes().Patch(w, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		w.must(err)
		return
	}
	celsius := 50 + part/4
	if name == "batch-1" {
		celsius = 91
	}
	patch := fmt.Sprintf(`{"status":{"allocatable":{"example.com/celsius":"%d"}}}`, celsius) // as a thermometer might
	_, err := w.client.CoreV1().Nodes().Patch(w, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	w.must(err)
	_, err = w.client.CoreV1().Pods(namespace).Create(w, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "load-on-" + name, Annotations: map[string]string{cluster.UsageMemoryAnnotation: percent(part)}},
		Spec:       corev1.PodSpec{NodeName: name, Containers: []corev1.Container{{Name: "main", Image: "none"}}},
	}, metav1.CreateOptions{})
	w.must(err)
}

// startDashboard starts "kubectl loadline dashboard", and returns the address of the
// page.
func (w *world) startDashboard() string {
	w.Helper()
	command := w.program("dashboard", "--no-browser")
	command.Stderr = w.Output()
	out, err := command.StdoutPipe()
	w.must(err)
	w.must(command.Start())
	w.Cleanup(func() { w.interrupt(command) })
	line, err := bufio.NewReader(out).ReadString('\n')
	url, isServing := strings.CutPrefix(line, "Serving on ")
	if !isServing {
		w.Fatalf("kubectl loadline dashboard printed %q (%v)", line, err)
	}
	page, _, _ := strings.Cut(url, " ")
	return page
}

// interrupt ends a program as Ctrl-C does.
func (w *world) interrupt(command *exec.Cmd) {
	_ = command.Process.Signal(os.Interrupt)
	if err := command.Wait(); err != nil {
		w.Errorf("%q ended with %v", command.Args, err)
	}
}

func (w *world) startDescheduler(port string) {
	w.Helper()
	_, err := deploy.StartDescheduler(w, w.Cluster, "loadline-descheduler", deploy.DeschedulerOptions{
		Scheduler: "loadline-scheduler",
		ChangeConfig: func(config map[string]any) {
			config["protections"] = map[string]any{"minAge": "1s", "settleAfter": "1s"}
			config["cooldowns"] = map[string]any{"node": "1s", "workload": "1s", "maxWorkload": "1s"}
			config["breaker"] = map[string]any{"maxNodes": "60%"}
		},
		Flags: []string{"--inspect-address=127.0.0.1:" + port},
	})
	w.must(err)
}

// deployment makes one of which each pod uses a part of a node's memory, and waits for
// its pods. It returns the node of one of them.
func (w *world) deployment(name string, replicas int32, part int) (node string) {
	w.Helper()
	labels := map[string]string{"app": name}
	spec := placedSpec(map[string]string{poolLabel: namespace})
	spec.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{ // one on a node, so that it is known what each uses
		RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{LabelSelector: &metav1.LabelSelector{MatchLabels: labels}, TopologyKey: corev1.LabelHostname}},
	}}
	_, err := w.client.AppsV1().Deployments(namespace).Create(w, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{cluster.UsageMemoryAnnotation: percent(part)}},
				Spec:       spec,
			},
		},
	}, metav1.CreateOptions{})
	w.must(err)
	return w.nodeOf(name, int(replicas))
}

// nodeOf waits until all pods of a deployment run, and returns the node of one of them.
func (w *world) nodeOf(name string, replicas int) (node string) {
	w.Helper()
	w.await("the pods of "+name, func() string {
		list, err := w.client.CoreV1().Pods(namespace).List(w, metav1.ListOptions{LabelSelector: "app=" + name})
		w.must(err)
		if len(list.Items) < replicas {
			return fmt.Sprintf("there are %d", len(list.Items))
		}
		for _, pod := range list.Items {
			if node = pod.Spec.NodeName; pod.Status.Phase != corev1.PodRunning {
				return pod.Name + " does not run"
			}
		}
		return ""
	})
	return node
}

func placedSpec(nodes map[string]string) corev1.PodSpec {
	return corev1.PodSpec{
		SchedulerName: deploy.SchedulerName,
		NodeSelector:  nodes,
		Containers: []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("16Mi")},
		}}},
	}
}

const (
	// lookBack is how long loads come and go, so that there is something to see on the
	// time axis of a picture, and wave how long it takes them to come and go once.
	lookBack = 6 * time.Minute
	wave     = 3 * time.Minute
	turn     = 5 * time.Second
)

// makeHistory has the loads of some nodes come and go, and leaves them as they were.
func (w *world) makeHistory() {
	w.Helper()
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	for past := time.Duration(0); past <= lookBack; past += turn {
		switch past {
		case lookBack / 2:
			w.rules("packing", packing)
			w.move(w.nodeOf("checkout", 3))
		case lookBack * 3 / 4:
			w.rules("packing", packingEdited)
		}
		angle := 2 * math.Pi * past.Seconds() / wave.Seconds()
		for node, depth := range map[string]float64{"web-5": 20, "web-2": 15, "db-2": 6, "web-1": 25} {
			w.load(node, twelve[node]-int(depth*(1-math.Cos(angle))/2))
		}
		select {
		case <-ticker.C:
		case <-w.Done():
			return
		}
	}
}

func (w *world) load(node string, part int) {
	w.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, cluster.UsageMemoryAnnotation, percent(part))
	_, err := w.client.CoreV1().Pods(namespace).Patch(w, "load-on-"+node, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	w.must(err)
}

// move has a node drift over its line, below which it is again without one of its pods.
func (w *world) move(node string) {
	w.Helper()
	w.load(node, 80)
}

// wait makes a pod that may run on one node alone.
func (w *world) wait(name, node string) {
	w.Helper()
	_, err := w.client.CoreV1().Pods(namespace).Create(w, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: placedSpec(map[string]string{corev1.LabelHostname: node}),
	}, metav1.CreateOptions{})
	w.must(err)
}

// awaitStates waits until so many nodes are in each state.
func (w *world) awaitStates(want map[inspect.NodeState]int) {
	w.Helper()
	w.await("the nodes' states", func() string {
		var nodes inspect.Nodes
		if err := w.ask(inspect.NodesPath, &nodes); err != nil {
			return err.Error()
		}
		got := map[inspect.NodeState]int{}
		for _, node := range nodes.Nodes {
			got[node.State]++
		}
		return cmp.Diff(want, got)
	})
}

// awaitAll waits until there is all to be seen that the tests look for.
func (w *world) awaitAll() {
	w.Helper()
	w.awaitStates(map[inspect.NodeState]int{inspect.Over: 3, inspect.NoData: 1, inspect.Exempt: 1, inspect.OK: 7})
	w.await("two waiting pods", func() string {
		var waiting dashboard.Waiting
		if err := w.ask(dashboard.WaitingPath, &waiting); err != nil {
			return err.Error()
		}
		if waiting.Total != 2 {
			return fmt.Sprintf("there are %d", waiting.Total)
		}
		return ""
	})
	w.await("an eviction of which it is known what came of it", func() string {
		var evictions dashboard.Evictions
		if err := w.ask(dashboard.EvictionsPath, &evictions); err != nil {
			return err.Error()
		}
		for i := range evictions.Records {
			if evictions.Records[i].Finished() && !evictions.Records[i].Successor.Ready.IsZero() {
				return ""
			}
		}
		return fmt.Sprintf("there are %+v", evictions.Records)
	})
}
