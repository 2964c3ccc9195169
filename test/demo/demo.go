// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// The size of the cluster.
const (
	nodeCount  = 12
	nodeCPU    = "8"
	nodeMemory = 16 << 30 // bytes
)

const (
	// interval is how often Loadline measures.
	interval = time.Second
	// readyTimeout bounds the wait for a component.
	readyTimeout = 30 * time.Second
	// pollInterval is how often a wait looks.
	pollInterval = 20 * time.Millisecond
)

// loadLine is the rule's line, as the screen draws it.
const loadLine = 0.90

//go:embed rule.yaml
var ruleManifest []byte

// demo is the cluster and those who watch it.
type demo struct {
	ctx    context.Context // ends when a component dies, with that as its cause
	cancel context.CancelCauseFunc
	owned  sync.WaitGroup

	show     *show
	cluster  *cluster.Cluster
	loadline *deploy.Scheduler
	log      *schedulerLog
	// descheduler is paused until act 5.
	descheduler *deploy.Descheduler
	pods        *podWatch
	meter       *meter
	kernel      *kernel
	nodes       []string
	// stock and placed are the two runs of the same workloads, and drifted is act 5.
	stock, placed, drifted *run
}

// start brings up the cluster with both schedulers and the descheduler.
func start(ctx context.Context, show *show) (*demo, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	d := &demo{
		ctx: ctx, cancel: cancel, show: show,
		stock:   &run{title: "stock kube-scheduler"},
		placed:  &run{title: "Loadline, line at 90%"},
		drifted: &run{},
	}
	d.owned.Go(func() { d.show.run(ctx, time.Now) })
	if err := d.setUp(); err != nil {
		return nil, errors.Join(d.cause(err), d.stop())
	}
	return d, nil
}

func (d *demo) setUp() error {
	d.show.act("Starting a cluster", "A real etcd, API server, controller manager, two schedulers and a descheduler, on this machine.",
		"Nodes and the memory that pods use are simulated. Loadline measures every second here, to be quick.")
	d.show.setBody(d.setUpBody)
	d.show.step("Starting etcd, kube-apiserver, kube-controller-manager and kwok")
	var err error
	if d.cluster, err = cluster.Start(d.ctx, cluster.Options{}); err != nil {
		return err
	}
	d.owned.Go(d.watchFailures)
	server, err := d.cluster.Client().Discovery().ServerVersion()
	if err != nil {
		return fmt.Errorf("asking for the version: %w", err)
	}
	d.show.setVersion(server.GitVersion)
	for _, step := range []struct {
		text string
		do   func() error
	}{
		{fmt.Sprintf("Adding %d nodes with %s CPU and 16Gi each", nodeCount, nodeCPU), d.addNodes},
		{"Starting the stock kube-scheduler " + server.GitVersion, d.startStock},
		{"Installing Loadline: kubectl apply -k manifests/scheduler, manifests/descheduler", d.install},
		{"Starting loadline-scheduler", d.startLoadline},
		{"Starting loadline-descheduler, paused until act 5 by kubectl loadline pause", d.startDescheduler},
	} {
		d.show.step("%s", step.text)
		if err := step.do(); err != nil {
			return err
		}
	}
	d.show.stepDone()
	return nil
}

// observe hands a moment to all who want it.
func (d *demo) observe(m moment) {
	d.stock.observe(m)
	d.placed.observe(m)
	d.drifted.observe(m)
	d.show.observe(m)
}

// watchFailures ends the demo when a component dies.
func (d *demo) watchFailures() {
	select {
	case err := <-d.cluster.Failed():
		d.cancel(err)
	case <-d.ctx.Done():
	}
}

func (d *demo) addNodes() error {
	errs := make([]error, nodeCount)
	var adding sync.WaitGroup
	for i := range nodeCount {
		name := fmt.Sprintf("node-%02d", i+1)
		d.nodes = append(d.nodes, name)
		adding.Go(func() {
			errs[i] = d.cluster.AddNode(d.ctx, cluster.Node{Name: name, CPU: nodeCPU, Memory: fmt.Sprint(nodeMemory)})
		})
	}
	adding.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var err error
	if d.pods, err = watchPods(d.ctx, d.cluster.Client()); err != nil {
		return err
	}
	d.meter = newMeter(d.cluster, d.pods, d.nodes)
	d.kernel = newKernel(d.cluster.Client(), d.pods, d.show.event)
	d.owned.Go(func() { d.meter.run(d.ctx, d.observe) })
	d.owned.Go(func() {
		if err := d.kernel.run(d.ctx); err != nil {
			d.cancel(fmt.Errorf("playing the kernel: %w", err))
		}
	})
	return nil
}

func (d *demo) startStock() error {
	_, err := d.cluster.StartProcess("kube-scheduler", d.cluster.Binary("kube-scheduler"),
		"--kubeconfig="+d.cluster.Kubeconfig(), "--leader-elect=false", "--secure-port=0")
	return err
}

// install applies the manifests, the rule and a priority class.
func (d *demo) install() error {
	if err := deploy.Manifests(d.ctx, d.cluster); err != nil {
		return err
	}
	if err := deploy.DeschedulerManifests(d.ctx, d.cluster); err != nil {
		return err
	}
	var rule corev1.ConfigMap
	if err := yaml.UnmarshalStrict(ruleManifest, &rule); err != nil {
		return fmt.Errorf("reading the rule: %w", err)
	}
	_, err := d.cluster.Client().CoreV1().ConfigMaps(rule.Namespace).Create(d.ctx, &rule, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("creating the rule: %w", err)
	}
	if _, err := d.cluster.Client().SchedulingV1().PriorityClasses().Create(d.ctx, lowPriority(), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the priority class: %w", err)
	}
	return nil
}

func (d *demo) startLoadline() error {
	var err error
	d.loadline, err = deploy.StartScheduler(d.ctx, d.cluster, deploy.SchedulerName,
		deploy.Options{Interval: interval})
	if err != nil {
		return err
	}
	d.log = &schedulerLog{path: d.loadline.LogFile()}
	return d.awaitLeader(deploy.SchedulerName)
}

// awaitLeader returns when a process holds the lease.
func (d *demo) awaitLeader(name string) error {
	leases := d.cluster.Client().CoordinationV1().Leases(deploy.Namespace)
	return d.await(readyTimeout, name+" to lead", func() bool {
		lease, err := leases.Get(d.ctx, name, metav1.GetOptions{})
		return err == nil && lease.Spec.HolderIdentity != nil && *lease.Spec.HolderIdentity != ""
	})
}

// stop ends everything, and returns when nothing is left.
func (d *demo) stop() error {
	d.cancel(context.Canceled)
	d.owned.Wait()
	if d.cluster == nil {
		return nil
	}
	return d.cluster.Stop()
}

// await returns when the condition holds, and says what it awaited when that
// takes too long.
func (d *demo) await(timeout time.Duration, what string, condition func() bool) error {
	ctx, cancel := context.WithTimeoutCause(d.ctx, timeout, fmt.Errorf("waited %v in vain for %s", timeout, what))
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
	return nil
}

// pause lets people look.
func (d *demo) pause(duration time.Duration) error {
	select {
	case <-time.After(duration):
		return nil
	case <-d.ctx.Done():
		return context.Cause(d.ctx)
	}
}

// cause is why everything ended, where that is the reason of an error.
func (d *demo) cause(err error) error {
	if cause := context.Cause(d.ctx); cause != nil {
		return cause
	}
	return err
}

// leaveUp says how to look around, and waits for Ctrl-C.
func (d *demo) leaveUp(interrupted context.Context, failures []error) error {
	if err := d.show.close(); err != nil {
		return err
	}
	kubectl := fmt.Sprintf("%s --kubeconfig %s", relative(d.cluster.Binary("kubectl")), d.cluster.Kubeconfig())
	loadline := fmt.Sprintf("%s --kubeconfig %s", relative(d.cluster.Binary("kubectl-loadline")), d.cluster.Kubeconfig())
	fmt.Printf(`
The cluster stays up until you press Ctrl-C. Its kubeconfig: %[3]s
In another terminal:

  # where the pods are, and how often the kernel has killed them
  %[1]s get pods -o wide

  # which pods were evicted, and what came of it
  %[2]s explain evictions

  # draw the line at 50%% instead, which is below all nodes, and see that nobody is evicted:
  # this is a lack of capacity
  %[1]s -n %[4]s get configmap below-the-line -o yaml | sed 's/above: 90%%, clear: 85%%/above: 50%%, clear: 45%%/' | %[1]s replace -f -
  %[1]s -n %[4]s events --for configmap/%[5]s

`, kubectl, loadline, d.cluster.Kubeconfig(), deploy.Namespace, history.ConfigMap)
	for _, failure := range failures {
		fmt.Println("demo: not as it should be:", failure)
	}
	<-d.ctx.Done()
	if interrupted.Err() == nil {
		return context.Cause(d.ctx)
	}
	fmt.Println("Cleaning up ...")
	return nil
}

// relative is a path as one would type it here.
func relative(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	short, err := filepath.Rel(here, path)
	if err != nil {
		return path
	}
	return short
}
