// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

// away is how long the API server is: several times the short lease.
const away = 15 * time.Second

// burst is how many pods wait for a node when a fault comes.
const burstOfFault = 40

// The API server is killed while pods are being placed, and is away for a while that
// the leases outlast. Loadline goes on measuring, and goes on from there when the API
// server is back, and so it does when etcd is restarted. Nothing is evicted meanwhile.
func TestFaultAPIServerWithinLeases(t *testing.T) {
	f := faultWorld(t)
	scheduler := f.startFaultScheduler("loadline-scheduler", longLease)
	descheduler := f.startFaultDescheduler("loadline-descheduler", longLease)
	f.awaitLog(scheduler, "Node is over a load line and refuses new pods", `node="hot"`)
	f.aSmallPod("to-hot", onlyOn("hot"))
	f.pending("to-hot", overMemoryLine)
	f.awaitSnapshots(descheduler, 2*memoryWindow)
	holdsScheduler, holdsDescheduler := f.footprint(scheduler), f.footprint(descheduler)

	f.deployment("burst", burstOfFault, "16Mi")
	f.someBound("burst", 3)
	f.must(f.Process("kube-apiserver").Kill())
	f.awaitSnapshots(scheduler, away)
	f.awaitSnapshots(descheduler, time.Second)
	f.restart("kube-apiserver")
	f.allPlaced("burst", burstOfFault)
	f.pendingStill("to-hot")
	f.noEvictions()

	for name, end := range map[string]func(*cluster.Process) error{
		"stopped": (*cluster.Process).Stop,
		"killed":  (*cluster.Process).Kill,
	} {
		f.must(end(f.Process("etcd")))
		f.awaitSnapshots(scheduler, 3*time.Second)
		f.restart("etcd")
		f.deployment("after-etcd-"+name, 2, "16Mi")
		f.allPlaced("after-etcd-"+name, 2)
	}
	f.pendingStill("to-hot")
	f.noEvictions()

	f.drift()
	f.awaitSnapshots(descheduler, 4*memoryWindow)
	f.drift()
	f.changeLoad("hot", percent(5))
	f.placed("to-hot")
	f.awaitFootprint(scheduler, holdsScheduler)
	f.awaitFootprint(descheduler, holdsDescheduler)
	f.checkLog(scheduler, 1)
	f.checkLog(descheduler, 1)
}

// The API server is away for longer than the leases: the leaders end on the spot,
// and what a Deployment starts in their place says why it cannot work, until it can.
// It goes on from what was measured, written down and in force before.
func TestFaultAPIServerBeyondLeases(t *testing.T) {
	f := faultWorld(t)
	scheduler := f.startFaultScheduler("loadline-scheduler", shortLease)
	descheduler := f.startFaultDescheduler("loadline-descheduler", shortLease)
	f.awaitLog(scheduler, "Node is over a load line and refuses new pods", `node="hot"`)
	f.aSmallPod("to-hot", onlyOn("hot"))
	f.pending("to-hot", overMemoryLine)
	f.awaitSnapshots(descheduler, 2*memoryWindow)
	schedulers, deschedulers := f.supervise(scheduler.Process), f.supervise(descheduler.Process)

	f.deployment("burst", burstOfFault, "16Mi")
	f.someBound("burst", 3)
	f.must(f.Process("kube-apiserver").Kill())
	f.awaitEndings("the scheduler", schedulers, 3)
	f.awaitEndings("the descheduler", deschedulers, 3)
	f.restart("kube-apiserver")
	f.allPlaced("burst", burstOfFault)
	f.pendingStill("to-hot")
	f.awaitLog(scheduler, "Replayed the time before the start")
	f.noEvictions()

	f.drift()
	f.changeLoad("hot", percent(5))
	f.placed("to-hot")
	f.checkLog(scheduler, 1+schedulers.ended())
	f.checkLog(descheduler, 1+deschedulers.ended())
}

// Leaders are frozen for longer than their leases, while a node comes over its line.
// Those that stood by place pods and move them. Once the old ones wake up they end,
// and neither bind nor evict a pod by what they knew. Then the leader is killed in the
// middle of a burst, and each pod is bound once.
func TestFaultLeadersFrozen(t *testing.T) {
	f := faultWorld(t)
	f.changeLoad("hot", percent(50))
	f.awaitMemory("node hot to be cool", func(memory map[string]float64) bool { return memory["hot"] < 0.6 })
	scheduler := f.startFaultScheduler("loadline-scheduler", shortLease)
	descheduler := f.startFaultDescheduler("loadline-descheduler", shortLease)
	f.awaitSnapshots(scheduler, time.Second)
	f.awaitSnapshots(descheduler, 2*memoryWindow)
	standby := f.startFaultScheduler("loadline-scheduler-standby", shortLease)
	deschedulerStandby := f.startFaultDescheduler("loadline-descheduler-standby", shortLease)
	f.awaitLog(standby, "Attempting to acquire leader lease")
	f.awaitSnapshots(standby, time.Second)
	f.awaitLog(deschedulerStandby, "Attempting to acquire leader lease")

	schedules, deschedules := f.leaseOf("loadline-scheduler"), f.leaseOf("loadline-descheduler")
	f.must(scheduler.Pause())
	f.must(descheduler.Pause())
	f.changeLoad("hot", percent(95))
	f.awaitOtherThan(schedules, "loadline-scheduler")
	f.awaitOtherThan(deschedules, "loadline-descheduler")
	f.awaitLog(standby, "Node is over a load line and refuses new pods", `node="hot"`)
	f.aSmallPod("to-hot", onlyOn("hot"))
	f.pending("to-hot", overMemoryLine)
	f.deployment("while-frozen", burstOfFault, "16Mi")
	f.allPlaced("while-frozen", burstOfFault)
	f.drift()
	bound, evicted := f.bindings(), f.evictionRequests()

	scheduler.ExpectExit()
	descheduler.ExpectExit()
	f.must(scheduler.Resume())
	f.must(descheduler.Resume())
	f.awaitSignal("the old scheduler to end", scheduler.Exited())
	f.awaitSignal("the old descheduler to end", descheduler.Exited())
	f.awaitSnapshots(deschedulerStandby, 2*memoryWindow)
	f.pendingStill("to-hot")
	if now := f.bindings(); now != bound {
		t.Errorf("%v pods were bound again, or were to be, when the old leader woke up", now-bound)
	}
	if now := f.evictionRequests(); now != evicted {
		t.Errorf("%v pods were evicted again, or were to be, when the old leader woke up", now-evicted)
	}
	f.awaitLog(scheduler, "Ending at once", "the process was stopped for")

	third, err := f.Restart(scheduler.Process)
	f.must(err)
	third.ExpectExit()
	f.awaitLogLines(scheduler, 2, "Attempting to acquire leader lease")
	before := f.bindings()
	f.deployment("killed", burstOfFault, "16Mi")
	f.someBound("killed", 3)
	f.must(standby.Kill())
	f.allPlaced("killed", burstOfFault)
	f.pendingStill("to-hot")
	if now := f.bindings(); now > before+burstOfFault {
		t.Errorf("%v requests have bound %d pods, or were to, want one for each", now-before, burstOfFault)
	}
	for _, program := range []program{scheduler, descheduler, standby, deschedulerStandby} {
		f.checkLog(program, 2)
	}
}

// The descheduler is killed once it has written down whom it will evict, and before
// anyone has gone. What is started in its place takes those for gone until it has seen
// that they stay, and then evicts whom it must, each once.
func TestFaultDeschedulerKilledBeforeEvicting(t *testing.T) {
	cool, workloads := numbered("cool", 4), numbered("web", 6)
	f := newDriftFixture(t, append([]string{"hot"}, cool...)...)
	f.load("hot", percent(5))
	for i, name := range workloads {
		f.placedWorkload(name, 10, []string{"hot", cool[i%len(cool)]})
	}
	held, goOn := make(chan struct{}), make(chan struct{})
	gate := f.newGate(func(ctx context.Context, nth int) *metav1.Status {
		if nth > 1 {
			return nil
		}
		close(held)
		hold(ctx, goOn)
		return overBudget() // whoever asked is gone
	})
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 70%}], reject: {}, evict: {for: 2s}}],
	  preferences: [{metric: memory, prefer: Lower}]}`)
	f.startScheduler("loadline-scheduler")
	options := deploy.DeschedulerOptions{ChangeConfig: withNodeBudget}
	first := f.startDescheduler("loadline-descheduler", options)
	f.awaitSnapshots(first, 2*memoryWindow)

	f.changeLoad("hot", percent(35)) // 95%, of which 25% have to go
	f.awaitSignal("the first eviction", held)
	f.must(first.Kill())
	planned := f.ledger()
	if len(planned) != 3 {
		t.Fatalf("%d evictions were written down, want 3", len(planned))
	}
	close(goOn)
	second := f.startDescheduler("loadline-descheduler", options)
	f.await("the evictions that were written down to be judged", func() string {
		if len(f.remainingOn("hot", workloads...)) < len(workloads) {
			t.Fatalf("a pod has gone before that")
		}
		failed := 0
		for _, record := range f.ledger() {
			if record.Failed != "" {
				failed++
			}
		}
		if failed < len(planned) {
			return "they are not"
		}
		return ""
	})
	f.awaitEvictions(second, 3)
	f.awaitSnapshots(second, 4*memoryWindow)
	if left := len(f.remainingOn("hot", workloads...)); left != len(workloads)-3 {
		t.Errorf("%d pods are left on node hot, want %d", left, len(workloads)-3)
	}
	if got := len(gate.requests()); got != 4 {
		t.Errorf("the API server was asked for %d evictions, want 4, of which the first was not carried out", got)
	}
	f.checkLog(second, 2)
}
