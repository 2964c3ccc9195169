// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/cluster/clustertest"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	namespace = "default"
	// memory is the capacity of each node, so that percentages are whole.
	memory = "16000Mi"
	// patience bounds every wait.
	patience = 3 * time.Minute
	look     = 500 * time.Millisecond
)

// world is the cluster, and what runs in it from the beginning to the end.
type world struct {
	testing.TB
	context.Context
	*cluster.Cluster
	client kubernetes.Interface

	scheduler   *deploy.Scheduler
	descheduler *deploy.Descheduler
	// standbys are killed from time to time.
	standbys []*cluster.Process
	// firstHolders held the leases at first.
	firstHolders map[string]string

	cycles int
	// added are the nodes that have come and gone, by when they came.
	added []time.Time
}

func newWorld(t *testing.T, c *cluster.Cluster) *world {
	return &world{TB: t, Context: t.Context(), Cluster: c, client: c.Client()}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// await polls until done returns nothing, which is what is still missing.
func (w *world) await(what string, done func() (missing string)) {
	w.Helper()
	clustertest.Await(w, w.TB, fmt.Sprintf("%s, in cycle %d", what, w.cycles), look, patience, done)
}

// program is one of Loadline's.
type program interface {
	LogFile() string
	Metrics(ctx context.Context) ([]byte, error)
}

func (w *world) awaitServing(program program) {
	w.Helper()
	w.await(program.LogFile()+" to serve", func() string {
		if _, err := program.Metrics(w); err != nil {
			return err.Error()
		}
		return ""
	})
}

// steady are the nodes that stay.
var steady = []string{"steady-0", "steady-1", "steady-2", "steady-3"}

// percent is a part of a node's memory.
func percent(part int) string { return fmt.Sprintf("%dMi", part*160) }

func (w *world) addNode(name string) {
	w.Helper()
	w.must(w.AddNode(w, cluster.Node{Name: name, CPU: "64", Memory: memory}))
}

// nodes adds those that stay, each with a pod that says what it uses.
func (w *world) nodes() {
	w.Helper()
	for _, name := range steady {
		w.addNode(name)
		_, err := w.client.CoreV1().Pods(namespace).Create(w, &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "load-on-" + name, Annotations: map[string]string{cluster.UsageMemoryAnnotation: percent(30)}},
			Spec:       corev1.PodSpec{NodeName: name, Containers: []corev1.Container{{Name: "main", Image: "none"}}},
		}, metav1.CreateOptions{})
		w.must(err)
	}
}

func (w *world) load(node string, part int) {
	w.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, cluster.UsageMemoryAnnotation, percent(part))
	_, err := w.client.CoreV1().Pods(namespace).Patch(w, "load-on-"+node, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	w.must(err)
}

// rules writes a RuleSet of this name and spec into the ConfigMap of the same
// name, made or changed.
func (w *world) rules(name, spec string) {
	w.Helper()
	w.must(deploy.ApplyRules(w, w.Cluster, name, spec))
}

// deployment makes one of which each pod uses a part of a node's memory.
func (w *world) deployment(name string, replicas int32, part int) {
	w.Helper()
	labels := map[string]string{"app": name}
	_, err := w.client.AppsV1().Deployments(namespace).Create(w, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels, Annotations: map[string]string{cluster.UsageMemoryAnnotation: percent(part)}},
				Spec: corev1.PodSpec{
					SchedulerName: deploy.SchedulerName,
					Containers: []corev1.Container{{Name: "main", Image: "none", Resources: corev1.ResourceRequirements{
						Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("16Mi")},
					}}},
				},
			},
		},
	}, metav1.CreateOptions{})
	w.must(err)
}

// podsOf are those of a deployment, and how many of them are ready.
func (w *world) podsOf(deployment string) (pods []corev1.Pod, ready int) {
	w.Helper()
	list, err := w.client.CoreV1().Pods(namespace).List(w, metav1.ListOptions{LabelSelector: "app=" + deployment})
	w.must(err)
	for _, pod := range list.Items {
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue && pod.DeletionTimestamp == nil {
				ready++
			}
		}
	}
	return list.Items, ready
}

func (w *world) startScheduler(name string) *deploy.Scheduler {
	w.Helper()
	scheduler, err := deploy.StartScheduler(w, w.Cluster, name, deploy.Options{Flags: []string{
		"--leader-elect-lease-duration=20s", "--leader-elect-renew-deadline=15s", "--leader-elect-retry-period=1s",
	}})
	w.must(err)
	return scheduler
}

func (w *world) startDescheduler(name string) *deploy.Descheduler {
	w.Helper()
	many := map[string]any{"evictions": 450, "within": "1m"}
	descheduler, err := deploy.StartDescheduler(w, w.Cluster, name, deploy.DeschedulerOptions{
		Scheduler: "scheduler-1",
		ChangeConfig: func(config map[string]any) {
			config["protections"] = map[string]any{"minAge": "1s", "settleAfter": "1s"}
			config["cooldowns"] = map[string]any{"node": "1s", "workload": "1s", "maxWorkload": "1s"}
			config["budgets"] = map[string]any{"perNode": many, "perWorkload": many, "perNamespace": many, "perCluster": many}
			// Loads come and go too fast for what evictions bring to show.
			config["breaker"] = map[string]any{"maxNodes": "100%", "maxIneffective": 1000, "maxUnready": 1000}
			election := config["leaderElection"].(map[string]any)
			election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = "20s", "15s", "1s"
		},
	})
	w.must(err)
	return descheduler
}

func (w *world) startStandbys() {
	w.Helper()
	scheduler := w.startScheduler("scheduler-1")
	w.awaitServing(scheduler)
	descheduler := w.startDescheduler("descheduler-1")
	w.awaitServing(descheduler)
	w.standbys = []*cluster.Process{scheduler.Process, descheduler.Process}
}

// failOver kills the replicas that do not live to the end, and starts others once
// those that do lead.
func (w *world) failOver() {
	w.Helper()
	for _, standby := range w.standbys {
		w.must(standby.Kill())
	}
	for _, lease := range leases {
		w.await("another holder of lease "+lease, func() string {
			if holder := w.holder(lease); holder == w.firstHolders[lease] || holder == "" {
				return "it is " + holder
			}
			return ""
		})
	}
	w.startStandbys()
}

var leases = []string{"loadline-scheduler", "loadline-descheduler"}

// holder is who leads.
func (w *world) holder(lease string) string {
	w.Helper()
	object, err := w.client.CoordinationV1().Leases(deploy.Namespace).Get(w, lease, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return ""
	}
	w.must(err)
	return ptr.Deref(object.Spec.HolderIdentity, "")
}

// awaitHolders waits until both programs are led, and remembers by whom.
func (w *world) awaitHolders() {
	w.Helper()
	w.firstHolders = map[string]string{}
	for _, lease := range leases {
		w.await("somebody to hold lease "+lease, func() string {
			if w.firstHolders[lease] = w.holder(lease); w.firstHolders[lease] == "" {
				return "nobody does"
			}
			return ""
		})
	}
}
