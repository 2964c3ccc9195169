// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
)

// Start is when simulations begin: a whole multiple of every interval.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// longAgo is since when what is there at the start has been there.
const longAgo = 2 * time.Hour

// Cluster is what truly goes on. What is exported may be changed at any time.
type Cluster struct {
	Clock     *clocktesting.FakePassiveClock
	Nodes     []*Node
	Workloads []*Workload
	// Autoscalers and Claims are what the API server has of them.
	Autoscalers []*autoscalingv2.HorizontalPodAutoscaler
	Claims      []*corev1.PersistentVolumeClaim
	// Evictions are those that the API server has accepted, and Calls how often it
	// was asked.
	Evictions []Eviction
	Calls     int

	// steps is how many have passed.
	steps   int
	budgets []*Budget
	// watch is told of each pod that has changed, and of each that is gone.
	watch func(pod *Pod, gone bool)
}

// Eviction is one that the API server has accepted.
type Eviction struct {
	Time time.Time
	Pod  *Pod
	Node string
}

// NewCluster makes an empty cluster.
func NewCluster() *Cluster {
	return &Cluster{Clock: clocktesting.NewFakePassiveClock(Start), watch: func(*Pod, bool) {}}
}

// Now is the time of the cluster.
func (c *Cluster) Now() time.Time { return c.Clock.Now() }

// AddNode adds a node, which has used its base for as long as it is measured.
func (c *Cluster) AddNode(node *Node) *Node {
	node.created = c.Now()
	if c.steps == 0 {
		node.created = Start.Add(-longAgo)
	}
	for r := range node.used {
		node.used[r] = total{first: c.steps, before: node.Base[r]}
	}
	c.Nodes = append(c.Nodes, node)
	return node
}

// RemoveNode takes a node away, with all pods on it.
func (c *Cluster) RemoveNode(name string) {
	node := c.Node(name)
	for _, pod := range slices.Clone(node.pods) {
		c.remove(pod)
	}
	c.Nodes = slices.DeleteFunc(c.Nodes, func(n *Node) bool { return n == node })
}

// Node finds a node. Nil if there is none.
func (c *Cluster) Node(name string) *Node {
	for _, node := range c.Nodes {
		if node.Name == name {
			return node
		}
	}
	return nil
}

// AddWorkload adds a workload, with pods that have long run on the nodes. Those that are
// missing come by themselves.
func (c *Cluster) AddWorkload(workload *Workload, on ...string) *Workload {
	if workload.Namespace == "" {
		workload.Namespace = "default"
	}
	if workload.Replicas == 0 {
		workload.Replicas = len(on)
	}
	c.Workloads = append(c.Workloads, workload)
	since := c.Now().Add(-longAgo)
	for _, name := range on {
		pod, node := workload.newPod(since), c.Node(name)
		pod.bind(node, since)
		pod.start(since, c.steps)
		pod.becomeReady(since)
		uses := pod.demand(c.Now())
		for r := range uses {
			pod.used[r].before = uses[r]
			node.used[r].before += uses[r]
		}
		c.watch(pod, false)
	}
	return workload
}

// Pods are all that there are.
func (c *Cluster) Pods() []*Pod {
	var pods []*Pod
	for _, workload := range c.Workloads {
		pods = append(pods, workload.pods...)
	}
	return pods
}

// PodsOn are those on a node.
func (c *Cluster) PodsOn(node string) []*Pod { return slices.Clone(c.Node(node).pods) }

// advance lets one step pass, but for the placing of pods.
func (c *Cluster) advance() {
	for _, node := range c.Nodes {
		node.use(c.Now())
	}
	c.steps++
	c.Clock.SetTime(Start.Add(time.Duration(c.steps) * Step))
	for _, workload := range c.Workloads {
		for _, pod := range slices.Clone(workload.pods) {
			c.progress(pod)
		}
		for _, pod := range workload.reconcile(c.Now()) {
			c.watch(pod, false)
		}
	}
}

// progress does with a pod what it is time for.
func (c *Cluster) progress(pod *Pod) {
	due := func(at time.Time) bool { return !at.IsZero() && !at.After(c.Now()) }
	switch {
	case pod.Terminating() && due(pod.ends):
		c.remove(pod)
		return
	case pod.node != nil && !pod.running && due(pod.starts):
		pod.start(c.Now(), c.steps)
	case due(pod.turnsReady):
		pod.becomeReady(c.Now())
	default:
		return
	}
	c.watch(pod, false)
}

func (c *Cluster) remove(pod *Pod) {
	if pod.node != nil {
		pod.node.pods = slices.DeleteFunc(pod.node.pods, func(p *Pod) bool { return p == pod })
	}
	pod.Workload.pods = slices.DeleteFunc(pod.Workload.pods, func(p *Pod) bool { return p == pod })
	c.watch(pod, true)
}

// bind has a pod start on a node.
func (c *Cluster) bind(pod *Pod, node string) {
	pod.bind(c.Node(node), c.Now())
	c.watch(pod, false)
}

// Objects are what the API server has.
func (c *Cluster) Objects() cluster.Objects {
	objects := cluster.Objects{Autoscalers: c.Autoscalers, Claims: c.Claims}
	for _, node := range c.Nodes {
		objects.Nodes = append(objects.Nodes, node.Object())
	}
	namespaces := map[string]bool{}
	for _, workload := range c.Workloads {
		if !namespaces[workload.Namespace] {
			namespaces[workload.Namespace] = true
			labels := map[string]string{corev1.LabelMetadataName: workload.Namespace}
			objects.Namespaces = append(objects.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: workload.Namespace, Labels: labels}})
		}
		for _, pod := range workload.pods {
			objects.Pods = append(objects.Pods, pod.Pod)
		}
		addOwners(&objects, workload)
	}
	for _, budget := range c.budgets {
		object := c.disruptionBudget(budget)
		if budget.Shown > 0 {
			object.Status.DisruptionsAllowed = int32(budget.Shown)
		}
		objects.Budgets = append(objects.Budgets, object)
	}
	return objects
}

func addOwners(objects *cluster.Objects, workload *Workload) {
	created := Start.Add(-longAgo)
	switch workload.Kind {
	case "", ReplicaSet:
		deployment, set := workload.owners(created)
		objects.ReplicaSets = append(objects.ReplicaSets, set)
		if deployment != nil {
			objects.Deployments = append(objects.Deployments, deployment)
		}
	case StatefulSet:
		objects.StatefulSets = append(objects.StatefulSets, workload.statefulSet(created))
	case Job:
		objects.Jobs = append(objects.Jobs, workload.job(created))
	}
}

// Find is the pod of a name. Nil if there is none.
func (c *Cluster) Find(namespace, name string) *Pod {
	for _, workload := range c.Workloads {
		if workload.Namespace != namespace {
			continue
		}
		for _, pod := range workload.pods {
			if pod.Name == name {
				return pod
			}
		}
	}
	return nil
}

// NodeUse is what a node has used over the latest time, on average.
func (c *Cluster) NodeUse(node *Node, over time.Duration) Amounts { return c.mean(&node.used, over) }

// PodUse is the same for a pod.
func (c *Cluster) PodUse(pod *Pod, over time.Duration) Amounts { return c.mean(&pod.used, over) }

func (c *Cluster) mean(used *[len(resources)]total, over time.Duration) Amounts {
	var amounts Amounts
	for r := range amounts {
		amounts[r] = used[r].mean(c.steps-int(over/Step), c.steps)
	}
	return amounts
}
