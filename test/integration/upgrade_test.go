// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

// streamEvery is how often a pod comes while the replicas are replaced.
const streamEvery = 100 * time.Millisecond

// Both replicas of both programs are replaced one after the other, as a Deployment does
// it, while pods keep coming, one node stays over its line, and another has drifted over
// it. Each pod is placed once and on a node below its line, and no more is evicted, by
// whoever leads, than brings the node back and than the budget allows.
func TestRollingUpgrade(t *testing.T) {
	cool, workloads := numbered("cool", 6), numbered("web", 8)
	f := newDriftFixture(t, append([]string{"drifts", "hot"}, cool...)...)
	f.load("hot", percent(95))
	f.load("drifts", percent(5))
	for i, name := range workloads {
		f.placedWorkload(name, 10, []string{"drifts", cool[i%len(cool)]})
	}
	held, goOn := make(chan struct{}), make(chan struct{})
	gate := f.newGate(func(ctx context.Context, nth int) *metav1.Status {
		if nth == 2 {
			close(held)
			hold(ctx, goOn)
		}
		return nil
	})
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 60%}], reject: {}, evict: {for: 2s}}],
	  preferences: [{metric: memory, prefer: Lower}]}`)

	schedulers := []*deploy.Scheduler{f.startReplica("loadline-scheduler"), f.startReplica("loadline-scheduler-2")}
	f.awaitLog(schedulers[0], "Node is over a load line and refuses new pods", `node="hot"`)
	leader := f.startUpgraded("loadline-descheduler")
	f.awaitSnapshots(leader, 2*memoryWindow)
	standby := f.startUpgraded("loadline-descheduler-2")
	f.awaitLog(standby, "Attempting to acquire leader lease")
	stopStream := f.stream()

	f.replaceSchedulers(schedulers)
	f.changeLoad("drifts", percent(15)) // 95%, of which 35% have to go
	f.awaitSignal("the second eviction", held)
	replaced := f.replaceDeschedulers([]*deploy.Descheduler{leader, standby}, func() { close(goOn) })
	f.awaitSnapshots(f.leading(replaced), 5*memoryWindow) // for what it might evict
	f.checkStream(stopStream())
	f.checkEvictions(gate)
	if len(gate.requests()) < 2 {
		t.Errorf("%d pods were to be evicted, want 2 at least", len(gate.requests()))
	}
	for _, record := range f.ledger() {
		if record.Node != "drifts" {
			t.Errorf("pod %s was evicted off node %s, which is below its line", record.Pod.Name, record.Node)
		}
	}
	for _, name := range workloads {
		f.nodesOf(name, 2)
	}
}

// leading is the replica that leads.
func (f *fixture) leading(replicas []*deploy.Descheduler) (leader *deploy.Descheduler) {
	f.Helper()
	f.await("one of the new replicas to lead", func() string {
		for _, replica := range replicas {
			if f.logLines(replica, "Successfully acquired lease") > 0 {
				leader = replica
				return ""
			}
		}
		return "none does"
	})
	return leader
}

// startReplica starts a scheduler, and startUpgraded a descheduler, that does not lose its
// lease where the machine is busy: one that goes in good order is not waited for so long.
func (f *fixture) startReplica(name string) *deploy.Scheduler {
	f.Helper()
	scheduler, err := deploy.StartScheduler(f, f.Cluster, name, deploy.Options{Flags: []string{
		"--leader-elect-lease-duration=10s", "--leader-elect-renew-deadline=8s", "--leader-elect-retry-period=500ms",
	}})
	f.must(err)
	return scheduler
}

func (f *fixture) startUpgraded(name string) *deploy.Descheduler {
	f.Helper()
	return f.startDescheduler(name, deploy.DeschedulerOptions{ChangeConfig: func(config map[string]any) {
		withNodeBudget(config)
		election := config["leaderElection"].(map[string]any)
		election["leaseDuration"], election["renewDeadline"] = "20s", "15s"
	}})
}

// replaceSchedulers replaces each of two replicas: the next one has come up before one
// goes.
func (f *fixture) replaceSchedulers(replicas []*deploy.Scheduler) {
	f.Helper()
	for i, replica := range replicas {
		next := f.startReplica(fmt.Sprintf("loadline-scheduler-%d", len(replicas)+i+1))
		f.awaitLog(next, "Attempting to acquire leader lease")
		replica.ExpectExit()
		f.must(replica.Stop())
	}
}

// replaceDeschedulers does the same. The first one is to go in the midst of an eviction,
// which goes on then.
func (f *fixture) replaceDeschedulers(replicas []*deploy.Descheduler, goOn func()) (replaced []*deploy.Descheduler) {
	f.Helper()
	for i, replica := range replicas {
		next := f.startUpgraded(fmt.Sprintf("loadline-descheduler-%d", len(replicas)+i+1))
		f.awaitLog(next, "Attempting to acquire leader lease")
		replaced = append(replaced, next)
		replica.ExpectExit()
		ended := make(chan error, 1)
		go func() { ended <- replica.Stop() }()
		if i == 0 {
			goOn()
		}
		f.must(<-ended)
	}
	return replaced
}

// stream makes a pod every so often until it is stopped, and then tells how many there
// have been.
func (f *fixture) stream() (stop func() int) {
	ctx, cancel := context.WithCancel(f)
	f.Cleanup(cancel)
	var streaming sync.WaitGroup
	count := 0
	streaming.Go(func() {
		ticker := time.NewTicker(streamEvery)
		defer ticker.Stop()
		for ctx.Err() == nil {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("stream-%04d", count), Labels: map[string]string{"app": "stream"}}, Spec: podSpec()}
			if _, err := f.client.CoreV1().Pods(namespace).Create(f, pod, metav1.CreateOptions{}); err != nil {
				f.Errorf("making a pod: %v", err)
				return
			}
			count++
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
		}
	})
	return func() int {
		cancel()
		streaming.Wait()
		return count
	}
}

// checkStream waits until all pods of the stream have a node, and fails if one was not
// placed exactly once, or on the node that is over its line.
func (f *fixture) checkStream(want int) {
	f.Helper()
	f.await("all pods to be placed", func() string {
		pods := f.podsOf("stream")
		if len(pods) != want {
			f.Fatalf("there are %d pods, want %d", len(pods), want)
		}
		for _, pod := range pods {
			if pod.Spec.NodeName == "" {
				return pod.Name + " is pending: " + whyPending(&pod)
			}
		}
		return ""
	})
	for _, pod := range f.podsOf("stream") {
		if pod.Spec.NodeName == "hot" {
			f.Errorf("pod %s was placed on a node over its line", pod.Name)
		}
	}
	placed := map[string]int{}
	events, err := f.client.EventsV1().Events(namespace).List(f, metav1.ListOptions{FieldSelector: "reason=Scheduled"})
	f.must(err)
	for _, event := range events.Items {
		placed[event.Regarding.Name]++
	}
	if len(placed) == 0 {
		f.Error("no event tells of a pod that was placed")
	}
	for _, pod := range f.podsOf("stream") {
		if placed[pod.Name] > 1 {
			f.Errorf("pod %s was placed %d times", pod.Name, placed[pod.Name])
		}
	}
	f.Logf("%d pods came", want)
}
