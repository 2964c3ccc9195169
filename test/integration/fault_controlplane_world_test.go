// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// lease is how long leaders lead without being able to say so.
type lease struct{ duration, renewDeadline, retryPeriod string }

var (
	// shortLease is lost in each of the outages below, and longLease in none.
	shortLease = lease{"4s", "3s", "500ms"}
	longLease  = lease{"90s", "75s", "500ms"}
)

func (l lease) flags() []string {
	return []string{
		"--leader-elect-lease-duration=" + l.duration, "--leader-elect-renew-deadline=" + l.renewDeadline,
		"--leader-elect-retry-period=" + l.retryPeriod,
	}
}

func (l lease) set(config map[string]any) {
	election := config["leaderElection"].(map[string]any)
	election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = l.duration, l.renewDeadline, l.retryPeriod
}

const (
	// faultRules keep pods off nodes above 90% memory, and move pods off them until they
	// are below 85%.
	faultRules = `{metrics: [{name: memory, builtin: memory, staleAfter: 60s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}, evict: {for: 2s}}],
	  preferences: [{metric: memory, prefer: Lower}]}`
	// movable are the workloads that have a pod on node warm, of a tenth of its memory
	// each.
	movable = 3
)

// faultWorld is a cluster with a node that is over its line for good (hot), one
// that may come to be (warm), and two others, before Loadline is started.
func faultWorld(t *testing.T) *fixture {
	t.Helper()
	f := newDriftFixture(t, "hot", "warm", "cool-a", "cool-b")
	f.load("hot", percent(95))
	f.load("warm", percent(5))
	for _, name := range numbered("web", movable) {
		f.placedWorkload(name, 10, []string{"warm", "cool-a"})
	}
	f.applyRules("below-the-line", faultRules)
	return f
}

func (f *fixture) startFaultScheduler(name string, lease lease) *deploy.Scheduler {
	f.Helper()
	scheduler, err := deploy.StartScheduler(f, f.Cluster, name, deploy.Options{Flags: lease.flags()})
	f.must(err)
	return scheduler
}

func (f *fixture) startFaultDescheduler(name string, lease lease) *deploy.Descheduler {
	f.Helper()
	return f.startDescheduler(name, deploy.DeschedulerOptions{ChangeConfig: func(config map[string]any) {
		brisk(config)
		lease.set(config)
	}})
}

// drift brings node warm over its line, and waits until one pod has left it, and no
// more.
func (f *fixture) drift() {
	f.Helper()
	f.changeLoad("warm", percent(92-10*movable))
	f.awaitMemory("node warm to be below its line", func(memory map[string]float64) bool { return memory["warm"] < 0.85 })
	for _, name := range numbered("web", movable) {
		f.nodesOf(name, 2)
	}
	if left := len(f.remainingOn("warm", numbered("web", movable)...)); left != movable-1 {
		f.Errorf("%d pods are left on node warm, want all but one of %d", left, movable)
	}
	records := f.ledger()
	if len(records) != 1 || records[0].Failed != "" || records[0].Node != "warm" {
		f.Errorf("remembered %+v, want one eviction, from node warm", records)
	}
}

// noEvictions fails if any was so much as planned.
func (f *fixture) noEvictions() {
	f.Helper()
	if records := f.ledger(); len(records) > 0 {
		f.Errorf("remembered %+v, want no evictions", records)
	}
	if requests := f.evictionRequests(); requests > 0 {
		f.Errorf("the API server was asked for %v evictions, want none", requests)
	}
}

// restart starts a component that has ended once more, and waits until the API
// server is ready.
func (f *fixture) restart(component string) {
	f.Helper()
	_, err := f.Restart(f.Process(component))
	f.must(err)
	f.awaitAPIServer()
	f.remindKwok()
}

// remindKwok has kwok look once more at the pods that are on nodes. A kubelet tries
// again what it could not write; kwok does so only where the connection was refused,
// and not where it was cut off, or where an API server that has just started did not
// know of kwok's rights yet.
func (f *fixture) remindKwok() {
	f.Helper()
	pods, err := f.client.CoreV1().Pods(namespace).List(f, metav1.ListOptions{FieldSelector: "spec.nodeName!="})
	f.must(err)
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"test.loadline.dev/reminded":%q}}}`, time.Now())
	for i := range pods.Items {
		_, err := f.client.CoreV1().Pods(namespace).Patch(f, pods.Items[i].Name, types.MergePatchType, patch, metav1.PatchOptions{})
		if !apierrors.IsNotFound(err) {
			f.must(err)
		}
	}
}

func (f *fixture) awaitAPIServer() {
	f.Helper()
	f.await("the API server to be ready", func() string {
		ctx, cancel := context.WithTimeout(f, 2*time.Second)
		defer cancel()
		if err := f.client.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
			return err.Error()
		}
		return ""
	})
}

// allPlaced waits until all pods of a deployment run, and fails if one does on a
// node that is over its line.
func (f *fixture) allPlaced(deployment string, want int) {
	f.Helper()
	if nodes := f.nodesOf(deployment, want); nodes["hot"] > 0 {
		f.Errorf("pods of %s on %v, want none on node hot", deployment, nodes)
	}
}

// someBound waits until at least so many pods of a deployment have a node.
func (f *fixture) someBound(deployment string, want int) {
	f.Helper()
	f.await(fmt.Sprintf("%d bound pods of %s", want, deployment), func() string {
		bound := 0
		for _, pod := range f.podsOf(deployment) {
			if pod.Spec.NodeName != "" {
				bound++
			}
		}
		if bound < want {
			return fmt.Sprintf("%d are", bound)
		}
		return ""
	})
}

// bindings are how often the API server has bound a pod since it was started, or
// would not since the pod had a node. A request whose client was killed may have come
// to neither, and then is made once more by another.
func (f *fixture) bindings() float64 {
	f.Helper()
	text, err := f.client.CoreV1().RESTClient().Get().AbsPath("/metrics").Do(f).Raw()
	f.must(err)
	count := 0.0
	for _, code := range []string{`code="201"`, `code="409"`} {
		count += f.sum(string(text), "apiserver_request_total", `resource="pods"`, `subresource="binding"`, code)
	}
	return count
}

// aSmallPod creates a pod that uses a thousandth of a node.
func (f *fixture) aSmallPod(name string, changes ...func(*corev1.Pod)) {
	f.Helper()
	f.pod(name, append(changes, using("memory", "16Mi"))...)
}

// supervisor keeps a program running, as a Deployment does: once it has ended it is
// started again, a moment later.
type supervisor struct {
	mu      sync.Mutex
	endings int
}

// supervise does so until the test ends.
func (f *fixture) supervise(process *cluster.Process) *supervisor {
	s := &supervisor{}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.run(ctx, f.Cluster, process); err != nil {
			f.Error(err)
		}
	})
	f.Cleanup(func() {
		stop()
		running.Wait()
	})
	return s
}

func (s *supervisor) run(ctx context.Context, c *cluster.Cluster, process *cluster.Process) error {
	for {
		process.ExpectExit()
		select {
		case <-process.Exited():
		case <-ctx.Done():
			return nil
		}
		s.mu.Lock()
		s.endings++
		s.mu.Unlock()
		select {
		case <-time.After(time.Second): // of back-off
		case <-ctx.Done():
			return nil
		}
		var err error
		if process, err = c.Restart(process); err != nil {
			return err
		}
	}
}

// ended is how often the program has.
func (s *supervisor) ended() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endings
}

func (f *fixture) awaitEndings(name string, s *supervisor, want int) {
	f.Helper()
	f.await(fmt.Sprintf("%s to end %d times", name, want), func() string {
		if got := s.ended(); got < want {
			return fmt.Sprintf("it has %d times", got)
		}
		return ""
	})
}

// crashes are what Go writes when a program fails.
var crashes = regexp.MustCompile(`(?m)^(panic: |fatal error: |goroutine \d+ \[|.*Observed a panic).*`)

// message is what a line of the log says, without its values.
var message = regexp.MustCompile(`(?m)^[IWEF]\d{4} \S+ +\d+ \S+\] ("(?:[^"\\]|\\.)*"|[^:=]{1,60})`)

const (
	// oftenSaid is how often a process may say one thing, and perRetry how often what
	// upstream says each time that it tries in vain, or of each pod.
	oftenSaid = 8
	perRetry  = 200
)

// upstreamRetries are what Kubernetes' own parts say at each try.
var upstreamRetries = map[string]bool{
	`"Error retrieving lease lock"`: true, `"Failed to update lease"`: true, `"Failed to watch"`: true, `"Warning: watch ended with error"`: true,
	`"Unable to write event (may retry after sleeping)"`: true, `"Unable to authenticate the request"`: true,
	`"Plugin Failed"`: true, `"Error scheduling pod; retrying"`: true, `"Error updating pod"`: true,
}

// checkLog fails if a program has crashed, or has said any one thing more often than
// it may in so many processes that wrote to its log.
func (f *fixture) checkLog(program program, processes int) {
	f.Helper()
	data, err := os.ReadFile(program.LogFile())
	f.must(err)
	if crash := crashes.Find(data); crash != nil {
		f.Errorf("%s has crashed: %s", program.LogFile(), crash)
	}
	said := map[string]int{}
	for _, found := range message.FindAllStringSubmatch(string(data), -1) {
		said[found[1]]++
	}
	for what, times := range said {
		atMost := processes * oftenSaid
		if upstreamRetries[what] {
			atMost = processes * perRetry
		}
		if times > atMost {
			f.Errorf("%s says %d times %s, want %d at most", program.LogFile(), times, what, atMost)
		}
	}
}

// leaseOf is who holds a lease.
func (f *fixture) leaseOf(name string) string {
	f.Helper()
	lease, err := f.client.CoordinationV1().Leases(deploy.Namespace).Get(f, name, metav1.GetOptions{})
	f.must(err)
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// awaitOtherThan waits until somebody else holds a lease.
func (f *fixture) awaitOtherThan(before, name string) {
	f.Helper()
	f.await("another holder of lease "+name, func() string {
		if holder := f.leaseOf(name); holder == before || holder == "" {
			return fmt.Sprintf("%q holds it", holder)
		}
		return ""
	})
}

// pendingStill fails if a pod has a node.
func (f *fixture) pendingStill(name string) {
	f.Helper()
	pod, err := f.client.CoreV1().Pods(namespace).Get(f, name, metav1.GetOptions{})
	f.must(err)
	if pod.Spec.NodeName != "" {
		f.Errorf("pod %s was placed on node %s, want it pending still", name, pod.Spec.NodeName)
	}
}
