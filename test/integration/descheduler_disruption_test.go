// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/descheduler/eviction"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/protect"
	"github.com/loadline-dev/loadline/test/deploy"
)

// A pod whose PodDisruptionBudget allows no disruption stays, and the API server is
// not asked what is known; nor is it for a pod under two budgets. What the API server
// alone knows is asked again after a while, and no sooner. Once it may go, it goes.
func TestDriftDisruptionBudgets(t *testing.T) {
	// backoff is how long a pod is let be after its eviction was refused once.
	const backoff = 10 * time.Second
	f := newDriftFixture(t, "hot", "cool-a", "cool-b")
	f.load("hot", percent(20))
	f.placedWorkload("web", 12, []string{"hot", "cool-a"})
	var free atomic.Bool
	gate := f.newGate(func(context.Context, int) *metav1.Status {
		if free.Load() {
			return nil
		}
		return overBudget()
	})
	f.disruptionBudget("strict", "web", 0)
	f.applyRules("below-the-line", driftLine)
	f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: brisk})
	f.awaitSnapshots(descheduler, 2*memoryWindow)

	f.changeLoad("hot", percent(83)) // 95% with the pod
	f.awaitRefusals(descheduler, protect.NoDisruptionsAllowed, 1)
	f.awaitSnapshots(descheduler, 3*time.Second)
	f.disruptionBudget("second", "web", 1)
	f.awaitRefusals(descheduler, protect.SeveralBudgets, 1)
	f.awaitSnapshots(descheduler, 3*time.Second)
	if got := gate.requests(); len(got) > 0 {
		t.Fatalf("the API server was asked for %d evictions, though what it would say was known", len(got))
	}

	f.must(f.client.PolicyV1().PodDisruptionBudgets(namespace).Delete(f, "strict", metav1.DeleteOptions{}))
	f.awaitRequests(gate, 1)
	f.awaitRefusals(descheduler, eviction.Budget, 1)
	f.awaitSnapshots(descheduler, backoff/2)
	free.Store(true)
	f.awaitEvictions(descheduler, 1)
	records := f.ledger()
	if requests := len(gate.requests()); requests < 2 || requests != len(records) {
		t.Fatalf("the API server was asked for %d evictions, and %d are remembered, want at least two, and as many", requests, len(records))
	}
	last := len(records) - 1
	for i, record := range records[:last] {
		if !strings.Contains(record.Failed, "disruption budget") {
			t.Errorf("remembered %+v, want an eviction that was refused", record)
		}
		if waited := records[i+1].Planned.Sub(record.Planned); waited < backoff {
			t.Errorf("it was tried again after %s, want %s at the least", waited, backoff)
		}
	}
	if records[last].Failed != "" {
		t.Errorf("the last was not carried out: %s", records[last].Failed)
	}
}

// disruptionBudget makes a budget that allows so many disruptions of a deployment
// of two pods, and waits until it does.
func (f *fixture) disruptionBudget(name, deployment string, allows int32) {
	f.Helper()
	budgets := f.client.PolicyV1().PodDisruptionBudgets(namespace)
	_, err := budgets.Create(f, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: ptr.To(intstr.FromInt32(allows)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": deployment}},
		},
	}, metav1.CreateOptions{})
	f.must(err)
	f.await("budget "+name+" to count its pods", func() string {
		budget, err := budgets.Get(f, name, metav1.GetOptions{})
		f.must(err)
		if status := budget.Status; status.ObservedGeneration != budget.Generation || status.CurrentHealthy != 2 || status.DisruptionsAllowed != allows {
			return fmt.Sprintf("its status is %+v", status)
		}
		return ""
	})
}

// A person stops evictions between the first and the second of a plan: the second is
// not carried out, nor any other, until they may go on.
func TestDriftPaused(t *testing.T) {
	f := newDriftFixture(t, "hot", "cool-a", "cool-b")
	f.load("hot", percent(20))
	for _, name := range []string{"a", "b", "c", "d"} {
		f.placedWorkload(name, 6, []string{"hot", "cool-a"})
	}
	held, goOn := make(chan struct{}), make(chan struct{})
	gate := f.newGate(func(ctx context.Context, nth int) *metav1.Status {
		if nth == 1 {
			close(held)
			hold(ctx, goOn)
		}
		return nil
	})
	f.applyRules("below-the-line", driftLine)
	scheduler := f.startScheduler("loadline-scheduler")
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: func(config map[string]any) {
		brisk(config)
		// The plan is not to be given up because it takes too long.
		election := config["leaderElection"].(map[string]any)
		election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = "40s", "30s", "2s"
	}})
	f.awaitSnapshots(descheduler, 2*memoryWindow)

	f.changeLoad("hot", percent(71)) // 95%, and 83% without two pods
	f.awaitSignal("the first eviction", held)
	f.pause("true")
	f.awaitSnapshots(scheduler, 2*time.Second) // in which every watch has seen it
	close(goOn)
	f.awaitLog(descheduler, "Evictions are stopped", `reason="Paused"`)
	f.awaitSnapshots(descheduler, 5*memoryWindow)
	if got := len(gate.requests()); got != 1 {
		t.Errorf("the API server was asked for %d evictions, want no more than the one before", got)
	}
	if records := f.ledger(); len(records) != 2 || records[0].Failed != "" || !strings.Contains(records[1].Failed, "paused") {
		t.Errorf("remembered %+v, want one that was evicted, and one that was not because of the pause", records)
	}

	f.pause("false")
	f.awaitEvictions(descheduler, 2)
	f.awaitMemory("the node to be below the line", func(memory map[string]float64) bool { return memory["hot"] < 0.85 })
}

// pause writes the annotation by which evictions are stopped.
func (f *fixture) pause(why string) {
	f.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, history.PausedAnnotation, why)
	_, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Patch(f, history.ConfigMap, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	f.must(err)
}
