// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// nodeMemory is enough for all pods: this is about CPU.
	nodeMemory = "256Gi"
	// readyTimeout bounds the wait for a component or an object.
	readyTimeout = 2 * time.Minute
	// pollInterval is how often such a wait looks.
	pollInterval = 100 * time.Millisecond
)

// rulesManifest draws one line, and ranks nodes by the same metric.
//
//go:embed rules.yaml
var rulesManifest string

// box is a cluster with the scheduler of a contender.
type box struct {
	ctx       context.Context // ends when a component dies, with that as its cause
	cancel    context.CancelCauseFunc
	watching  sync.WaitGroup
	cluster   *cluster.Cluster
	contender contender
	scenario  *scenario.Scenario
	pace      pace
	// owners are the controllers of the pods of workloads.
	owners map[string]*corev1.ReplicationController
	// loadline is nil for the stock scheduler.
	loadline *deploy.Scheduler
}

// startBox starts a cluster without nodes.
func startBox(ctx context.Context, options options, contender contender, s *scenario.Scenario) (*box, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	c, err := cluster.Start(ctx, cluster.Options{Binaries: options.binaries, KwokConfig: usage})
	if err != nil {
		cancel(nil)
		return nil, err
	}
	b := &box{
		ctx: ctx, cancel: cancel, cluster: c, contender: contender, scenario: s, pace: options.pace,
		owners: map[string]*corev1.ReplicationController{},
	}
	b.watching.Go(func() {
		select {
		case err := <-c.Failed():
			cancel(err)
		case <-ctx.Done():
		}
	})
	return b, nil
}

func (b *box) stop() error {
	b.cancel(nil)
	b.watching.Wait()
	return b.cluster.Stop()
}

// cause is why everything ended, where that is the reason of an error.
func (b *box) cause(err error) error {
	if cause := context.Cause(b.ctx); cause != nil {
		return cause
	}
	return err
}

// prepare returns when the first pods may come: nodes do what they do besides, and
// the scheduler knows what it is to know before.
func (b *box) prepare() error {
	if err := b.addNodes(); err != nil {
		return err
	}
	if err := b.addOwners(); err != nil {
		return err
	}
	if !b.contender.loadline {
		return b.startStock()
	}
	if err := b.startLoadline(); err != nil {
		return err
	}
	// What the nodes did before is in the metric when the whole window is.
	known := time.Now().Add(b.pace.real(scenario.Window + 2*scenario.Interval))
	if b.contender.known {
		if err := b.runEarlier(); err != nil {
			return err
		}
	}
	return b.sleepUntil(known)
}

// addNodes adds the nodes, each with a pod for what it does besides.
func (b *box) addNodes() error {
	errs := make([]error, len(b.scenario.Nodes))
	var adding sync.WaitGroup
	for i, node := range b.scenario.Nodes {
		adding.Go(func() {
			errs[i] = b.addNode(node.Name, node.Capacity)
			if errs[i] == nil {
				errs[i] = b.create(placedPod("base-on-"+node.Name, node.Name, node.BaseRequest, constant(node.Base)))
			}
		})
	}
	adding.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return b.awaitRunning(len(b.scenario.Nodes))
}

func (b *box) addNode(name string, cores float64) error {
	return b.cluster.AddNode(b.ctx, cluster.Node{Name: name, CPU: milli(cores), Memory: nodeMemory})
}

// addOwners has every workload have a controller. It is one that does nothing, so
// that each pod comes and goes at its own time.
func (b *box) addOwners() error {
	controllers := b.cluster.Client().CoreV1().ReplicationControllers(metav1.NamespaceDefault)
	for _, workload := range b.scenario.Workloads {
		created, err := controllers.Create(b.ctx, ownerOf(workload), metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("creating workload %s: %w", workload.Name, err)
		}
		b.owners[workload.Name] = created
	}
	return nil
}

func (b *box) create(pod *corev1.Pod) error {
	if _, err := b.cluster.Client().CoreV1().Pods(pod.Namespace).Create(b.ctx, pod, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating pod %s: %w", pod.Name, err)
	}
	return nil
}

func (b *box) startStock() error {
	_, err := b.cluster.StartProcess("kube-scheduler", b.cluster.Binary("kube-scheduler"), "--kubeconfig="+b.cluster.Kubeconfig(), "--secure-port=0")
	if err != nil {
		return err
	}
	return b.awaitLeader(metav1.NamespaceSystem, "kube-scheduler")
}

func (b *box) startLoadline() error {
	if err := deploy.Manifests(b.ctx, b.cluster); err != nil {
		return err
	}
	var rules corev1.ConfigMap
	window := b.pace.real(scenario.Window).String()
	if err := yaml.UnmarshalStrict([]byte(strings.ReplaceAll(rulesManifest, "WINDOW", window)), &rules); err != nil {
		return fmt.Errorf("reading the rules: %w", err)
	}
	if _, err := b.cluster.Client().CoreV1().ConfigMaps(rules.Namespace).Create(b.ctx, &rules, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the rules: %w", err)
	}
	var err error
	b.loadline, err = deploy.StartScheduler(b.ctx, b.cluster, deploy.SchedulerName, deploy.Options{Interval: b.pace.real(scenario.Interval)})
	if err != nil {
		return err
	}
	return b.awaitLeader(deploy.Namespace, deploy.SchedulerName)
}

// awaitLeader returns when a scheduler is ready to place pods.
func (b *box) awaitLeader(namespace, name string) error {
	leases := b.cluster.Client().CoordinationV1().Leases(namespace)
	return b.await(name+" to lead", func() (bool, error) {
		lease, err := leases.Get(b.ctx, name, metav1.GetOptions{})
		return err == nil && lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity != "", nil
	})
}

const (
	// earlierNodes have the replicas that ran before. They are over the line, so
	// that all of their pods are measured, and are gone before the first pods come.
	earlierNodes = 4
	earlierLoad  = 0.95
	// learning is the time, in real time at any pace, after which Loadline knows what
	// replicas use: they teach after two minutes, and estimates are made anew each
	// minute.
	learning = 3 * time.Minute
)

// runEarlier has replicas of all workloads run for long enough to be known.
func (b *box) runEarlier() error {
	pods := make([][]*corev1.Pod, earlierNodes)
	cores := make([]float64, earlierNodes)
	count := 0
	for _, workload := range b.scenario.Workloads {
		for _, amount := range workload.Earlier {
			node := count % earlierNodes
			pod := placedPod(fmt.Sprintf("earlier-%03d", count), earlierNode(node), workload.Request, constant(amount))
			b.own(pod, workload)
			pods[node] = append(pods[node], pod)
			cores[node] += amount
			count++
		}
	}
	for node, onNode := range pods {
		if err := b.addNode(earlierNode(node), cores[node]/earlierLoad); err != nil {
			return err
		}
		for _, pod := range onNode {
			if err := b.create(pod); err != nil {
				return err
			}
		}
	}
	if err := b.awaitRunning(len(b.scenario.Nodes) + count); err != nil {
		return err
	}
	if err := b.sleepUntil(time.Now().Add(learning + 3*b.pace.real(scenario.Interval))); err != nil {
		return err
	}
	return b.removeEarlier(pods)
}

func earlierNode(number int) string { return fmt.Sprintf("earlier-%d", number) }

func (b *box) removeEarlier(pods [][]*corev1.Pod) error {
	client := b.cluster.Client().CoreV1()
	for node, onNode := range pods {
		for _, pod := range onNode {
			if err := b.remove(pod.Name); err != nil {
				return err
			}
		}
		if err := client.Nodes().Delete(b.ctx, earlierNode(node), metav1.DeleteOptions{}); err != nil {
			return fmt.Errorf("deleting a node: %w", err)
		}
	}
	return nil
}

func (b *box) remove(pod string) error {
	now := int64(0)
	err := b.cluster.Client().CoreV1().Pods(metav1.NamespaceDefault).Delete(b.ctx, pod, metav1.DeleteOptions{GracePeriodSeconds: &now})
	if err != nil {
		return fmt.Errorf("deleting pod %s: %w", pod, err)
	}
	return nil
}

// awaitRunning returns when so many pods run.
func (b *box) awaitRunning(want int) error {
	return b.await(fmt.Sprintf("%d pods to run", want), func() (bool, error) {
		pods, err := b.cluster.Client().CoreV1().Pods(metav1.NamespaceDefault).List(b.ctx, metav1.ListOptions{FieldSelector: "status.phase=Running"})
		return err == nil && len(pods.Items) == want, err
	})
}

func (b *box) await(what string, condition func() (bool, error)) error {
	err := wait.PollUntilContextTimeout(b.ctx, pollInterval, readyTimeout, true, func(context.Context) (bool, error) { return condition() })
	if err != nil {
		return fmt.Errorf("waiting for %s: %w", what, err)
	}
	return nil
}

func (b *box) sleepUntil(at time.Time) error {
	select {
	case <-time.After(time.Until(at)):
		return nil
	case <-b.ctx.Done():
		return context.Cause(b.ctx)
	}
}
