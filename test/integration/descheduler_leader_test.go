// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"slices"
	"syscall"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/test/deploy"
)

// nodeBudget is how many pods may leave a node in the tests below.
const nodeBudget = 4

// The leader dies, or is frozen for longer than its lease, while the third of four
// evictions that it has planned is under way. Whoever stood by leads then, exceeds
// no budget and evicts nothing twice, though the node comes over its line again; and
// the one that was frozen finds that it leads no more, and evicts none of the others.
func TestDriftLeaderLost(t *testing.T) {
	cases := map[string]struct {
		stop, resume func(f *fixture, leader *deploy.Descheduler)
	}{
		"killed": {
			stop:   func(f *fixture, leader *deploy.Descheduler) { f.must(leader.Kill()) },
			resume: func(*fixture, *deploy.Descheduler) {},
		},
		"frozen": {
			stop: func(f *fixture, leader *deploy.Descheduler) { f.must(syscall.Kill(leader.Pid(), syscall.SIGSTOP)) },
			resume: func(f *fixture, leader *deploy.Descheduler) {
				leader.ExpectExit()
				f.must(syscall.Kill(leader.Pid(), syscall.SIGCONT))
				f.awaitSignal("the old leader to end", leader.Exited())
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cool, workloads := numbered("cool", 6), numbered("web", 8)
			f := newDriftFixture(t, append([]string{"hot"}, cool...)...)
			f.load("hot", percent(5))
			for i, name := range workloads {
				f.placedWorkload(name, 10, []string{"hot", cool[i%len(cool)]})
			}
			held, goOn := make(chan struct{}), make(chan struct{})
			gate := f.newGate(func(ctx context.Context, nth int) *metav1.Status {
				if nth == 3 {
					close(held)
					hold(ctx, goOn)
				}
				return nil
			})
			f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
			  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 50%}], reject: {}, evict: {for: 2s}}],
			  preferences: [{metric: memory, prefer: Lower}]}`)
			f.startScheduler("loadline-scheduler")
			leader := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: withNodeBudget})
			f.awaitSnapshots(leader, 2*memoryWindow)
			standby := f.startDescheduler("loadline-descheduler-standby", deploy.DeschedulerOptions{ChangeConfig: withNodeBudget})
			f.awaitLog(standby, "Attempting to acquire leader lease")

			f.changeLoad("hot", percent(15)) // 95%, of which 45% have to go
			f.awaitSignal("the third eviction", held)
			before := f.leaseHolder()
			tc.stop(f, leader)
			f.await("the other to lead", func() string {
				if holder := f.leaseHolder(); holder == before {
					return holder + " still leads"
				}
				return ""
			})
			close(goOn)
			f.awaitSnapshots(standby, 2*memoryWindow)
			tc.resume(f, leader)
			if got := len(gate.requests()); got != 3 {
				t.Errorf("the API server was asked for %d evictions, want 3", got)
			}
			left := len(f.remainingOn("hot", workloads...))
			f.changeLoad("hot", percent(95-10*float64(left)))
			f.awaitLog(standby, "Node is over a load line that pods are moved for", `node="hot"`)
			f.awaitSnapshots(standby, 10*memoryWindow)
			f.checkEvictions(gate)
		})
	}
}

func withNodeBudget(config map[string]any) {
	brisk(config)
	config["budgets"].(map[string]any)["perNode"] = map[string]any{"evictions": nodeBudget, "within": "10m"}
}

// checkEvictions fails if a pod was to be evicted twice, if the successor of one
// was, if more were than the budget allows, or if one is not in the ledger.
func (f *fixture) checkEvictions(gate *gate) {
	f.Helper()
	records := map[types.UID]history.Record{}
	successors := map[types.UID]bool{}
	for _, record := range f.ledger() {
		if other, twice := records[record.Pod.UID]; twice {
			f.Errorf("%s is remembered twice: %+v and %+v", record.Pod.Name, other, record)
		}
		records[record.Pod.UID] = record
		successors[record.Successor.UID] = true
	}
	if len(records) > nodeBudget {
		f.Errorf("%d evictions are remembered, want %d at most", len(records), nodeBudget)
	}
	requests := gate.requests()
	if len(requests) > nodeBudget {
		f.Errorf("the API server was asked for %d evictions, want %d at most", len(requests), nodeBudget)
	}
	for i, pod := range requests {
		if slices.Contains(requests[:i], pod) || successors[pod] {
			f.Errorf("pod %s was to be evicted twice, or in place of one that was: %v", pod, requests)
		}
		if _, remembered := records[pod]; !remembered {
			f.Errorf("the eviction of %s was not written down", pod)
		}
	}
}

// leaseHolder is who leads the deschedulers.
func (f *fixture) leaseHolder() string {
	f.Helper()
	lease, err := f.client.CoordinationV1().Leases(deploy.Namespace).Get(f, "loadline-descheduler", metav1.GetOptions{})
	f.must(err)
	return ptr.Deref(lease.Spec.HolderIdentity, "")
}
